"""The steps of a run: the derived tables in their order, each from those before it.

Rows that are loaded on a day can change those of any day within the longest window before it and of
the months of these days (whose paths a model learns from), and of any later day. A merge of
persons, or a newer report of an old order, reaches back to the day of what it changes
(`changes.py`). All these days are computed from as far back as a path can begin; days without data
cost nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from analytics_assets.attribution.credit.credits import compute_credits
from analytics_assets.attribution.credit.fits import compute_model_fits
from analytics_assets.attribution.credit.paths import compute_paths
from analytics_assets.attribution.credit.performance import compute_channel_performance
from analytics_assets.attribution.engine.changes import earliest_change
from analytics_assets.attribution.engine.compute import (
    compute,
    create,
    prepare,
)
from analytics_assets.attribution.engine.derivation import Derivation, Invariant
from analytics_assets.attribution.engine.parameters import bind
from analytics_assets.attribution.engine.publish import Computed
from analytics_assets.attribution.engine.run import (
    Asked,
    Days,
    Run,
    Settings,
    computing_run,
    exploring_run,
)
from analytics_assets.attribution.engine.tables import derivation
from analytics_assets.attribution.matching.steps import (
    compute_conversion_matches,
    compute_conversions,
)
from analytics_assets.attribution.persons.identities import compute_identities
from analytics_assets.attribution.persons.touchpoints import compute_touchpoints
from analytics_assets.attribution.shops.install import install_shops
from analytics_assets.attribution.spend.currency import compute_rates
from analytics_assets.attribution.spend.steps import (
    compute_cohorts,
    compute_spend,
    compute_utm_audit,
)

Compute = Callable[[duckdb.DuckDBPyConnection, Run], None]
_SHOWN_PROBLEMS = 3


@dataclass(frozen=True)
class Step:
    """A derived table and what computes it.

    Attributes:
        derivation: the table.
        compute: creates the temporary table `computed_<table>`, for the computed days at least.
        comes_first: whether it is the same for any days: it is computed before the days are known.
    """

    derivation: Derivation
    compute: Compute
    comes_first: bool = False


def from_sql(name: str, *parts: str) -> Compute:
    """The function that computes a table from its SQL file, after the files of its parts."""

    def compute_table(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
        del run  # bound as parameters
        create(connection, *parts)
        compute(connection, name)

    return compute_table


def _step(name: str, compute_table: Compute, *, comes_first: bool = False) -> Step:
    return Step(derivation(name), compute_table, comes_first)


CREDIT_STEPS = (
    _step("paths", compute_paths),
    _step("model_fits", compute_model_fits),
    _step("credits", compute_credits),
    _step("channel_performance", compute_channel_performance),
)
STEPS = (
    _step("conversion_matches", compute_conversion_matches),
    _step("vendor_reconciliation", from_sql("vendor_reconciliation")),
    _step("identities", compute_identities, comes_first=True),
    _step("touchpoints", compute_touchpoints),
    _step("channel_daily", from_sql("channel_daily", "channel_loads", "channel_story")),
    _step("funnel_daily", from_sql("funnel_daily")),
    _step("conversions", compute_conversions),
    _step("spend", compute_spend),
    *CREDIT_STEPS,
    _step("utm_audit", compute_utm_audit),
    _step("cohorts", compute_cohorts),
)
"""Everything that is derived, in the order of computation."""


@dataclass(frozen=True)
class Breach:
    """A day of a table of which an invariant does not hold."""

    derivation: Derivation
    invariant: Invariant
    day: date
    words: str


def run_steps(
    connection: duckdb.DuckDBPyConnection,
    asked: Asked,
    settings: Settings,
    steps: Sequence[Step] = STEPS,
) -> list[Computed]:
    """Compute all tables, or some steps', for the days that are asked for and all they change.

    The results live in the connection, which may be a read-only one on the warehouse.

    Raises:
        ConfigurationError: a currency has no rate on a day.
    """
    exploring = exploring_run(asked, settings)
    prepare(connection, exploring)
    install_shops(connection)
    first_steps = [step for step in steps if step.comes_first]
    for step in first_steps:
        step.compute(connection, exploring)
    since = earliest_change(connection, exploring) if first_steps else asked.days.first
    run = computing_run(asked, settings, since)
    bind(connection, run)
    compute_rates(connection)
    for step in steps:
        if not step.comes_first:
            step.compute(connection, run)
    complete = {"computed": run.computed, "all": Days(date.min, date.max)}
    return [
        Computed(connection, step.derivation, run.asked, complete[step.derivation.complete])
        for step in steps
    ]


def breaches(computed: Sequence[Computed], *, blocking: bool = True) -> list[Breach]:
    """Where an invariant does not hold: of all days whose rows are complete, if it is blocking.

    One that only warns is looked at on the days that were asked for.
    """
    found = []
    for one in computed:
        for invariant in one.derivation.invariants:
            if invariant.blocking != blocking:
                continue
            rows = one.connection.execute(
                f"SELECT day, problem FROM ({invariant.sql}) "
                "WHERE day BETWEEN ? AND ? ORDER BY day, problem",
                list(one.complete if blocking else one.asked),
            ).fetchall()
            days = Counter(day for day, _ in rows)
            for day, count in sorted(days.items()):
                shown = [problem for at, problem in rows if at == day][:_SHOWN_PROBLEMS]
                more = f"; and {count - len(shown)} more" if count > len(shown) else ""
                todo = f". {invariant.todo}" if invariant.todo else ""
                words = f"{'; '.join(shown)}{more}{todo}"
                found.append(Breach(one.derivation, invariant, day, words))
    return found
