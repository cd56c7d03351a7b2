"""Runs of every vendor through Dagster, as `make demo` makes them, against the sandbox over HTTP.

`python -m benchmarks.contenders.instance_runs FOLDER DAYS` loads one day of everything, as the
daily schedules do, or DAYS days in the ranges that a backfill asks for. Two processes run the jobs.
"""

import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from analytics_assets.defs.runner import Order, Runner, Tally
from analytics_assets.defs.schedules import daily_assets
from analytics_assets.demo.environment import use_sandbox
from analytics_assets.ingest.declare import DAYS_PER_RUN
from analytics_assets.lake.days import spans
from analytics_assets.lake.lake import Lake
from analytics_assets.sandbox_process import running_sandbox
from analytics_assets.vendors import VENDORS
from benchmarks.stopwatch import Stopwatch, report


def main(folder: str, days: str) -> None:
    """Load, and say what each vendor took."""
    home, last = Path(folder), datetime.now(UTC).date() - timedelta(2)
    first = last - timedelta(int(days) - 1)
    with running_sandbox("--limits", "relaxed", "--start", first.isoformat()) as sandbox:
        places = {
            "ANALYTICS_START_DATE": first.isoformat(),
            "ANALYTICS_LAKE": str(home / "lake"),
            "ANALYTICS_WAREHOUSE": str(home / "warehouse.duckdb"),
            "DAGSTER_HOME": str(home / "dagster"),
        }
        use_sandbox({**sandbox, **places})
        watch = Stopwatch()
        tally, ended = run(first, last)
        measured = watch.stop()
    lake = Lake(home / "lake")
    keys = [key for vendor, _ in VENDORS for key in daily_assets(vendor)]
    loaded = sum(len(lake.days("/".join(key.path))) for key in keys)
    asked = len(keys) * int(days)
    failures = tally.errors + ([] if loaded == asked else [f"{loaded} of {asked} days are there"])
    report(loaded, measured, failures=failures[:3], ended=ended)


def run(first: date, last: date) -> tuple[Tally, dict[str, float]]:
    """Run every vendor's job for all days; also, the seconds until its last step."""
    began = time.monotonic()
    ended: dict[str, float] = {}

    def step_ended(job: str, _: str | int) -> None:
        ended[job] = round(time.monotonic() - began, 1)

    jobs = [f"{v.name}_daily" for v, _ in sorted(VENDORS, key=lambda one: -len(one[0].endpoints))]
    with Runner(step_ended) as runner:
        tally = runner.run(
            [Order(job, span) for span in spans(first, last, DAYS_PER_RUN) for job in jobs]
        )
    return tally, ended


if __name__ == "__main__":
    main(*sys.argv[1:3])
