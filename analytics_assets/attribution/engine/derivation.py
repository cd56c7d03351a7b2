"""A derived table: its columns, its grain, the tables that it is made of, and its invariants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from analytics_assets.lake.tables import Table

Complete = Literal["computed", "all"]


@dataclass(frozen=True)
class Invariant:
    """A condition that must hold on every day of a table.

    Attributes:
        name: the check's name.
        sentence: what holds, for people.
        todo: what to do where it does not.
        blocking: whether nothing is published where it does not; else people are warned.
        sql: a query over computed tables: `day`, `problem` (a few words); no rows where it holds.
    """

    name: str
    sentence: str
    todo: str = ""
    blocking: bool = True
    sql: str = ""


@dataclass(frozen=True)
class Derivation:
    """A derived table.

    Attributes:
        table: the table.
        grain: what a row is, in one sentence.
        reads: the tables of the lake that it is made of, as `schema.table`.
        totals: figures of a day, each an SQL aggregate over the day's rows; none adds vendors up.
        invariants: what must hold of every day.
        complete: of which days the computed rows are complete: of those that the run computes, or
            of `all` days of the lake.
    """

    table: Table
    grain: str
    reads: tuple[str, ...]
    totals: Mapping[str, str]
    invariants: tuple[Invariant, ...] = ()
    complete: Complete = "computed"
