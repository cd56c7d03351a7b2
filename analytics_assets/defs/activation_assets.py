"""Activation as assets: one per kind of object, and one that deletes."""

from collections.abc import Iterator, Sequence

import dagster as dg

from analytics_assets.activation.connection import open_workplace
from analytics_assets.activation.kinds import DELETED, DELETES, KINDS, Kind
from analytics_assets.activation.plan import ACTIONS, Plan
from analytics_assets.activation.revenue import DayOfRevenue, compare_revenue
from analytics_assets.activation.send import Sent
from analytics_assets.activation.sync import Workplace, planned
from analytics_assets.activation.tables import GROUP, SENT
from analytics_assets.defs.endpoint_assets import OWNER, table_metadata
from analytics_assets.defs.resources import ActivationResource, PlatformResource, WarehouseResource
from analytics_assets.errors import AnalyticsError
from analytics_assets.lake.tables import Table
from analytics_assets.lake.warehouse import open_warehouse
from analytics_assets.vendors.segmetrics.client import SegMetricsClient
from analytics_assets.vendors.segmetrics.resource import SegMetricsResource

ACCEPTED = "every_object_accepted"
REPORTED = "revenue_is_reported"
_POOL = "segmetrics"

Event = dg.MaterializeResult[None]
Metadata = dict[str, dg.MetadataValue | int | str | bool]


def activation_assets(tables: Sequence[Table]) -> list[dg.AssetsDefinition]:
    """All assets of the group."""
    return [*(kind_asset(kind, tables) for kind in KINDS), deletes_asset(tables)]


def kind_asset(kind: Kind, tables: Sequence[Table]) -> dg.AssetsDefinition:
    """The asset that creates and changes objects of a kind, and takes back what can come again."""
    key = dg.AssetKey([GROUP, kind.name])
    checks = [_accepted_spec(key)]
    if kind.name == "invoices":
        checks.append(
            dg.AssetCheckSpec(
                REPORTED,
                asset=key,
                description="The vendor's revenue report shows at least what was sent, per day.",
            )
        )

    @dg.multi_asset(
        name=f"{GROUP}__{kind.name}",
        specs=[
            dg.AssetSpec(
                key,
                deps=[
                    *([GROUP, name] for name in kind.after),
                    *(table.split(".") for table in kind.reads),
                ],
                description=f"{kind.grain}\n\nSent to SegMetrics as far as it differs from what "
                f"was sent before (`{GROUP}.sent`). A mapping that is not approved is only "
                "planned.",
                group_name=GROUP,
                owners=[OWNER],
                kinds={"sql", "python"},
                metadata=table_metadata(SENT),
            )
        ],
        check_specs=checks,
        pool=_POOL,
    )
    def send(
        context: dg.AssetExecutionContext,
        activation: ActivationResource,
        platform: PlatformResource,
        warehouse: WarehouseResource,
        segmetrics: SegMetricsResource,
    ) -> Iterator[Event]:
        try:
            activation.require(kind.name)
            place = open_workplace(
                platform, warehouse, segmetrics, tables, context.run.run_id, context.log.info
            )
            plan, sent, is_sent = _sync(place, kind, segmetrics)
            results = [_accepted(key, sent)]
            if kind.name == "invoices":
                results.append(_reported(key, _compared(place, platform, segmetrics)))
        except AnalyticsError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        yield dg.MaterializeResult(
            asset_key=key, metadata=plan_metadata(plan, sent, is_sent), check_results=results
        )

    return send


def deletes_asset(tables: Sequence[Table]) -> dg.AssetsDefinition:
    """The asset that deletes for good what the sources of the kinds that are on withdrew."""
    key = dg.AssetKey([GROUP, DELETES])
    names = [kind.name for kind in DELETED]

    @dg.multi_asset(
        name=f"{GROUP}__{DELETES}",
        specs=[
            dg.AssetSpec(
                key,
                deps=[[GROUP, kind.name] for kind in KINDS],
                description=f"Deletes {', '.join(names)} that were sent and that their source "
                "withdrew. Deleting is permanent at the vendor.",
                group_name=GROUP,
                owners=[OWNER],
                kinds={"sql", "python"},
                metadata=table_metadata(SENT),
            )
        ],
        check_specs=[_accepted_spec(key)],
        pool=_POOL,
    )
    def delete(
        context: dg.AssetExecutionContext,
        activation: ActivationResource,
        platform: PlatformResource,
        warehouse: WarehouseResource,
        segmetrics: SegMetricsResource,
    ) -> Iterator[Event]:
        metadata: Metadata = {}
        total = Sent()
        try:
            activation.require(DELETES)
            place = open_workplace(
                platform, warehouse, segmetrics, tables, context.run.run_id, context.log.info
            )
            for kind in DELETED:
                if kind.name not in activation.enabled():
                    continue
                plan, sent, is_sent = _delete(place, kind, segmetrics)
                metadata[kind.name] = plan.count("withdraw") if is_sent else "dry run"
                total = total.with_more(sent)
        except AnalyticsError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        yield dg.MaterializeResult(
            asset_key=key, metadata=metadata, check_results=[_accepted(key, total)]
        )

    return delete


def _sync(place: Workplace, kind: Kind, segmetrics: SegMetricsResource) -> tuple[Plan, Sent, bool]:
    """Plan, and send where the mapping is approved; deleting for good is not done here."""
    return _carry_out(place, kind, segmetrics, saves=True, withdrawals=not kind.deletes)


def _delete(
    place: Workplace, kind: Kind, segmetrics: SegMetricsResource
) -> tuple[Plan, Sent, bool]:
    return _carry_out(place, kind, segmetrics, saves=False, withdrawals=True)


def _carry_out(
    place: Workplace,
    kind: Kind,
    segmetrics: SegMetricsResource,
    *,
    saves: bool,
    withdrawals: bool,
) -> tuple[Plan, Sent, bool]:
    with planned(place, kind, sending=True) as found:
        if not found.mapping.is_approved:
            return found.plan, Sent(), False
        found.plan.refuse_large(saves=saves, withdrawals=withdrawals)
        writer = segmetrics.open_writer(place.config.segmetrics.identify_parameters)
        try:
            sent = found.send(writer, saves=saves, withdrawals=withdrawals)
        finally:
            writer.close()
        return found.plan, sent, True


def _compared(
    place: Workplace, platform: PlatformResource, segmetrics: SegMetricsResource
) -> list[DayOfRevenue]:
    client = segmetrics.connect(platform.zone())
    assert isinstance(client, SegMetricsClient)  # noqa: S101  the vendor's own
    try:
        with open_warehouse(place.warehouse) as connection:
            return compare_revenue(
                connection, client, place.target, place.config.segmetrics.amounts
            )
    finally:
        client.close()


def plan_metadata(plan: Plan, sent: Sent, is_sent: bool) -> Metadata:  # noqa: FBT001
    """The plan and its result, for the asset's page."""
    setting = f"[activation.{plan.kind.name}]"
    found: Metadata = {
        "dry_run": not is_sent,
        "mapping": plan.mapping.fingerprint,
        "rows": plan.rows,
        **{action: plan.count(action) for action in ACTIONS},
        "accepted": sent.accepted,
        "failed": sent.failed,
    }
    if not is_sent:
        found["to send it"] = f'set approved = "{plan.mapping.fingerprint}" in {setting}'
    if plan.samples:
        lines = [f"{a} | {row}" for a, rows in plan.samples.items() for row in rows]
        found["sample"] = dg.MetadataValue.md("\n".join(f"    {line}" for line in lines))
    if sent.failures:
        found["failures"] = dg.MetadataValue.md("\n".join(f"- {line}" for line in sent.failures))
    return found


def _accepted_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        ACCEPTED,
        asset=key,
        description="The vendor accepted every object; the next run tries the others again.",
    )


def _accepted(key: dg.AssetKey, sent: Sent) -> dg.AssetCheckResult:
    words = f"{sent.refused} refused, {sent.unknown} without an answer: "
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=ACCEPTED,
        passed=not sent.failed,
        description=words + "; ".join(sent.failures) if sent.failed else None,
        metadata={"accepted": sent.accepted, "refused": sent.refused, "unknown": sent.unknown},
    )


def _reported(key: dg.AssetKey, days: Sequence[DayOfRevenue]) -> dg.AssetCheckResult:
    missing = [day for day in days if day.is_missing]
    shown = "; ".join(f"{d.day}: sent {d.sent}, reported {d.reported}" for d in missing[:3])
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=REPORTED,
        passed=not missing,
        severity=dg.AssetCheckSeverity.WARN,  # the vendor may need a while
        description=f"Less is reported than was sent, in cents: {shown}" if missing else None,
        metadata={"days": len(days), "sent_cents": sum(day.sent for day in days)},
    )
