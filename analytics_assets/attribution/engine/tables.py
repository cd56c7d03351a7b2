"""The tables that attribution publishes: all that is known of them comes from their headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from analytics_assets.attribution.engine.derivation import Derivation
from analytics_assets.attribution.engine.headers import header
from analytics_assets.attribution.engine.statements import statement
from analytics_assets.lake.tables import DAY, LOAD_COLUMNS, Table

_NAMES = (
    "identities",
    "touchpoints",
    "conversion_matches",
    "conversions",
    "paths",
    "model_fits",
    "credits",
    "channel_performance",
    "funnel_daily",
    "spend",
    "utm_audit",
    "cohorts",
    "channel_daily",
    "vendor_reconciliation",
)
_COMPUTED = "computed_"
_INVARIANT = re.compile(r"^-- (\w+)\n(.*?);$", re.DOTALL | re.MULTILINE)


def derivation(name: str) -> Derivation:
    """A table of attribution.

    Raises:
        LookupError: there is none of the name, or it or what it reads has no header.
    """
    found = header(name)
    columns = [column for column in found.columns if column.name != DAY.name]
    checks = invariant_queries(name) if found.invariants else {}
    return Derivation(
        Table("attribution", name, (*columns, *LOAD_COLUMNS)),
        found.grain,
        tuple(sorted(lake_tables(name))),
        found.totals,
        tuple(replace(one, sql=checks[one.name]) for one in found.invariants),
        found.complete,
    )


def invariant_queries(name: str) -> Mapping[str, str]:
    """The query of each invariant of a table, from `<name>_invariants.sql`."""
    return dict(_INVARIANT.findall(statement(f"{name}_invariants")))


@cache
def lake_tables(name: str) -> frozenset[str]:
    """The tables of vendors and of attribution that a table is made of, through all its parts."""
    found: set[str] = set()
    for relation in header(name).reads:
        schema, dot, table = relation.partition(".")
        if dot:
            found |= {f"{schema}.{table.removesuffix('_history')}"} if schema != "ops" else set()
        elif relation.removeprefix(_COMPUTED) in _NAMES:
            found.add(f"attribution.{relation.removeprefix(_COMPUTED)}")
        else:
            found |= lake_tables(relation.removeprefix(_COMPUTED))
    return frozenset(found) - {f"attribution.{name}"}


DERIVATIONS = tuple(map(derivation, _NAMES))
ATTRIBUTION_TABLES = tuple(one.table for one in DERIVATIONS)
