"""What is done over and over: a day loaded again, many days in a run, definitions loaded."""

from __future__ import annotations

from statistics import median

from benchmarks.measure import Sample, contender, local_vendor, run, scratch
from benchmarks.outcome import Outcome, Settings, Verdict, figures, in_turns, ratios
from benchmarks.rows import RAW_PAGE_ROWS
from benchmarks.throughput import checked

_ROWS_A_DAY = 100
_MS = 1_000


def reload(settings: Settings) -> Outcome:
    """A day is loaded into a fresh lake, and then again."""
    rows = settings.scaled(1_000_000, RAW_PAGE_ROWS)
    outcome = Outcome(f"a day of {rows:,} rows, loaded again", {"first": [], "again": []})
    with local_vendor(raw_rows=rows) as vendor:
        for _ in range(settings.rounds):
            with scratch() as folder:
                for samples in outcome.samples.values():
                    sample = run(contender("platform_load", "raw", vendor.base_url, folder))
                    samples.append(checked(sample, rows))
    again = ratios(outcome.samples, "again", "first")
    outcome.judge(Verdict("again against the first time", again, 1.25))
    return outcome


def days(settings: Settings) -> Outcome:
    """365 days in one run through Dagster, with 100 rows a day."""
    number = settings.scaled(365, 1)
    with local_vendor(raw_rows=_ROWS_A_DAY) as vendor:

        def measure(what: str) -> Sample:
            vendor.behave()
            with scratch() as folder:
                command = contender("dagster_days", what, vendor.base_url, folder, number)
                return checked(run(command), number)

        samples = in_turns(
            settings, {"run": lambda: measure("all"), "events": lambda: measure("events")}
        )
    outcome = Outcome(f"{number} days in one run", samples)
    overhead = [
        _MS * (run.inner_seconds - events.inner_seconds) / number
        for run, events in zip(samples.get("run", []), samples.get("events", []), strict=False)
        if not run.failure and not events.failure
    ]
    outcome.judge(Verdict("a day, over Dagster's own events", overhead, 40, "ms"))
    for name, what in (("run", "the whole run"), ("events", "Dagster's own events")):
        seconds = figures(samples, name, lambda s: _MS * s.inner_seconds / number)
        used = figures(samples, name, lambda s: _MS * s.cpu_seconds / number)
        if seconds:
            words = f"{median(seconds):.1f} ms a day, {median(used):.1f} ms of CPU"
            outcome.notes.append(f"{what}: {words}")
    return outcome


def imports(settings: Settings) -> Outcome:
    """All definitions, over `import dagster`."""
    samples = in_turns(settings, {"definitions": lambda: run(contender("definitions_load"))})
    assets = samples["definitions"][0].rows if "definitions" in samples else 0
    outcome = Outcome("loading all definitions after `import dagster`", samples)
    outcome.notes.append(f"rows are assets here: {assets} of them, and all their checks")
    seconds = figures(samples, "definitions", lambda s: s.inner_seconds)
    outcome.judge(Verdict("seconds over `import dagster`", seconds, 0.3, "s"))
    return outcome
