"""Tables of what a vendor documents, each row with the test that exercises it over a socket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

Kind = Literal["endpoint", "parameter", "field", "status", "error"]


@dataclass(frozen=True)
class Documented:
    """Something that a vendor's documents name; `test` is module::function of this folder."""

    kind: Kind
    name: str
    test: str


def documented(kind: Kind, test: str, *names: str, prefix: str = "") -> list[Documented]:
    """Rows that one test exercises; `names` may hold several names, separated by spaces."""
    words = [word for name in names for word in name.split()]
    return [Documented(kind, prefix + word, test) for word in words]


def names_of(rows: Iterable[Documented], kind: Kind) -> set[str]:
    """The names of one kind."""
    return {row.name for row in rows if row.kind == kind}


def problems(rows: Iterable[Documented]) -> list[str]:
    """Rows whose test does not exist, and rows that stand twice."""
    found = []
    rows = list(rows)
    for row in rows:
        module, _, function = row.test.partition("::")
        tests = import_module(f"analytics_assets_tests.vendors.{module}")
        if not function.startswith("test_") or not callable(getattr(tests, function, None)):
            found.append(f"{row.kind} {row.name}: no test {row.test}")
    counts = Counter((row.kind, row.name) for row in rows)
    return found + [f"{kind} {name} stands twice" for (kind, name), n in counts.items() if n > 1]
