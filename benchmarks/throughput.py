"""How fast rows come in: long pages, short pages, and how much memory that takes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from benchmarks.measure import LocalVendor, Sample, contender, local_vendor, run, scratch
from benchmarks.others import AIRBYTE, DLT_ARROW, DLT_PARQUET, SINGER_TAP, SLOW_PEERS
from benchmarks.outcome import Outcome, Samples, Settings, Verdict, figures, in_turns, ratios
from benchmarks.rows import LEGACY_PAGE_ROWS, RAW_PAGE_ROWS

_MB = 1_000_000
_FEWER_ROWS = 100_000  # for peers that would take minutes for a million
_FLAT = 1.1  # what memory may differ by and still be called flat


def big(settings: Settings) -> Outcome:
    """A day of SealMetrics' raw conversions, 10,000 rows a page, beside the floor and the peers."""
    rows = settings.scaled(1_000_000, RAW_PAGE_ROWS)
    with local_vendor(raw_rows=rows) as vendor:
        samples = in_turns(
            settings,
            {
                "receive": lambda: received(vendor, "raw", rows),
                "floor": lambda: loaded(vendor, "floor", "raw", rows),
                "platform": lambda: loaded(vendor, "platform_load", "raw", rows),
                "dlt-arrow": lambda: DLT_ARROW.measure(vendor, "raw", rows),
                "dlt-rest-api": lambda: DLT_PARQUET.measure(vendor, "raw", rows),
            },
        )
    fewer = min(rows, _FEWER_ROWS)
    with local_vendor(raw_rows=fewer) as vendor:
        slow = {
            name: partial(peer.measure, vendor, "raw", fewer, full=rows)
            for name, peer in SLOW_PEERS.items()
        }
        rivals = in_turns(replace(settings, rounds=1), slow)
    times = f"x{rows / fewer:g}"
    samples |= {f"{name} ({times})": found for name, found in rivals.items()}
    outcome = Outcome(f"{rows:,} rows, {RAW_PAGE_ROWS:,} a page", samples)
    if rivals:
        outcome.notes.append(f"{times}: measured on {fewer:,} rows and scaled to {rows:,}")
    for name, (sample,) in rivals.items():
        if sample.rows < rows and not sample.failure:
            lost = f"{rows - sample.rows:,} of {rows:,} rows"
            outcome.notes.append(f"{name}: lost {lost} (scaled) and ended well")
    outcome.judge(Verdict("against the strict floor", ratios(samples, "platform", "floor"), 1.25))
    cpu = figures(samples, "platform", lambda s: s.cpu_seconds * 1_000_000 / s.rows)
    outcome.judge(Verdict("CPU for a million rows", cpu, 8.0, "s"))
    for name, goal in (("dlt-arrow", 3.5), ("dlt-rest-api", 11.0)):
        faster = ratios(samples, name, "platform")
        outcome.judge(Verdict(f"times as fast as {name}", faster, goal, at_least=True))
    return outcome


def memory(settings: Settings) -> Outcome:
    """Peak memory of one load, five and two million rows against one; and a mode with 400 MB."""
    sizes = [settings.scaled(n, RAW_PAGE_ROWS) for n in (1_000_000, 2_000_000, 5_000_000)]
    samples: Samples = {}
    for rows in sizes:
        with local_vendor(raw_rows=rows) as vendor:
            load = partial(loaded, vendor, "platform_load", "raw", rows)
            turns = {f"{rows:,}": load}
            if rows == sizes[0]:
                turns["400-MB"] = partial(load, BENCH_MEMORY_MB="400")
            samples |= in_turns(settings, turns)
    outcome = Outcome("memory of one load", samples)
    first, *others = (f"{rows:,}" for rows in sizes)
    for name in (first, *others):
        peak = figures(samples, name, lambda s: s.peak_bytes / _MB)
        outcome.judge(Verdict(f"peak of {name} rows", peak, 500, "MB"))
    for name in others:
        grown = ratios(samples, name, first, "peak_bytes")
        outcome.judge(Verdict(f"peak of {name} rows against {first}", grown, _FLAT))
    peak = figures(samples, "400-MB", lambda s: s.peak_bytes / _MB)
    outcome.judge(Verdict("peak of the 400 MB mode", peak, 400, "MB"))
    slower = ratios(samples, "400-MB", first)
    outcome.judge(Verdict("time of the 400 MB mode", slower, 1.35))
    return outcome


def small(settings: Settings) -> Outcome:
    """A day of the legacy API's microconversions: 100 rows a page, no total, a short page ends it.

    That API is a documented one with 8 fields and pages of 100 rows: a thousand requests that the
    real client makes without being told to ask for less than it would.
    """
    rows = settings.scaled(100_000, LEGACY_PAGE_ROWS)
    with local_vendor(legacy_rows=rows) as vendor:
        samples = in_turns(
            settings,
            {
                "receive": lambda: received(vendor, "legacy", rows),
                "floor": lambda: loaded(vendor, "floor", "legacy", rows),
                "platform": lambda: loaded(vendor, "platform_load", "legacy", rows),
                "dlt-rest-api": lambda: DLT_PARQUET.measure(vendor, "legacy", rows),
                "airbyte-read-only": lambda: AIRBYTE.measure(vendor, "legacy", rows),
                "singer-tap-only": lambda: SINGER_TAP.measure(vendor, "legacy", rows),
            },
        )
    outcome = Outcome(f"{rows:,} rows, {LEGACY_PAGE_ROWS} a page", samples)
    outcome.judge(Verdict("against the strict floor", ratios(samples, "platform", "floor"), 1.3))
    requests = rows // LEGACY_PAGE_ROWS + 1
    cpu = figures(samples, "platform", lambda s: 1_000 * s.cpu_seconds / requests)
    outcome.judge(Verdict("CPU a request", cpu, 1.0, "ms"))
    return outcome


def received(vendor: LocalVendor, listing: str, rows: int) -> Sample:
    """One turn of the contender that drops what it receives."""
    vendor.behave()
    return run(contender("receive", listing, vendor.base_url, rows))


def loaded(vendor: LocalVendor, name: str, listing: str, rows: int, **environment: str) -> Sample:
    """One turn of a contender that loads a listing into a folder of its own."""
    vendor.behave()
    with scratch() as folder:
        sample = run(contender(name, listing, vendor.base_url, folder), more=environment)
    return checked(sample, rows)


def checked(sample: Sample, rows: int) -> Sample:
    """The sample, or a failure where rows are missing, doubled or readable as personal data."""
    if sample.failure:
        return sample
    if failures := sample.more.get("failures"):
        return replace(sample, failure=failures[0])
    if sample.rows != rows:
        return replace(sample, failure=f"{sample.rows:,} rows instead of {rows:,}")
    if sample.more.get("addresses"):
        return replace(sample, failure=f"{sample.more['addresses']} addresses are readable")
    return sample
