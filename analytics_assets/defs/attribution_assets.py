"""The cross-vendor tables as assets: computed over the warehouse, published where they changed."""

from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from analytics_assets.attribution.engine.derivation import Derivation, Invariant
from analytics_assets.attribution.engine.publish import Computed, PublishedDay, publish
from analytics_assets.attribution.engine.run import Asked, Settings
from analytics_assets.attribution.engine.steps import STEPS, Breach, breaches, run_steps
from analytics_assets.attribution.spend.exports import exports_folder, write_exports
from analytics_assets.defs.emitter import (
    Event,
    Metadata,
    check_outputs,
    no_preview_warning,
    targets,
)
from analytics_assets.defs.endpoint_assets import FRESHNESS, OWNER, table_metadata
from analytics_assets.defs.pictures import picture
from analytics_assets.defs.resources import PlatformResource, WarehouseResource
from analytics_assets.errors import AnalyticsError
from analytics_assets.ingest.declare import DAYS_PER_RUN
from analytics_assets.lake.tables import Table
from analytics_assets.lake.warehouse import build_warehouse

GROUP = "attribution"
_SHOWN_BREACHES = 3
_WARN = dg.AssetCheckSeverity.WARN
_COLUMN_LINEAGE = "dagster/column_lineage"


def attribution_assets(
    partitions: dg.PartitionsDefinition[str], tables: Sequence[Table]
) -> dg.AssetsDefinition:
    """An asset for every derived table, computed together; they hold no state.

    Nothing is published where an invariant does not hold on any day.
    """
    derivations = [step.derivation for step in STEPS]

    @dg.multi_asset(
        name=f"{GROUP}__tables",
        specs=[asset_spec(derivation, partitions) for derivation in derivations],
        check_specs=[
            check_spec(derivation, invariant, partitions)
            for derivation in derivations
            for invariant in derivation.invariants
        ],
        backfill_policy=dg.BackfillPolicy.multi_run(DAYS_PER_RUN),
    )
    def derive(
        context: dg.AssetExecutionContext,
        platform: PlatformResource,
        warehouse: WarehouseResource,
    ) -> Iterator[Event]:
        days = [date.fromisoformat(key) for key in context.partition_keys]
        try:
            lake = platform.lake()
            lake.prepare(tables, kind=None)
            build_warehouse(warehouse.path, lake, tables)
            settings = Settings.of(platform.config(), platform.zone(), platform.setting("currency"))
            with warehouse.get_connection() as connection:
                asked = Asked.of(lake, tables, days[0], days[-1])
                computed = run_steps(connection, asked, settings)
                warned = breaches(computed, blocking=False)
                if broken := breaches(computed):
                    for derivation in derivations:
                        yield from _evaluations(context, derivation, days, [*broken, *warned])
                    raise dg.Failure(breach_line(broken), allow_retries=False)
                privacy = platform.privacy(personal_data=False)
                published = publish(computed, lake, context.run.run_id, privacy=privacy)
                pictures = [picture(one) for one in computed]
        except AnalyticsError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        for one, outcomes, shown in zip(computed, published, pictures, strict=True):
            yield from _materialisations(context, one, outcomes, shown)
            yield from _evaluations(context, one.derivation, days, warned)
            yield from check_outputs(context, _key(one.derivation))

    return derive


def asset_spec(derivation: Derivation, partitions: dg.PartitionsDefinition[str]) -> dg.AssetSpec:
    """A derived table as the Dagster UI shows it."""
    table = derivation.table
    return dg.AssetSpec(
        [table.schema, table.name],
        deps=[source.split(".") for source in derivation.reads],
        description=f"{derivation.grain}\n\nComputed in full for the days asked for; a day's file "
        "is replaced only where its rows changed.",
        group_name=GROUP,
        owners=[OWNER],
        kinds={"sql", "parquet", "duckdb"},
        partitions_def=partitions,
        freshness_policy=FRESHNESS,
        metadata=table_metadata(table),
    )


def check_spec(
    derivation: Derivation, invariant: Invariant, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetCheckSpec:
    """An invariant as a check by day."""
    with no_preview_warning():
        return dg.AssetCheckSpec(
            invariant.name,
            asset=[derivation.table.schema, derivation.table.name],
            description=invariant.sentence,
            blocking=invariant.blocking,
            partitions_def=partitions,
        )


def breach_line(broken: Sequence[Breach]) -> str:
    """One line about the invariants that do not hold."""
    shown = [
        f"{one.derivation.table.name} {one.day}: {one.invariant.name}: {one.words}"
        for one in broken[:_SHOWN_BREACHES]
    ]
    more = f"; and {len(broken) - len(shown)} more" if len(broken) > len(shown) else ""
    return f"nothing was published, because an invariant does not hold. {'; '.join(shown)}{more}"


def _materialisations(
    context: dg.AssetExecutionContext,
    computed: Computed,
    outcomes: Sequence[PublishedDay],
    shown: str,
) -> Iterator[Event]:
    """The days that were asked for as the step's output, other days that changed as events."""
    key = _key(computed.derivation)
    for outcome in outcomes:
        partition, metadata = outcome.day.isoformat(), day_metadata(outcome)
        if outcome.day == computed.asked.last:
            metadata |= _looks(context, key, shown)
        if computed.asked.first <= outcome.day <= computed.asked.last:
            context.add_asset_metadata(metadata, asset_key=key, partition_key=partition)
        else:
            yield dg.AssetMaterialization(key, partition=partition, metadata=metadata)
    changed = sum(outcome.changed for outcome in outcomes)
    context.log.info("%s: %s days published", computed.derivation.table.name, changed)
    yield dg.MaterializeResult(asset_key=key)


def _evaluations(
    context: dg.AssetExecutionContext,
    derivation: Derivation,
    days: Sequence[date],
    broken: Sequence[Breach],
) -> Iterator[dg.AssetCheckEvaluation]:
    """A result of every check for the days asked for, and for other days where it fails."""
    found = {(one.invariant, one.day): one.words for one in broken}
    key = _key(derivation)
    wanted = {
        invariant: sorted({*days, *(day for one, day in found if one is invariant)})
        for invariant in derivation.invariants
    }
    checked = targets(context, key, [str(day) for day in set().union(*wanted.values())])
    for invariant, checked_days in wanted.items():
        for day in checked_days:
            words = found.get((invariant, day))
            yield dg.AssetCheckEvaluation(
                asset_key=key,
                check_name=invariant.name,
                passed=words is None,
                description=words or invariant.sentence,
                partition=day.isoformat(),
                target_materialization_data=checked.get(day.isoformat()),
                blocking=invariant.blocking,
                severity=dg.AssetCheckSeverity.ERROR if invariant.blocking else _WARN,
            )


def _key(derivation: Derivation) -> dg.AssetKey:
    return dg.AssetKey([derivation.table.schema, derivation.table.name])


def _looks(context: dg.AssetExecutionContext, key: dg.AssetKey, picture: str) -> Metadata:
    """Shown with the newest day beside its figures: a picture, and the lineage of its columns."""
    lineage = context.assets_def.metadata_by_key[key].get(_COLUMN_LINEAGE)
    return {
        **({"last 30 days": dg.MetadataValue.md(picture)} if picture else {}),
        **({_COLUMN_LINEAGE: lineage} if lineage else {}),
    }


def day_metadata(outcome: PublishedDay) -> Metadata:
    """The figures of a materialisation, for people."""
    return {
        "dagster/partition_row_count": outcome.rows,
        "rows": outcome.rows,
        "changed": outcome.changed,
        **outcome.totals,
    }


_READS = ("cohorts", "conversions", "spend", "touchpoints")


@dg.asset(
    key=["attribution", "exports"],
    deps=[["attribution", table] for table in _READS],
    group_name="attribution",
    owners=[OWNER],
    kinds={"parquet", "csv"},
    description="Files for other tools, in the folder `exports` beside the warehouse: spend, "
    "conversions and revenue by week and country for marketing-mix models, and the lifetime value "
    "of cohorts.",
)
def exports_asset(
    platform: PlatformResource, warehouse: WarehouseResource
) -> dg.MaterializeResult[None]:
    """Write the files anew from what the warehouse holds."""
    folder = exports_folder(warehouse.path)
    try:
        settings = Settings.of(
            platform.config(), platform.setting("timezone"), platform.setting("currency")
        )
        with warehouse.get_connection() as connection:
            rows = write_exports(connection, folder, settings)
    except AnalyticsError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    return dg.MaterializeResult(metadata={"folder": dg.MetadataValue.path(folder), **rows})
