"""What is lost by waiting: slow answers, limits, faults and crashes."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.answers import FAULTS
from benchmarks.measure import (
    ROOT,
    LocalVendor,
    Sample,
    clean_environment,
    contender,
    local_vendor,
    run,
    scratch,
)
from benchmarks.others import AIRBYTE, DLT_PARQUET, SINGER_TAP
from benchmarks.outcome import Outcome, Settings, Verdict, figures, in_turns
from benchmarks.rows import LEGACY_PAGE_ROWS
from benchmarks.throughput import checked

_LATENCY_SECONDS = 0.020
_AT_ONCE = 8
_POLL_SECONDS = 0.005
_SLOW_SECONDS = 0.005  # of a page, so that there is a middle to be killed in
_PER_MINUTE = 600
_FAULTY_PAGES = 50
_LASTING = ("truncated", "html", "error200")
_KILLED_AFTER = (0.2, 0.5, 0.9)  # of the pages


def latency(settings: Settings) -> Outcome:
    """Every page takes 20 ms, and the vendor takes 8 requests at once."""
    rows = settings.scaled(100_000, LEGACY_PAGE_ROWS)
    requests = rows // LEGACY_PAGE_ROWS + 1
    ideal = -(-requests // _AT_ONCE) * _LATENCY_SECONDS
    with local_vendor(legacy_rows=rows) as vendor:
        samples = in_turns(
            settings,
            {"platform": lambda: _load(vendor, rows, latency_seconds=_LATENCY_SECONDS)},
        )
        slow = {"latency_seconds": _LATENCY_SECONDS}
        samples |= in_turns(replace(settings, rounds=1), _rivals(vendor, rows, slow))
    title = f"{requests:,} pages at {1000 * _LATENCY_SECONDS:.0f} ms, {_AT_ONCE} at once"
    outcome = Outcome(title, samples, notes=[f"ideal: {ideal:.2f} s"])
    seconds = figures(samples, "platform", lambda s: s.inner_seconds / ideal)
    outcome.judge(Verdict("against the ideal", seconds, 1.25))
    most = figures(samples, "platform", lambda s: float(s.more["served"]["most_at_once"]))
    outcome.judge(Verdict("most requests at once", most, _AT_ONCE, "requests"))
    return outcome


def limit(settings: Settings) -> Outcome:
    """The vendor takes 600 requests a minute; we know it by setting, or only by its headers."""
    rows = settings.scaled(100_000, LEGACY_PAGE_ROWS)
    requests = rows // LEGACY_PAGE_ROWS + 1
    ideal = (requests - 1) // _PER_MINUTE * 60.0
    with local_vendor(legacy_rows=rows) as vendor:
        samples = in_turns(
            replace(settings, rounds=1),  # a minute is a minute
            {
                "known": lambda: _load(vendor, rows, per_minute=_PER_MINUTE, limit=_PER_MINUTE),
                "headers": lambda: _load(vendor, rows, limit=_PER_MINUTE),
            },
        )
    title = f"{requests:,} requests at {_PER_MINUTE} a minute"
    outcome = Outcome(title, samples, notes=[f"ideal: {ideal:.0f} s, and the time of the load"])
    for name in samples:
        seconds = figures(samples, name, lambda s: s.inner_seconds / ideal) if ideal else []
        outcome.judge(Verdict(f"limit {name}: against the ideal", seconds, 1.05))
        refused = figures(samples, name, lambda s: float(s.more["served"]["too_many"]))
        outcome.judge(Verdict(f"limit {name}: answers 429", refused, 0, "answers"))
    return outcome


def faults(settings: Settings) -> Outcome:
    """50 of 1,000 pages fail once; then one page fails for good, or every page is the first."""
    rows = settings.scaled(100_000, LEGACY_PAGE_ROWS)
    pages = settings.scaled(_FAULTY_PAGES, 1)
    outcome = Outcome(f"{pages} faults in {rows // LEGACY_PAGE_ROWS:,} pages")
    with local_vendor(legacy_rows=rows) as vendor:
        once = {
            f"{fault} once": partial(_load, vendor, rows, fault=fault, faulty_pages=pages)
            for fault in FAULTS
        }
        lasting = {
            f"{fault} for good": partial(
                _load, vendor, rows, fault=fault, faulty_pages=1, times=1_000
            )
            for fault in _LASTING
        }
        repeat = {"repeated page": partial(_load, vendor, rows, repeat=True)}
        outcome.samples = in_turns(replace(settings, rounds=1), once)
        failing = {"fault": "500", "faulty_pages": pages}
        dlt = {"dlt-rest-api (500 once)": _rivals(vendor, rows, failing)["dlt-rest-api"]}
        rival = in_turns(replace(settings, rounds=1), dlt)
        ended = in_turns(replace(settings, rounds=1), lasting | repeat)
    for name, samples in outcome.samples.items():
        seconds = figures(outcome.samples, name, lambda s: s.inner_seconds)
        outcome.judge(Verdict(f"{name}: exact rows", seconds, 10.0, "s"))
        lost = [float(bool(sample.failure)) for sample in samples]
        outcome.judge(Verdict(f"{name}: loads that failed", lost, 0, "loads"))
    outcome.samples |= rival
    for name, (sample,) in ended.items():
        silent = float(not sample.more.get("failures"))
        outcome.judge(Verdict(f"{name}: loads without an error", [silent], 0, "loads"))
        outcome.notes.append(f"{name}: {sample.failure or 'no error'}")
    if repeated := ended.get("repeated page"):
        asked = float(repeated[0].more["served"]["pages"])
        outcome.judge(Verdict("requests until a repeat ends it", [asked], 2, "requests"))
    return outcome


def kill(settings: Settings) -> Outcome:
    """A load is killed, and the next one finishes what it had begun."""
    rows = settings.scaled(100_000, LEGACY_PAGE_ROWS)
    outcome = Outcome(f"kill -9 while {rows // LEGACY_PAGE_ROWS:,} pages are loaded")
    with local_vendor(legacy_rows=rows) as vendor, scratch() as whole:
        undisturbed = checked(
            run(contender("platform_load", "legacy", vendor.base_url, whole)), rows
        )
        outcome.samples = {"undisturbed": [undisturbed]}
        for share in _KILLED_AFTER:
            with scratch() as folder:
                vendor.behave(latency_seconds=_SLOW_SECONDS)
                _killed(vendor, folder, int(share * rows / LEGACY_PAGE_ROWS))
                sample = run(contender("platform_load", "legacy", vendor.base_url, folder))
                name = f"rerun after {share:.0%} of the pages"
                outcome.samples[name] = [checked(sample, rows)]
                good = not outcome.samples[name][0].failure
                again = [float(vendor.served()["asked_again"])] if good else []
                outcome.judge(Verdict(f"{name}: pages asked again", again, _AT_ONCE, "pages"))
                differ = [float(_different(whole, folder))] if good else []
                outcome.judge(Verdict(f"{name}: rows that differ", differ, 0, "rows"))
    return outcome


def _rivals(
    vendor: LocalVendor, rows: int, behaviour: dict[str, Any]
) -> dict[str, Callable[[], Sample]]:
    """The peers that can read the legacy listing, on a vendor that behaves like this."""
    peers = {
        "dlt-rest-api": DLT_PARQUET,
        "airbyte-read-only": AIRBYTE,
        "singer-tap-only": SINGER_TAP,
    }
    return {
        name: partial(peer.measure, vendor, "legacy", rows, behaviour=behaviour)
        for name, peer in peers.items()
    }


def _load(
    vendor: LocalVendor, rows: int, *, per_minute: int = 1_000_000, **behaviour: object
) -> Sample:
    """One load of the legacy listing by the platform, and what the vendor saw of it."""
    vendor.behave(**behaviour)
    with scratch() as folder:
        settings = {
            "SEALMETRICS_LEGACY_REQUESTS_PER_MINUTE": str(per_minute),
            "ANALYTICS_STATE": str(folder / "state"),  # no earlier load has sent anything
        }
        sample = run(contender("platform_load", "legacy", vendor.base_url, folder), more=settings)
    return checked(replace(sample, more={**sample.more, "served": vendor.served()}), rows)


def _killed(vendor: LocalVendor, folder: Path, pages: int) -> None:
    """Start a load and kill it when the vendor has served so many pages."""
    with subprocess.Popen(
        contender("platform_load", "legacy", vendor.base_url, folder),
        cwd=ROOT,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None and vendor.served()["pages"] < pages:
            time.sleep(_POLL_SECONDS)
        process.kill()


def _different(one: Path, other: Path) -> int:
    """Rows of either lake that the other does not have as often."""
    files = [
        f"(SELECT * EXCLUDE (_loaded_at, _load_id, _run_id) FROM read_parquet('{folder}/lake/"
        "sealmetrics_legacy/microconversions/day=*/*.parquet', union_by_name = true))"
        for folder in (one, other)
    ]
    here, there = files
    found = duckdb.execute(
        f"SELECT (SELECT count(*) FROM ({here} EXCEPT ALL {there})) + "
        f"(SELECT count(*) FROM ({there} EXCEPT ALL {here}))"
    ).fetchone()
    return int(found[0]) if found else -1
