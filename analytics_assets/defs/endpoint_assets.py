"""The asset factory: one step per crawl, one asset per endpoint, nothing to write by hand."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

import dagster as dg

from analytics_assets.defs.emitter import (
    Background,
    Event,
    Metadata,
    check_specs,
    emit,
    no_preview_warning,
)
from analytics_assets.defs.pictures import sparkline
from analytics_assets.defs.resources import PlatformResource, WarehouseResource
from analytics_assets.errors import AnalyticsError, ConfigurationError
from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.ingest.declare import DAYS_PER_RUN, Crawl, Endpoint, Vendor
from analytics_assets.ingest.history import History, read_history
from analytics_assets.ingest.load import DayOutcome, Loader
from analytics_assets.ingest.samples import sample
from analytics_assets.ingest.tables import endpoint_table
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.tables import Table, TableColumn
from analytics_assets.lake.warehouse import build_warehouse
from analytics_assets.privacy.fingerprint import refuse_other_key

OWNER = "team:analytics-engineering"
_PICTURED_DAYS = 30

FRESHNESS = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=48), warn_window=timedelta(hours=30)
)
"""For the UI: a day's load may come some hours later than that of the day before. Any day counts as
fresh here; the check `newest_day` knows which one is expected."""


def crawl_assets(
    vendor: Vendor,
    crawl: Crawl,
    partitions: dg.PartitionsDefinition[str],
    tables: tuple[Table, ...],
) -> dg.AssetsDefinition:
    """The step that runs a crawl, with an asset and its checks for every table it fills."""
    own_partitions = None if crawl.snapshot else partitions
    specs = [asset_spec(vendor, crawl, e, own_partitions) for e in crawl.endpoints]
    checks = [
        check
        for spec, endpoint in zip(specs, crawl.endpoints, strict=True)
        for check in check_specs(spec.key, endpoint, own_partitions)
    ]

    @dg.multi_asset(
        name=f"{vendor.name}__{crawl.name}",
        specs=specs,
        check_specs=checks,
        can_subset=True,
        required_resource_keys={"platform", "warehouse", vendor.name},
        backfill_policy=None if crawl.snapshot else dg.BackfillPolicy.multi_run(DAYS_PER_RUN),
        pool=vendor.name,
    )
    def load(context: dg.AssetExecutionContext) -> Iterator[Event]:
        yield from run_crawl(context, vendor, crawl, tables)

    return load


def run_crawl(
    context: dg.AssetExecutionContext, vendor: Vendor, crawl: Crawl, tables: tuple[Table, ...]
) -> Iterator[Event]:
    """Load the run's days and report them; a user's error ends in one line."""
    platform = cast("PlatformResource", context.resources.platform)
    warehouse = cast("WarehouseResource", context.resources.warehouse)
    resource = cast("VendorConnection", getattr(context.resources, vendor.name))
    try:
        refuse_unlimited_pool(context.instance, context.run, vendor.name)
        config = platform.config()
        privacy = platform.privacy(personal_data=resource.personal_data)
        client = resource.connect(platform.zone())
        try:
            lake = platform.lake()
            lake.prepare(tables, resource.lake_kind())
            refuse_other_key(lake, privacy)
            loader = Loader(
                vendor, crawl, client, lake, privacy, config, context.run.run_id, context.log.info
            )
            days = run_days(context, crawl, platform)
            history = read_history(lake, vendor, crawl, days)
            outcomes = list(loader.load(days))
            build_warehouse(warehouse.path, lake, tables)
            looks = newest_looks(lake, vendor, crawl, outcomes, history)
            background = Background(config, history, looks)
        finally:
            client.close()
    except AnalyticsError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    yield from emit(context, vendor, crawl, outcomes, background)


def refuse_unlimited_pool(instance: dg.DagsterInstance, run: dg.DagsterRun, pool: str) -> None:
    """Refuse a run that others may run beside, where nothing keeps them from the same vendor.

    A pool without a limit does nothing, and Dagster does not say so.

    Raises:
        ConfigurationError: the instance limits neither this pool nor all of them.
    """
    if run.remote_job_origin is None:  # not launched by a deployment: it is alone
        return
    if instance.get_concurrency_config().pool_config.default_pool_limit is not None:
        return
    if pool not in {limited.name for limited in instance.event_log_storage.get_pool_limits()}:
        what = f"dagster.yaml sets no limit for pools, so runs of {pool} would not wait for another"
        todo = "Copy the project's dagster.yaml to DAGSTER_HOME, or limit the pool in the UI"
        raise ConfigurationError(what, todo=todo)


def newest_looks(
    lake: Lake, vendor: Vendor, crawl: Crawl, outcomes: Sequence[DayOutcome], history: History
) -> dict[str, Metadata]:
    """Shown with the newest loaded day of each endpoint: a few rows, and the month in a picture."""
    done = [outcome for outcome in outcomes if outcome.done]
    if not done:
        return {}
    newest = done[-1]
    days = [newest.day - timedelta(n) for n in reversed(range(_PICTURED_DAYS))]
    looks: dict[str, Metadata] = {}
    for endpoint in crawl.endpoints:
        table = endpoint_table(vendor, endpoint)
        now = {o.day: sum(r.rows_loaded for r in o.of(endpoint.name)) for o in done}
        before = zip(days, history.rows(endpoint.name, days), strict=True)
        rows = [now.get(day, known) for day, known in before]
        files = [lake.file(table, newest.day, r.tenant) for r in newest.of(endpoint.name)]
        looks[endpoint.name] = {
            "rows, last 30 days": dg.MetadataValue.md(sparkline(rows, f"rows until {newest.day}")),
            "sample": dg.MetadataValue.md(sample(table, files) or "no rows"),
        }
    return looks


def run_days(
    context: dg.AssetExecutionContext, crawl: Crawl, platform: PlatformResource
) -> list[date]:
    """The days that a run was asked for; a snapshot is always of today."""
    if crawl.snapshot:
        return [datetime.now(UTC).astimezone(ZoneInfo(platform.zone())).date()]
    return [date.fromisoformat(key) for key in context.partition_keys]


def asset_spec(
    vendor: Vendor,
    crawl: Crawl,
    endpoint: Endpoint,
    partitions: dg.PartitionsDefinition[str] | None,
) -> dg.AssetSpec:
    """An endpoint as the Dagster UI shows it."""
    table = endpoint_table(vendor, endpoint)
    together = [e.name for e in crawl.endpoints if e is not endpoint]
    asked = "today's state" if crawl.snapshot else f"up to {crawl.window_days} days in one call"
    lines = [
        endpoint.grain,
        f"{vendor.title}; asked for {asked}; numbers may change for {crawl.restated_days} days.",
        f"Key: {', '.join(endpoint.key) or 'none, ' + endpoint.no_key_reason}.",
    ]
    if together:
        lines.append(f"Filled by the same crawl as {', '.join(together)}.")
    return dg.AssetSpec(
        [vendor.name, endpoint.name],
        description="\n\n".join(lines),
        group_name=vendor.name,
        owners=[OWNER],
        kinds={"python", "parquet", "duckdb"},
        skippable=True,
        partitions_def=partitions,
        freshness_policy=FRESHNESS,
        metadata={
            "vendor documentation": dg.MetadataValue.url(endpoint.docs_url),
            "window_days": crawl.window_days,
            "restated_days": crawl.restated_days,
            **code_references(
                place_of_class(endpoint.model, "row"), place_of_function(crawl.fetch, "requests")
            ),
            **table_metadata(table),
        },
    )


class Place(NamedTuple):
    """A line of a source file."""

    path: Path
    line: int
    label: str


def code_references(*places: Place | None) -> dict[str, dg.CodeReferencesMetadataValue]:
    """Links to the source from the asset's page."""
    found: Iterable[Place] = filter(None, places)
    with no_preview_warning():
        references: list[dg.LocalFileCodeReference | dg.UrlCodeReference] = [
            dg.LocalFileCodeReference(file_path=str(p.path), line_number=p.line, label=p.label)
            for p in found
        ]
        links = dg.CodeReferencesMetadataValue(code_references=references)
    return {"dagster/code_references": links}


def table_metadata(table: Table) -> dict[str, dg.TableSchema | str]:
    """A table's name and documented columns for the asset's page."""
    columns = [table.partition, *table.columns]
    schema = dg.TableSchema([_table_column(column) for column in columns])
    return {
        "dagster/table_name": f"{table.schema}.{table.name}",
        "dagster/column_schema": schema,
    }


def _table_column(column: TableColumn) -> dg.TableColumn:
    tags = {"personal_data": column.personal} if column.personal else {}
    return dg.TableColumn(
        column.name, type=column.type, description=column.description or None, tags=tags
    )


def place_of_class(declared: type, label: str) -> Place:
    """Where a class is declared; found as text, because parsing every module takes a second."""
    path = Path(str(sys.modules[declared.__module__].__file__))
    before, found, _ = _text(path).partition(f"\nclass {declared.__name__}(")
    return Place(path, before.count("\n") + 2 if found else 1, label)


def place_of_function(called: Callable[..., Any], label: str) -> Place | None:
    """Where a function is declared; None where it is made of others."""
    code = getattr(called, "__code__", None)
    return Place(Path(code.co_filename), code.co_firstlineno, label) if code else None


@lru_cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
