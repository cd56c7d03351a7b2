"""A run of many days through Dagster, or only the events that it writes.

`all` is the real run of the real definitions. `events` loads the same days without Dagster first,
and then times an op with the same outputs that only reports what was loaded: what Dagster itself
takes for the same events.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import dagster as dg

from analytics_assets.defs.build import build_definitions
from analytics_assets.defs.emitter import Background, Event, check_specs, emit
from analytics_assets.defs.endpoint_assets import asset_spec
from analytics_assets.defs.schedules import range_tags
from analytics_assets.ingest.declare import Crawl, Vendor
from analytics_assets.ingest.load import DayOutcome, Loader
from analytics_assets.lake.lake import Lake
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.settings import AnalyticsConfig
from analytics_assets.tables import all_tables
from benchmarks.contenders.platform_load import declared, environment
from benchmarks.rows import DAY
from benchmarks.stopwatch import Stopwatch, report

_START = "2025-01-01"
_QUIET = "telemetry:\n  enabled: false\npython_logs:\n  python_log_level: ERROR\n"


def main(what: str, base_url: str, folder: str, days: str) -> None:
    """Run `days` days that end with `DAY`."""
    root = Path(folder)
    os.environ |= environment(base_url, root)
    (root / "dagster.yaml").write_text(_QUIET, encoding="utf-8")
    vendor, _, crawl = declared("raw")
    first = DAY - timedelta(int(days) - 1)
    outcomes = _outcomes(vendor, crawl, root, int(days)) if what == "events" else []
    definitions = _only_events(vendor, crawl, outcomes) if outcomes else build_definitions()
    selection = [dg.AssetKey([vendor.name, crawl.name])]
    job = definitions.resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.from_config(str(root)) as instance:
        watch = Stopwatch()
        result = job.execute_in_process(
            instance=instance,
            asset_selection=selection,
            tags=range_tags(first.isoformat(), DAY.isoformat()),
            raise_on_error=False,
        )
        measured = watch.stop()
        done = instance.get_materialized_partitions(selection[0])
    failed = result.filter_events(lambda event: event.is_step_failure)
    failures = [_cause(event) for event in failed]
    report(len(done), measured, failures=failures)


def _cause(event: dg.DagsterEvent) -> str:
    """What went wrong first."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else "the run failed"


def _outcomes(vendor: Vendor, crawl: Crawl, root: Path, days: int) -> list[DayOutcome]:
    lake = Lake(root / "lake")
    lake.prepare(all_tables(), "sandbox")
    _, resource, _ = declared("raw")
    client = resource().connect("UTC")
    privacy = Privacy(os.environ["ANALYTICS_PII_KEY"])
    loader = Loader(vendor, crawl, client, lake, privacy, AnalyticsConfig(), "events")
    asked = [DAY - timedelta(n) for n in range(days)]
    found = list(loader.load(asked))
    client.close()
    return found


def _only_events(vendor: Vendor, crawl: Crawl, outcomes: Sequence[DayOutcome]) -> dg.Definitions:
    partitions = dg.DailyPartitionsDefinition(start_date=_START, timezone="UTC")
    specs = [asset_spec(vendor, crawl, endpoint, partitions) for endpoint in crawl.endpoints]
    checks = [
        check
        for spec, endpoint in zip(specs, crawl.endpoints, strict=True)
        for check in check_specs(spec.key, endpoint, partitions)
    ]

    @dg.multi_asset(
        name="only_events",
        specs=specs,
        check_specs=checks,
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def only_events(context: dg.AssetExecutionContext) -> Iterator[Event]:
        yield from emit(context, vendor, crawl, outcomes, Background(AnalyticsConfig()))

    return dg.Definitions(assets=[only_events], executor=dg.in_process_executor)


if __name__ == "__main__":
    main(*sys.argv[1:5])
