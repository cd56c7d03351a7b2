"""The models side by side: what each credits to a channel, and what that cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from analytics_assets.attribution.models import UNATTRIBUTED
from analytics_assets.report.charts import note, shade, table
from analytics_assets.report.measures import MISSING, Row, money, number
from analytics_assets.settings import MODEL_NAMES

_CLOSE = 0.05
_NOTHING: Row = {"conversions": 0, "revenue_minor": 0, "spend_minor": 0}
_KEY = (
    '<div class="legend">Against the mean of the models:'
    '<span class="key under-1">less</span><span class="key under-2">by more than 20 %</span>'
    '<span class="key under-3">by more than 50 %</span>'
    '<span class="key over-1">more</span><span class="key over-2">by more than 20 %</span>'
    '<span class="key over-3">by more than 50 %</span></div>'
)

Grid = Mapping[str, Mapping[str, Row]]
"""By channel and model, the row of both; every channel has every model."""


@dataclass(frozen=True)
class _Figure:
    """The figure of a channel under a model; None where it has no meaning."""

    of: Callable[[Row], float | None]
    shown: Callable[[float], str]


_REVENUE = _Figure(lambda row: row["revenue_minor"], lambda minor: money(int(minor)))
_RETURN = _Figure(lambda row: row["revenue_minor"] / row["spend_minor"], "{:.2f}".format)
_COST = _Figure(
    lambda row: row["spend_minor"] / row["conversions"] if row["conversions"] else None,
    lambda minor: f"{minor / 100:,.2f}",
)


def side_by_side(rows: Sequence[Row]) -> list[str]:
    """Revenue by channel and model; of channels with spend, what it returned and what it cost.

    Args:
        rows: one per model and channel, as `measures.performance` gives them.
    """
    if not rows:
        return [note("Not loaded: there are no conversions and no ad spend of this period.")]
    grid = _grid(rows)
    paid = {channel: cells for channel, cells in grid.items() if _spend(cells)}
    parts = [note(_promise(grid)), _KEY, "<h3>Revenue credited</h3>", _table(grid, _REVENUE)]
    if paid:
        parts += [
            "<h3>Return on ad spend: revenue for each unit spent</h3>",
            _table(paid, _RETURN),
            "<h3>Cost per conversion</h3>",
            _table(paid, _COST),
        ]
    return parts


def _grid(rows: Sequence[Row]) -> Grid:
    """The channel with the most revenue over all models first, the unattributed last."""
    models = _in_order({row["model"] for row in rows})
    found = {(row["channel"], row["model"]): row for row in rows}
    grid = {
        channel: {model: found.get((channel, model), _NOTHING) for model in models}
        for channel in {row["channel"] for row in rows}
    }

    def place(channel: str) -> tuple[bool, int, int, str]:
        revenue = sum(row["revenue_minor"] for row in grid[channel].values())
        return channel == UNATTRIBUTED, -revenue, -_spend(grid[channel]), channel

    return {channel: grid[channel] for channel in sorted(grid, key=place)}


def _in_order(models: set[str]) -> list[str]:
    """The models as they are usually named, the user's own after them."""
    return [name for name in MODEL_NAMES if name in models] + sorted(models - set(MODEL_NAMES))


def _spend(cells: Mapping[str, Row]) -> int:
    """The cost of a channel, which is the same under every model."""
    return max(int(row["spend_minor"]) for row in cells.values())


def _sums(grid: Grid, column: str) -> list[float]:
    """The sum over channels, by model."""
    models = next(iter(grid.values()))
    return [sum(cells[model][column] for cells in grid.values()) for model in models]


def _promise(grid: Grid) -> str:
    conversions, revenue = _sums(grid, "conversions")[0], _sums(grid, "revenue_minor")[0]
    return (
        f"Every model shares out the same {number(round(conversions))} conversions and the same "
        f"{money(int(revenue))} of revenue, to the cent. Models are alternatives and are never "
        f"added up. What no touch explains is <code>{UNATTRIBUTED}</code>."
    )


def _table(grid: Grid, figure: _Figure) -> str:
    models = next(iter(grid.values()))
    heads = ["Channel", "Spend", *map(_heading, models)]
    body = [_line(channel, cells, figure) for channel, cells in grid.items()]
    if figure is _REVENUE:
        sums = "".join(f"<td>{figure.shown(value)}</td>" for value in _sums(grid, "revenue_minor"))
        spent = money(sum(map(_spend, grid.values())))
        body.append(f'<tr class="all"><td>All channels</td><td>{spent}</td>{sums}</tr>')
    return table(heads, body, style="even")


def _heading(model: str) -> str:
    """A model's name in a narrow column."""
    return escape(model.capitalize()).replace("_", "<br>")


def _line(channel: str, cells: Mapping[str, Row], figure: _Figure) -> str:
    values = [figure.of(row) for row in cells.values()]
    known = [value for value in values if value is not None]
    mean = sum(known) / len(known) if known else 0
    tds = "".join(
        f"<td>{MISSING}</td>"
        if value is None
        else f'<td class="{_against(value, mean)}">{figure.shown(value)}</td>'
        for value in values
    )
    spent = money(_spend(cells)) if _spend(cells) else MISSING
    return f"<tr><td>{escape(channel)}</td><td>{spent}</td>{tds}</tr>"


def _against(value: float, mean: float) -> str:
    """The style of a model's figure beside the mean of all."""
    if mean <= 0 or abs(value / mean - 1) <= _CLOSE:
        return "plain"
    return shade(value / mean)
