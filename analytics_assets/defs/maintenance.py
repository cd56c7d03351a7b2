"""Keeps Dagster's history and the lake small, by command and every night; no day or check goes."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

import dagster as dg

from analytics_assets.defs.dagster_history import old_runs, purge
from analytics_assets.defs.resources import PlatformResource, WarehouseResource
from analytics_assets.errors import AnalyticsError
from analytics_assets.lake.days import utc_now
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.maintain import closed_months, left_overs, merge_month
from analytics_assets.lake.rewrite import refuse_missing, rewriting

KEEP_DAYS = 30
"""How long the logs of runs are kept."""


@dataclass(frozen=True)
class Maintenance:
    """The instance and the lake to maintain; with `dry_run`, work is only counted."""

    instance: dg.DagsterInstance
    lake: Lake
    warehouse: Path
    keep_days: int = KEEP_DAYS
    dry_run: bool = False

    def carry_out(self) -> Iterator[str]:
        """Do everything, with a line for each kind of work.

        Raises:
            ConfigurationError: Dagster's history is not kept in SQL.
            LakeError: there is no lake, or it cannot be written.
        """
        refuse_missing(self.lake)
        yield self._purge()
        yield from self._sweep()
        yield self._merge()

    def _purge(self) -> str:
        runs = old_runs(self.instance, utc_now() - timedelta(days=self.keep_days))
        if not self.dry_run:
            purge(self.instance, runs)
        return _line(len(runs.logged), f"runs older than {self.keep_days} days", "logs removed")

    def _sweep(self) -> Iterator[str]:
        abandoned, files = self.lake.abandoned(), list(left_overs(self.lake, self.warehouse))
        if not self.dry_run:
            self.lake.recover()
            for path in files:
                path.unlink(missing_ok=True)
                with suppress(OSError):  # other files of the folder may still be of use
                    path.parent.rmdir()
        yield _line(len(abandoned), "unfinished publications", "finished or removed")
        yield _line(len(files), "left-over files", "removed")

    def _merge(self) -> str:
        months = closed_months(self.lake, utc_now())
        if months and not self.dry_run:
            with rewriting(self.lake) as connection:
                # again, now that nobody else writes
                for paths in closed_months(self.lake, utc_now()).values():
                    merge_month(self.lake, connection, paths)
        files = sum(map(len, months.values()))
        return _line(files, "files of ops.loads", f"merged into {len(months)}")


def _line(count: int, what: str, how: str) -> str:
    return f"{count:,} {what}" + (f": {how}" if count else "")


_CRON = "45 3 * * *"


@dg.op(required_resource_keys={"platform", "warehouse"})
def maintain(context: dg.OpExecutionContext) -> None:
    """Do what `analytics-assets maintain` does."""
    platform = cast("PlatformResource", context.resources.platform)
    warehouse = cast("WarehouseResource", context.resources.warehouse)
    try:
        lake = platform.lake()
        if lake.kind() is None:
            context.log.info("there is no lake yet")
            return
        for line in Maintenance(context.instance, lake, warehouse.path).carry_out():
            context.log.info(line)
    except AnalyticsError as error:
        raise dg.Failure(str(error), allow_retries=False) from None


@dg.job(
    description=f"Remove logs of runs that are older than {KEEP_DAYS} days and left-overs, and "
    "merge small files; no data and no status goes."
)
def maintenance() -> None:
    """The job of one step."""
    maintain()


def maintenance_schedule(timezone: str) -> dg.ScheduleDefinition:
    """Every night."""
    return dg.ScheduleDefinition(
        name="maintenance",
        job=maintenance,
        cron_schedule=_CRON,
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Keep Dagster's history and the lake small.",
    )
