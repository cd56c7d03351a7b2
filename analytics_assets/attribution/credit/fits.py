"""Totals by channel of the data-driven models, of a month's paths.

The paths of one shop, conversion type and month are read together: those that converted in the
month, and those whose last touch was in it without a conversion. Money is gross, in minor units of
the base currency.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from analytics_assets.attribution.engine.compute import keep
from analytics_assets.attribution.engine.run import Run
from analytics_assets.attribution.models import AttributionInputError, attribute
from analytics_assets.errors import ConfigurationError
from analytics_assets.settings import Attribution

_EFFECTS = {"markov": "removal_effect", "shapley": "conversions"}
"""The data-driven models, and the column of their result that is the effect."""
_GROUPS = """
    SELECT date_trunc('month', day)::DATE AS month, conversion_type, shop
    FROM computed_paths
    GROUP BY ALL
    HAVING count(conversion_id) > 0
    ORDER BY ALL
"""
_PATHS = """
    SELECT
        channels AS path,
        count(conversion_id) AS conversions,
        coalesce(sum(base_revenue_minor) FILTER (conversion_id IS NOT NULL), 0)::DOUBLE AS revenue,
        count(*) - count(conversion_id) AS nulls
    FROM computed_paths AS paths
    LEFT JOIN computed_conversions USING (conversion_id)
    WHERE date_trunc('month', paths.day) = $month
        AND paths.conversion_type = $conversion_type
        AND paths.shop = $shop
    GROUP BY channels
    ORDER BY channels
"""
_SCHEMA = pa.schema(
    {
        "day": pa.date32(),
        "conversion_type": pa.string(),
        "model": pa.string(),
        "options": pa.string(),
        "channel": pa.string(),
        "effect": pa.float64(),
        "conversions": pa.float64(),
        "revenue": pa.float64(),
        "shop": pa.string(),
    }
)


@dataclass(frozen=True)
class Fit:
    """One model fitted to a month's paths of one shop and conversion type.

    Attributes:
        month: its first day.
        conversion_type: the type.
        shop: the shop.
        model: the model.
        options: the model's options.
        result: the result of `attribute()`.
    """

    month: date
    conversion_type: str
    shop: str
    model: str
    options: dict[str, Any]
    result: pa.Table

    def table(self) -> pa.Table:
        """The rows of `model_fits`."""
        rows = len(self.result)
        return pa.table(
            {
                "day": [self.month] * rows,
                "conversion_type": [self.conversion_type] * rows,
                "model": [self.model] * rows,
                "options": [json.dumps(self.options, sort_keys=True)] * rows,
                "channel": self.result["channel"],
                "effect": self.result[_EFFECTS[self.model]],
                "conversions": self.result["conversions"],
                "revenue": self.result["revenue"],
                "shop": [self.shop] * rows,
            },
            schema=_SCHEMA,
        )


def compute_model_fits(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create `computed_model_fits`.

    grain: One row per month (its first day), conversion type, data-driven model and channel: the
        model's totals, exactly as `attribute()` returns them for the month's paths.
    notes: A type without a conversion in the month has no rows.
    reads: computed_conversions, computed_paths
    columns:
        day DATE: The first day of the month.
        conversion_type VARCHAR: The type of the conversions fitted.
        model VARCHAR: `markov` or `shapley`.
        options VARCHAR: The model's options, as JSON.
        channel VARCHAR: The channel, or `(unattributed)`: paths without one.
        effect DOUBLE: Markov: the share of the conversions that removing the channel loses.
            Shapley: its mean contribution to the conversions.
        conversions DOUBLE: The channel's total of the month's conversions.
        revenue DOUBLE: Its total of the month's gross revenue, in minor units of the base currency.
        shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
            says which.
    lineage:
        day: computed_paths.day
        conversion_type: computed_paths.conversion_type
        channel: computed_paths.channels
        effect: computed_paths.channels, computed_paths.conversion_id
        conversions: computed_paths.channels, computed_paths.conversion_id
        revenue: computed_paths.channels, computed_conversions.base_revenue_minor
        shop: computed_paths.shop
    """
    groups = connection.execute(_GROUPS).fetchall()
    tables = [
        fit.table()
        for month, conversion_type, shop in groups
        for fit in _fits(connection, month, conversion_type, shop, run.settings.attribution)
    ]
    keep(connection, "model_fits", _SCHEMA, tables)


def _fits(
    connection: duckdb.DuckDBPyConnection,
    month: date,
    conversion_type: str,
    shop: str,
    chosen: Attribution,
) -> Iterator[Fit]:
    options: dict[str, dict[str, Any]] = {
        "markov": {"order": chosen.markov_order},
        "shapley": {"game": "sum"},
    }
    wanted = [model for model in chosen.models if model in options]
    if not wanted:
        return
    bound = {"month": month, "conversion_type": conversion_type, "shop": shop}
    paths = connection.sql(_PATHS, params=bound).to_arrow_table()
    for model in wanted:
        with settings_errors():
            result = attribute(
                paths,
                model,
                transforms=path_transforms(chosen),
                lookback_touches=chosen.lookback_touches,
                **options[model],
            )
        yield Fit(month, conversion_type, shop, model, options[model], result)


@contextmanager
def settings_errors() -> Iterator[None]:
    """Say of an option that the models refuse where it is set."""
    try:
        yield
    except AttributionInputError as error:
        raise ConfigurationError(f"[attribution] of analytics.toml: {error}") from None


def path_transforms(chosen: Attribution) -> list[str | tuple[str, str]]:
    """The changes to paths before a model reads them: direct first, then the user's own."""
    direct: dict[str, list[str | tuple[str, str]]] = {
        "keep": [],
        "exclude": [("exclude", "Direct")],
        "rejoin": [("remove_if_not_all", "Direct")],
    }
    return [*direct[chosen.direct], *chosen.transforms]
