"""What a derived table is: its columns, its grain, what it is made of, and what must hold of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from analytics_assets.lake.tables import Table, TableColumn

SHOP = TableColumn(
    "shop",
    "VARCHAR",
    "The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor says which.",
)
"""A column of every table of attribution: ids are unique within a shop."""


@dataclass(frozen=True)
class Invariant:
    """What must hold of every day of a table.

    Attributes:
        name: the check's name.
        sentence: what holds, for people.
        sql: a query over computed tables: `day`, `problem` (a few words); no rows where it holds.
        todo: what to do where it does not.
        blocking: whether nothing is published where it does not; else people are warned.
    """

    name: str
    sentence: str
    sql: str
    todo: str = ""
    blocking: bool = True


@dataclass(frozen=True)
class Derivation:
    """What a derived table is.

    Attributes:
        table: the table.
        grain: what a row is, in one sentence.
        reads: the tables that it is made of, as `schema.table`.
        totals: figures of a day, each an SQL aggregate over the day's rows; none adds vendors up.
        lineage: of a table that is not one SQL file, by column the columns that it comes from, as
            `schema.table.column`.
        invariants: what must hold of every day.
        complete: of which days the computed rows are complete: of the `span`, or of `all` days of
            the lake.
    """

    table: Table
    grain: str
    reads: tuple[str, ...]
    totals: Mapping[str, str]
    lineage: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    invariants: tuple[Invariant, ...] = ()
    complete: Literal["span", "all"] = "span"
