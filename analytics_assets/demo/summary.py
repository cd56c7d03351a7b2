"""The summary that the demo prints at its end."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from analytics_assets.defs.runner import Tally
from analytics_assets.ingest.tables import endpoint_tables
from analytics_assets.lake.warehouse import open_warehouse
from analytics_assets.report.summary import channel_rows
from analytics_assets.vendors import VENDORS

_SHOWN_PROBLEMS = 10


def print_summary(  # noqa: PLR0913, PLR0917  what there is and what was done
    console: Console,
    warehouse: Path,
    report: Path,
    days: tuple[date, date],
    tally: Tally,
    since: datetime,
) -> None:
    """Rows per vendor, requests since then, checks, the channel table, and where to look next."""
    console.print()
    console.print(_vendors(warehouse, tally, since))
    console.print()
    if warehouse.exists():
        console.print(_channels(warehouse, days))
    for heading, lines in (("failed", tally.errors), ("check failed", tally.failed_checks)):
        for line in lines[:_SHOWN_PROBLEMS]:
            console.print(f"[red]{heading}[/red] {line}", highlight=False)
    passed = sum(n for (_, good), n in tally.checks.items() if good)
    failed = sum(n for (_, good), n in tally.checks.items() if not good)
    colour = "green" if failed == 0 else "red"
    console.print(f"\n[{colour}]{passed} checks passed, {failed} failed[/{colour}]")
    for check, count in tally.warnings.most_common(_SHOWN_PROBLEMS):
        console.print(f"[yellow]warns[/yellow] {check} ({count} days)", highlight=False)
    _next(console, warehouse, report)


def _vendors(warehouse: Path, tally: Tally, since: datetime) -> Table:
    table = Table(
        title="Loaded by vendor",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("vendor", no_wrap=True)
    for heading in ("tables", "rows", "requests", "checks\npassed", "checks\nfailed"):
        table.add_column(heading, justify="right")
    counts, requests = _counts(warehouse, since) if warehouse.exists() else ({}, {})
    for vendor, _ in VENDORS:
        table.add_row(
            vendor.name,
            str(len(vendor.endpoints)),
            f"{counts.get(vendor.name, 0):,}",
            f"{requests.get(vendor.name, 0):,}",
            f"{tally.checks[vendor.name, True]:,}",
            f"{tally.checks[vendor.name, False]:,}",
        )
    return table


def _counts(warehouse: Path, since: datetime) -> tuple[dict[str, int], dict[str, int]]:
    rows: dict[str, int] = {}
    with open_warehouse(warehouse) as connection:
        for table in endpoint_tables(vendor for vendor, _ in VENDORS):
            name = f"{table.schema}.{table.name}"
            found = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
            rows[table.schema] = rows.get(table.schema, 0) + (found[0] if found else 0)
        asked = connection.execute(
            "SELECT vendor, sum(requests)::BIGINT FROM ops.calls WHERE _loaded_at >= ? "
            "GROUP BY vendor",
            [since],
        ).fetchall()
    return rows, dict(asked)


def _channels(warehouse: Path, days: tuple[date, date]) -> Table:
    title = "Channels, the vendors side by side (never summed)"
    table = Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True
    )
    with open_warehouse(warehouse) as connection:
        headings, rows = channel_rows(connection, *days)
    table.add_column(headings[0], no_wrap=True)
    for heading in headings[1:]:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*row)
    return table


def _next(console: Console, warehouse: Path, report: Path) -> None:
    sql = "SELECT * FROM attribution.channel_daily ORDER BY day DESC, channel LIMIT 10"
    console.print(f"\nReport     {_near(report)}", highlight=False)
    console.print(f"Warehouse  {_near(warehouse)} (DuckDB views over Parquet)", highlight=False)
    console.print(
        f"Try        .venv/bin/python -c \"import duckdb; duckdb.connect('{_near(warehouse)}', "
        f"read_only=True).sql('{sql}').show()\"",
        highlight=False,
        soft_wrap=True,
    )
    console.print("See it     make dev SANDBOX=1", highlight=False)


def _near(path: Path) -> Path:
    """A path below the current folder without the part that is the same."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
