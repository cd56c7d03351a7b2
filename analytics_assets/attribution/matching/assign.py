"""Decides which records of different sources are of one conversion.

Sources take their turn, the most trusted first. A record joins a conversion that an earlier source
began, by order id or else by score, or begins one of its own; a conversion holds at most one record
of a source.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy  # its packages load when they are used: a code location must start quickly

BY_ORDER_ID = "order id"
SCORED = "scored"
NONE = "none"


_Offer = tuple[str, str]
"""A record, and the conversion that it could belong to."""


class Record(NamedTuple):
    """A vendor's record that takes part."""

    record_id: str
    source: str
    order_id: str | None = None


class OrderPair(NamedTuple):
    """Two records that show the same order id; the smaller one is the likelier one."""

    amounts_differ: bool
    seconds_apart: float
    record_id: str
    other_id: str


class ScoredPair(NamedTuple):
    """Two records that may be of one event, with the probability that they are."""

    record_id: str
    other_id: str
    score: float


@dataclass
class Assigned:
    """A record and the conversion that it belongs to.

    Attributes:
        group_id: the record that began the conversion.
        method: how the record is tied to another one: `order id`, `scored`, or `none`.
        score: how sure that is, from 0 to 1; null where nothing ties it.
    """

    record_id: str
    group_id: str
    method: str = NONE
    score: float | None = None


class _Groups:
    """The conversions so far."""

    def __init__(self, records: Mapping[str, Record]) -> None:
        """Begin without any."""
        self.records = records
        self.assigned: dict[str, Assigned] = {}
        self._sources: defaultdict[str, set[str]] = defaultdict(set)
        self._order_ids: dict[str, str] = {}

    def begin(self, record_id: str) -> None:
        """Begin a conversion with a record."""
        self._add(record_id, record_id)

    def join(self, pair: ScoredPair, method: str) -> None:
        """Add a record to the conversion of another one."""
        self._add(pair.record_id, self.assigned[pair.other_id].group_id)
        for tied in (self.assigned[pair.record_id], self.assigned[pair.other_id]):
            if (method == BY_ORDER_ID, pair.score) > (tied.method == BY_ORDER_ID, tied.score or 0):
                tied.method, tied.score = method, pair.score

    def may_join(self, pair: ScoredPair) -> bool:
        """Whether a record is free and fits: one record of a source, one order id."""
        record = self.records[pair.record_id]
        group_id = self.assigned[pair.other_id].group_id
        order_id = self._order_ids.get(group_id)
        return (
            pair.record_id not in self.assigned
            and record.source not in self._sources[group_id]
            and (order_id is None or record.order_id is None or order_id == record.order_id)
        )

    def _add(self, record_id: str, group_id: str) -> None:
        record = self.records[record_id]
        self.assigned[record_id] = Assigned(record_id, group_id)
        self._sources[group_id].add(record.source)
        if record.order_id is not None:
            self._order_ids.setdefault(group_id, record.order_id)


def assign(
    records: Iterable[Record],
    order_pairs: Iterable[OrderPair],
    scored_pairs: Iterable[ScoredPair],
    sources: Sequence[str],
    threshold: float,
) -> list[Assigned]:
    """Give every record its conversion.

    Args:
        records: the records that take part, each once.
        order_pairs: pairs of them by order id.
        scored_pairs: pairs of them by score.
        sources: all sources, the most trusted first.
        threshold: the score from which on a pair holds.

    Returns:
        One entry per record, in the order of `sources`.
    """
    known = {record.record_id: record for record in records}
    certain = (ScoredPair(pair.record_id, pair.other_id, 1.0) for pair in sorted(order_pairs))
    by_order_id = _by_turn(certain, known, sources)
    by_score = _by_turn(scored_pairs, known, sources)
    groups = _Groups(known)
    of_source = defaultdict(list)
    for record_id in sorted(known):
        of_source[known[record_id].source].append(record_id)
    for source in sources:
        for pair in by_order_id[source]:
            if groups.may_join(pair):
                groups.join(pair, BY_ORDER_ID)
        for pair in _best([pair for pair in by_score[source] if groups.may_join(pair)], groups):
            if pair.score >= threshold:
                groups.join(pair, SCORED)
        for record_id in of_source[source]:
            if record_id not in groups.assigned:
                groups.begin(record_id)
    return list(groups.assigned.values())


def _by_turn(
    pairs: Iterable[ScoredPair], known: Mapping[str, Record], sources: Sequence[str]
) -> defaultdict[str, list[ScoredPair]]:
    """Pairs by the source of the record whose turn comes later, which is put first."""
    turn = {source: place for place, source in enumerate(sources)}
    found = defaultdict(list)
    for pair in pairs:
        one, other = known[pair.record_id], known[pair.other_id]
        is_later = turn[one.source] > turn[other.source]
        first, second = (one, other) if is_later else (other, one)
        found[first.source].append(ScoredPair(first.record_id, second.record_id, pair.score))
    return found


def _best(pairs: Iterable[ScoredPair], groups: _Groups) -> list[ScoredPair]:
    """The one-to-one choice of records and conversions with the highest total score.

    Of a record and a conversion the best pair counts.
    """
    offers: dict[_Offer, ScoredPair] = {}
    for pair in sorted(pairs, key=lambda pair: (pair.score, pair.other_id)):
        offers[pair.record_id, groups.assigned[pair.other_id].group_id] = pair
    of_record = Counter(record_id for record_id, _ in offers)
    of_group = Counter(group_id for _, group_id in offers)
    contested = {
        offer: pair.score
        for offer, pair in sorted(offers.items())
        if of_record[offer[0]] > 1 or of_group[offer[1]] > 1
    }
    alone = [offer for offer in offers if offer not in contested]
    return [offers[offer] for offer in (*alone, *_optimal(contested))]


def _optimal(scores: Mapping[_Offer, float]) -> list[_Offer]:
    """The offers of the highest total score with every record and every conversion once at most.

    Being left alone costs as much as an offer of score 0, so that a poor offer never
    prevents a good one.
    """
    if not scores:
        return []
    record_ids, rows = np.unique([record_id for record_id, _ in scores], return_inverse=True)
    group_ids, columns = np.unique([group_id for _, group_id in scores], return_inverse=True)
    left = np.arange(len(record_ids))
    costs = scipy.sparse.coo_array(
        (
            np.r_[2 - np.fromiter(scores.values(), float), np.full(len(left), 2.0)],
            (np.r_[rows, left], np.r_[columns, len(group_ids) + left]),
        ),
        shape=(len(left), len(group_ids) + len(left)),
    )
    chosen = zip(
        *scipy.sparse.csgraph.min_weight_full_bipartite_matching(costs.tocsr()), strict=True
    )
    return [
        (str(record_ids[row]), str(group_ids[column]))
        for row, column in chosen
        if column < len(group_ids)
    ]
