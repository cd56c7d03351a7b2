"""Wipe days of an ASSET (vendor/endpoint): data, records of loads and Dagster's status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import click
import duckdb
from rich.console import Console

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.cli.common import day_option, grid_of, refuse_backwards, use_environment
from analytics_assets.defs.dagster_history import wipe_all, wipe_days
from analytics_assets.defs.dagster_home import open_instance
from analytics_assets.errors import ConfigurationError
from analytics_assets.ingest.declare import Crawl, Vendor
from analytics_assets.ingest.tables import endpoint_table
from analytics_assets.lake.rewrite import refuse_missing, rewriting
from analytics_assets.lake.tables import Table
from analytics_assets.lake.wipe import Selection, days_left, plan_to_wipe, wipe
from analytics_assets.platform import Platform
from analytics_assets.tables import SOURCES


@click.command()
@click.argument("asset")
@day_option("--from", "first", "The first day.", required=True)
@day_option("--to", "last", "The last day.", required=True)
@click.option("--tenant", help="One site or account; otherwise all.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(asset: str, first: date, last: date, tenant: str | None, *, yes: bool) -> None:
    """Wipe days of an ASSET (vendor/endpoint): data, records of loads and Dagster's status.

    Dagster's status goes first, so that a rerun is always possible.
    """
    use_environment()
    days = (first, last)
    console = Console()
    selection, snapshot = select(asset, days, tenant)
    lake = Platform().lake()
    refuse_missing(lake)
    with duckdb.connect() as connection:
        plan = plan_to_wipe(connection, lake, selection)
    names = [f"{table.schema}/{table.name}" for table in selection.tables]
    if len(names) > 1:
        console.print(f"one crawl fills {', '.join(names)}: they are wiped together")
    console.print(grid_of(plan.rows) if plan.rows else "the lake holds nothing of these days")
    if not yes:
        click.confirm("This cannot be undone. Go on?", abort=True)

    keys = [(table.schema, table.name) for table in selection.tables]
    with open_instance() as instance, rewriting(lake) as connection:
        if not snapshot:
            wipe_days(instance, keys, days)
        wipe(connection, lake, plan_to_wipe(connection, lake, selection))
        if snapshot and not days_left(lake, selection.tables):
            wipe_all(instance, keys)
    console.print(f"[green]✓[/green] {days[0]} to {days[1]} wiped; load them again when you like")


def select(asset: str, days: tuple[date, date], tenant: str | None) -> tuple[Selection, bool]:
    """The tables that go together, and whether they are snapshots.

    Raises:
        ConfigurationError: there is no such asset, or its files hold all tenants, or no day.
    """
    refuse_backwards(*days)
    for table in ATTRIBUTION_TABLES:
        if asset == f"{table.schema}/{table.name}":
            _refuse_tenant(asset, tenant)
            return Selection((table,), "", *days), False
    vendor, crawl = _crawl_of(asset)
    if crawl.endpoints[0].tenant_from:
        _refuse_tenant(asset, tenant)
    tables = tuple(endpoint_table(vendor, endpoint) for endpoint in crawl.endpoints)
    return Selection(_asked_first(tables, asset), crawl.name, *days, tenant), crawl.snapshot


def _crawl_of(asset: str) -> tuple[Vendor, Crawl]:
    for vendor in SOURCES:
        for crawl in vendor.crawls:
            if asset in {f"{vendor.name}/{endpoint.name}" for endpoint in crawl.endpoints}:
                return vendor, crawl
    what = f"there is no asset {asset!r}"
    raise ConfigurationError(what, todo="Name it as vendor/endpoint, such as wemasy/sessions")


def _refuse_tenant(asset: str, tenant: str | None) -> None:
    if tenant is not None:
        what = f"a file of {asset} holds all tenants of a day"
        raise ConfigurationError(what, todo="Leave --tenant out")


def _asked_first(tables: Sequence[Table], asset: str) -> tuple[Table, ...]:
    return tuple(sorted(tables, key=lambda table: f"{table.schema}/{table.name}" != asset))
