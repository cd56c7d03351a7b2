"""The cross-vendor tables as assets: computed over the warehouse, published where they changed."""

from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from analytics_assets.attribution.compute import PublishedDay, Settings, compute, publish
from analytics_assets.attribution.tables import DERIVATIONS, Derivation
from analytics_assets.core.assets import DAYS_PER_RUN, OWNER, table_metadata
from analytics_assets.core.errors import AnalyticsError
from analytics_assets.core.platform import PlatformResource, WarehouseResource
from analytics_assets.core.tables import Table
from analytics_assets.core.warehouse import build_warehouse

GROUP = "attribution"


def attribution_assets(
    partitions: dg.PartitionsDefinition[str], tables: Sequence[Table]
) -> list[dg.AssetsDefinition]:
    """An asset for every derived table."""
    return [derived_asset(derivation, partitions, tables) for derivation in DERIVATIONS]


def derived_asset(
    derivation: Derivation,
    partitions: dg.PartitionsDefinition[str],
    tables: Sequence[Table],
) -> dg.AssetsDefinition:
    """The asset of one derived table; it reads the warehouse and holds no state."""
    table = derivation.table
    spec = dg.AssetSpec(
        [table.schema, table.name],
        deps=[source.split(".") for source in derivation.reads],
        description=f"{derivation.grain}\n\nComputed in full for the days asked for; a day's file "
        "is replaced only where its rows changed.",
        group_name=GROUP,
        owners=[OWNER],
        kinds={"sql", "parquet", "duckdb"},
        partitions_def=partitions,
        metadata=table_metadata(table),
    )

    @dg.multi_asset(
        name=f"{GROUP}__{table.name}",
        specs=[spec],
        backfill_policy=dg.BackfillPolicy.multi_run(DAYS_PER_RUN),
    )
    def derive(
        context: dg.AssetExecutionContext,
        platform: PlatformResource,
        warehouse: WarehouseResource,
    ) -> Iterator[dg.MaterializeResult[None]]:
        days = [date.fromisoformat(key) for key in context.partition_keys]
        try:
            lake = platform.lake()
            lake.prepare(tables, kind=None)
            build_warehouse(warehouse.path, lake, tables)
            settings = Settings.of(platform.config(), platform.setting("timezone"))
            with warehouse.get_connection() as connection:
                computed = compute(connection, table, days[0], days[-1], settings)
                privacy = platform.privacy(personal_data=False)
                published = publish(computed, lake, context.run.run_id, privacy=privacy)
        except AnalyticsError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        for outcome in published:
            context.add_asset_metadata(
                day_metadata(outcome),
                asset_key=spec.key,
                partition_key=outcome.day.isoformat(),
            )
        changed = sum(outcome.changed for outcome in published)
        context.log.info("%s days computed, %s changed", len(published), changed)
        yield dg.MaterializeResult(asset_key=spec.key)

    return derive


def day_metadata(outcome: PublishedDay) -> dict[str, int | bool]:
    """What people look at on a materialisation."""
    return {
        "dagster/partition_row_count": outcome.rows,
        "rows": outcome.rows,
        "changed": outcome.changed,
        **outcome.totals,
    }
