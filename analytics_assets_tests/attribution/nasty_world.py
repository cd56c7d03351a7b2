"""Some days of the sandbox's nasty world, loaded and attributed by the platform's own assets.

`python -m analytics_assets_tests.attribution.nasty_world FOLDER SEED WITHOUT` does it in a
process of its own, and writes the truth and the errors of the loads beside the lake.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import httpx

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets.definitions import defs
from analytics_assets.defs.schedules import range_tags
from analytics_assets.sandbox_process import running_sandbox
from analytics_assets_tests.defs.support import QUIET
from benchmarks.measure import ROOT, clean_environment

Row = dict[str, Any]
DAYS, SCALE = ("2026-06-01", "2026-06-10"), "0.4"
_MODULE = "analytics_assets_tests.attribution.nasty_world"
_SITES = ("sealmetrics/sites", "session_story/sites")
_ENDPOINTS = (
    *("sealmetrics/conversions_raw", "sealmetrics_legacy/conversions"),
    *("wemasy/sessions", "wemasy/session_conversions"),
    *("session_story/visitors", "session_story/sessions", "session_story/events"),
    *("segmetrics/contacts", "segmetrics/contact_events", "segmetrics/orders"),
    *("segmetrics/order_items", "segmetrics/subscriptions", "segmetrics/report_ads"),
    *("imports/orders", "imports/ad_spend", "imports/currency_rates"),
)
_TRUTHS = ("persons", "sessions", "conversions", "spend", "days")


@dataclass(frozen=True)
class NastyWorld:
    """What was loaded.

    Attributes:
        warehouse: all tables.
        truth: the lists of the sandbox's `/truth` by name, and its `shops`.
        errors: the first lines of what failed while loading.
    """

    warehouse: Path
    truth: dict[str, list[Row]]
    errors: list[str]

    def rows(self, sql: str) -> list[Row]:
        """The result of a query."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            result = connection.execute(sql)
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def load_nasty_world(folder: Path, seed: int, without: Iterable[str] = ()) -> NastyWorld:
    """Load the world of a seed, but for some of its rules.

    Raises:
        CalledProcessError: the program ended with an error.
    """
    command = [sys.executable, "-m", _MODULE, str(folder), str(seed), ",".join(without)]
    subprocess.run(command, cwd=ROOT, env=clean_environment(), check=True)
    found = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return NastyWorld(folder / "warehouse.duckdb", found["truth"], found["errors"])


def main(folder: str, seed: str, without: str) -> None:
    """Load, attribute, and write the truth."""
    home, (first, last) = Path(folder), DAYS
    options = ("--world", "nasty", "--without", without, "--seed", seed, "--scale", SCALE)
    span = ("--start", first, "--end", last, "--imports", str(home / "imports"))
    with running_sandbox(*options, *span) as environment:
        os.environ.update(environment | _places(home))
        errors = [*_load(_SITES, first, last), *_load(_ENDPOINTS, first, last)]
        base_url = environment["WEMASY_BASE_URL"].partition("/wemasy")[0]
        query = {"start": first, "end": last}
        truth = {"shops": httpx.get(f"{base_url}/truth").json()["shops"]}
        for name in _TRUTHS:
            answer = httpx.get(f"{base_url}/truth/{name}", params=query, timeout=300)
            truth[name] = answer.json()[name]
    tables = [dg.AssetKey([table.schema, table.name]) for table in ATTRIBUTION_TABLES]
    errors += _run(defs.resolve_job_def("attribution_daily"), tables, first, last)
    text = json.dumps({"truth": truth, "errors": errors})
    (home / "truth.json").write_text(text, encoding="utf-8")


def _places(home: Path) -> dict[str, str]:
    """A lake and settings of this world's own."""
    settings = f"""
        [imports]
        folder = "{home / "imports"}"
        [shops.imports]
        imports = "souq-bunn.example"
        """
    (home / "analytics.toml").write_text(settings, encoding="utf-8")
    return {
        "ANALYTICS_LAKE": str(home / "lake"),
        "ANALYTICS_WAREHOUSE": str(home / "warehouse.duckdb"),
        "ANALYTICS_CONFIG": str(home / "analytics.toml"),
        "DAGSTER_HOME": str(home),
    }


def _load(endpoints: Iterable[str], first: str, last: str) -> Iterator[str]:
    """Load endpoints; yields what failed."""
    keys = [dg.AssetKey(endpoint.split("/")) for endpoint in endpoints]
    job = defs.resolve_implicit_global_asset_job_def()
    part = job.get_subset(asset_selection=set(keys), asset_check_selection=set())
    yield from _run(part, keys, first, last)


def _run(job: dg.JobDefinition, keys: list[dg.AssetKey], first: str, last: str) -> Iterator[str]:
    """Materialise assets for all days in one run; yields what failed."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config=QUIET,
            asset_selection=keys,
            tags=range_tags(first, last),
        )
    yield from _errors(result)


def _errors(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data
            own = failure.user_failure_data and failure.user_failure_data.description
            error = failure.error
            while not own and error and error.cause:
                error = error.cause
            text = own or (error.message if error else "")
            yield f"{event.step_key}: {text.strip().splitlines()[0][:300]}"


if __name__ == "__main__":
    main(*sys.argv[1:4])
