"""How well conversions are matched across vendors, against what really happened in the sandbox.

What is compared are pairs of records of different sources. A pair is right where both tell of one
real conversion. Recall is taken of the pairs whose records show an identifier in common (an order
id, click id or browser id); everything else is found, if at all, by score.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.attribution.matching.steps import compute_conversion_matches
from analytics_assets.attribution.shops import install_shops
from analytics_assets.attribution.spend.currency import compute_rates
from analytics_assets.sandbox.clock import local_milliseconds, utc_milliseconds
from analytics_assets.sandbox.vendors.sealmetrics.rows import fingerprint
from benchmarks.outcome import Outcome, Verdict
from benchmarks.outcome import Settings as BenchSettings
from benchmarks.sandbox_world import BENCH_SEEDS, TIMEZONE, SandboxWorld, load_world

Name = tuple[str, str]
"""A record: its source and the vendor's id, as the truth names it."""
Pair = frozenset[Name]

PRECISION, RECALL = 0.98, 0.95
_FIRST, _DAYS = date(2026, 6, 1), 30


@dataclass(frozen=True)
class MatchingScore:
    """Pairs of records, and records that repeat another one.

    Attributes:
        found: pairs that the platform joins.
        right: of these, pairs of one real conversion.
        real: pairs of one real conversion.
        evident: of these, pairs with an identifier in common.
        evident_found: of these, pairs that the platform joins.
        scored: pairs found that have no identifier in common.
        scored_right: of these, pairs of one real conversion.
        repeats_found: records marked as repeats.
        repeats_right: of these, records that repeat one.
        repeats_real: records that repeat one.
    """

    found: int
    right: int
    real: int
    evident: int
    evident_found: int
    scored: int
    scored_right: int
    repeats_found: int
    repeats_right: int
    repeats_real: int

    @property
    def precision(self) -> float:
        """How many of the pairs found are right."""
        return _share(self.right, self.found)

    @property
    def recall(self) -> float:
        """How many of the pairs with evidence are found."""
        return _share(self.evident_found, self.evident)

    @property
    def words(self) -> str:
        """The counts, for people."""
        return (
            f"{self.right:,} of {self.found:,} pairs found are right; found are "
            f"{self.evident_found:,} of {self.evident:,} with an identifier in common and "
            f"{self.scored_right:,} of {self.real - self.evident:,} without; repeats: "
            f"{self.repeats_right} of {self.repeats_real}, and "
            f"{self.repeats_found - self.repeats_right} wrong"
        )

    @property
    def scored_precision(self) -> float:
        """How many of the pairs found without a common identifier are right."""
        return _share(self.scored_right, self.scored)

    @property
    def scored_recall(self) -> float:
        """How many of the real pairs without a common identifier are found."""
        return _share(self.scored_right, self.real - self.evident)


def score_matches(
    conversions: Iterable[Mapping[str, Any]],
    matches: Mapping[Name, str | None],
    repeats: frozenset[Name],
) -> MatchingScore:
    """Compare the platform's matches with the truth.

    Args:
        conversions: `/truth/conversions` of the days that were loaded.
        matches: the conversion of every record.
        repeats: the records that are marked as repeats.
    """
    real: set[Pair] = set()
    evident: set[Pair] = set()
    repeated: set[Name] = set()
    for conversion in conversions:
        records = conversion["records"]
        repeated |= {(s, row["id"]) for s, rows in records.items() for row in rows[1:]}
        shared = {frozenset(entry["vendors"]) for entry in conversion["evidence"]}
        for one, other in combinations(records, 2):
            pairs = {
                frozenset({(one, left["id"]), (other, right["id"])})
                for left in records[one]
                for right in records[other]
            }
            real |= pairs
            evident |= pairs if frozenset({one, other}) in shared else set()
    found = _pairs_of(matches)
    return MatchingScore(
        found=len(found),
        right=len(found & real),
        real=len(real),
        evident=len(evident),
        evident_found=len(found & evident),
        scored=len(found - evident),
        scored_right=len(found & real - evident),
        repeats_found=len(repeats),
        repeats_right=len(repeats & repeated),
        repeats_real=len(repeated),
    )


def measure_world(world: SandboxWorld) -> MatchingScore:
    """Match the conversions of a loaded world, and compare them with its truth."""
    run = Run.of_days(world.first, world.last, Settings(TIMEZONE))
    with world.connection() as connection:
        prepare(connection, run)
        install_shops(connection)
        compute_rates(connection)
        compute_conversion_matches(connection, run)
        names = _names(connection)
        rows = connection.execute(
            "SELECT record_id, conversion_id, is_suspected_duplicate "
            "FROM computed_conversion_matches WHERE vendor_day BETWEEN ? AND ?",
            [world.first, world.last],
        ).fetchall()
    matches = {names[record_id]: conversion_id for record_id, conversion_id, _ in rows}
    repeats = frozenset(names[record_id] for record_id, _, is_repeat in rows if is_repeat)
    return score_matches(world.truth()["conversions"], matches, repeats)


def matching(settings: BenchSettings) -> Outcome:
    """Conversions matched across vendors, against the truth of four worlds."""
    del settings
    outcome = Outcome("Conversions matched across vendors, 30 days of four sandbox worlds")
    scores = []
    for seed in BENCH_SEEDS:
        with TemporaryDirectory() as folder:
            scores.append(measure_world(load_world(Path(folder), seed, _FIRST, _DAYS)))
        outcome.notes.append(f"seed {seed}: {scores[-1].words}")
    for what, goal, values in (
        ("precision", PRECISION, [score.precision for score in scores]),
        ("recall where an identifier is shared", RECALL, [score.recall for score in scores]),
        ("precision of what only the score tells", 0.95, [s.scored_precision for s in scores]),
        ("recall of what only the score tells", 0.9, [s.scored_recall for s in scores]),
    ):
        least = f"{what}, least of {len(scores)} worlds"
        outcome.judge(Verdict(least, [100 * min(values)], 100 * goal, "%", at_least=True))
    return outcome


def _pairs_of(matches: Mapping[Name, str | None]) -> set[Pair]:
    members = defaultdict(list)
    for name, conversion_id in matches.items():
        if conversion_id is not None:
            members[conversion_id].append(name)
    return {
        frozenset({one, other})
        for names in members.values()
        for one, other in combinations(names, 2)
        if one[0] != other[0]
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _names(connection: duckdb.DuckDBPyConnection) -> dict[str, Name]:
    """How the truth names every record."""
    prints = _fingerprints(connection)
    names = {}
    for record_id, source in connection.execute(
        "SELECT record_id, source FROM computed_conversion_matches"
    ).fetchall():
        vendor_id = record_id.split(":", 2)[2].removeprefix("contact:")
        names[record_id] = (source, prints.get(record_id, vendor_id))
    return names


def _fingerprints(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The sandbox's names of SealMetrics' rows, which have no id."""
    found = connection.execute(
        """
        SELECT matches.record_id, rows.* EXCLUDE (
            day, site_id, timestamp, timestamp_local, _extra, _loaded_at, _load_id, _run_id
        ), timezone
        FROM sealmetrics.conversions_raw AS rows
        JOIN (SELECT DISTINCT id, timezone FROM sealmetrics.sites) AS sites ON site_id = sites.id
        JOIN computed_conversion_matches AS matches
            ON starts_with(record_id, 'sealmetrics:' || site_id || ':')
            AND recorded_at = timestamp_utc
            AND matches.conversion_type = rows.conversion_type
        """
    )
    columns = [column[0] for column in found.description or ()]
    return {
        row[0]: _fingerprint(dict(zip(columns[1:], row[1:], strict=True)))
        for row in found.fetchall()
    }


def _fingerprint(row: dict[str, Any]) -> str:
    zone, at_ms = row.pop("timezone"), round(row["timestamp_utc"].timestamp() * 1000)
    return fingerprint(
        row
        | {
            "date": row["date"].isoformat(),
            "timestamp_utc": utc_milliseconds(at_ms),
            "timestamp_local": local_milliseconds(at_ms, zone),
            "amount": f"{row['amount']:.2f}",
            "properties": json.loads(row["properties"]),
        }
    )
