"""Worlds of touches, conversions and spend, written by hand or drawn at random."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import strategies as st

from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.publish import Computed
from analytics_assets.attribution.engine.run import Days, Run, Settings
from analytics_assets.attribution.engine.steps import CREDIT_STEPS, breaches
from analytics_assets.settings import Attribution
from analytics_assets_tests.attribution.conftest import fetched

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
DAYS = Days(date(2026, 6, 1), date(2026, 6, 30))
Row = dict[str, Any]


def at(days: float) -> datetime:
    """So many days after noon of the tests' day."""
    return NOON + timedelta(days=days)


@dataclass(frozen=True)
class Touch:
    """A touch; its number in the world names it."""

    channel: str = "Email"
    days: float = -1.0
    person: str = "p"
    campaign: str | None = None
    vendor: str = "wemasy"


@dataclass(frozen=True)
class Sale:
    """A conversion; its number in the world names it. `seen_as` is what its own record tells."""

    revenue: int = 1000
    days: float = 0.0
    person: str | None = "p"
    type: str = "purchase"
    refunded: int = 0
    currency: str = "EUR"
    rate: str = "1"
    seen_as: str | None = None
    kind: str | None = None


@dataclass(frozen=True)
class Cost:
    """What a campaign cost on a day."""

    spend: int
    channel: str = "Email"
    campaign: str | None = None
    days: float = 0.0


@dataclass
class World:
    """What happened, and how credit is to be given."""

    touches: Sequence[Touch] = ()
    sales: Sequence[Sale] = ()
    costs: Sequence[Cost] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def computed(self) -> duckdb.DuckDBPyConnection:
        """A connection on which all tables of credit are computed."""
        connection = duckdb.connect(config={"threads": 1})
        connection.execute("SET TimeZone = 'UTC'")
        self._write(connection)
        self.compute_on(connection)
        return connection

    def compute_on(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Compute the tables of credit from what stands in the connection."""
        settings = Settings("UTC", attribution=Attribution.model_validate(self.options))
        run = Run.of_days(*DAYS, settings)
        prepare(connection, run)
        for step in CREDIT_STEPS:
            step.compute(connection, run)

    def rows(self, query: str) -> list[Row]:
        """What a query over the computed tables finds."""
        with self.computed() as connection:
            return fetched(connection.execute(query))

    def weights(self, model: str, *, conversion: str = "c0") -> dict[str, float]:
        """The weights of a conversion's channels under a model."""
        found = self.rows(
            "SELECT channel, sum(weight) AS weight FROM computed_credits "
            f"WHERE model = '{model}' AND conversion_id = '{conversion}' GROUP BY channel"
        )
        return {row["channel"]: row["weight"] for row in found}

    def problems(self) -> list[str]:
        """Every invariant that does not hold."""
        with self.computed() as connection:
            found = breaches(computed_tables(connection))
        return [f"{one.invariant.name}: {one.words}" for one in found]

    def _write(self, connection: duckdb.DuckDBPyConnection) -> None:
        _table(connection, "touchpoints", _TOUCHES, map(_touch, enumerate(self.touches)))
        _table(connection, "conversions", _SALES, map(_sale, enumerate(self.sales)))
        _table(connection, "spend", _COSTS, map(_cost, self.costs))


def computed_tables(connection: duckdb.DuckDBPyConnection) -> list[Computed]:
    """The tables of credit, as a run has them."""
    return [Computed(connection, step.derivation, DAYS, DAYS) for step in CREDIT_STEPS]


_TEXTS = dict.fromkeys(("shop", "person_id", "channel", "source", "medium", "campaign"), "VARCHAR")
_TOUCHES = {"day": "DATE", "touch_id": "VARCHAR", "vendor": "VARCHAR"} | _TEXTS
_TOUCHES |= {"touched_at": "TIMESTAMPTZ"}
_SALES = {"day": "DATE", "conversion_id": "VARCHAR", "converted_at": "TIMESTAMPTZ"} | _TEXTS
_SALES |= {"conversion_type": "VARCHAR", "currency": "VARCHAR", "rate_to_base": "DECIMAL(18, 10)"}
_SALES |= {"order_kind": "VARCHAR", "is_first": "BOOLEAN"}
_SALES |= dict.fromkeys(
    ("revenue_minor", "refunded_minor", "net_minor", "base_revenue_minor"), "BIGINT"
)
_COSTS = {"day": "DATE"} | _TEXTS
_COSTS |= dict.fromkeys(("spend_minor", "clicks", "impressions"), "BIGINT")


def _table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str], rows: Iterable[Row]
) -> None:
    listed = list(rows)
    columns_sql = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    connection.execute(f"CREATE TEMP TABLE computed_{name} ({columns_sql})")
    if listed:
        table = pa.table({column: [row.get(column) for row in listed] for column in columns})
        connection.register("listed", table)
        connection.execute(f"INSERT INTO computed_{name} SELECT * FROM listed")
        connection.unregister("listed")


def _touch(numbered: tuple[int, Touch]) -> Row:
    number, touch = numbered
    moment = at(touch.days)
    return {
        "day": moment.date(),
        "shop": "main",
        "touch_id": f"t{number}",
        "person_id": touch.person,
        "touched_at": moment,
        "source": touch.channel.lower(),
        **{name: asdict(touch)[name] for name in ("vendor", "channel", "campaign")},
    }


def _sale(numbered: tuple[int, Sale]) -> Row:
    number, sale = numbered
    moment = at(sale.days)
    return {
        "day": moment.date(),
        "shop": "main",
        "conversion_id": f"c{number}",
        "converted_at": moment,
        "person_id": sale.person,
        "channel": sale.seen_as,
        "source": sale.seen_as and sale.seen_as.lower(),
        "conversion_type": sale.type,
        "currency": sale.currency,
        "rate_to_base": sale.rate,
        "revenue_minor": sale.revenue,
        "refunded_minor": sale.refunded,
        "net_minor": sale.revenue - sale.refunded,
        "base_revenue_minor": round(sale.revenue * float(sale.rate)),
        "order_kind": sale.kind,
        "is_first": sale.kind and sale.kind == "first order",
    }


def _cost(cost: Cost) -> Row:
    return {
        "day": at(cost.days).date(),
        "shop": "main",
        "channel": cost.channel,
        "source": cost.channel.lower(),
        "campaign": cost.campaign,
        "spend_minor": cost.spend,
        "clicks": 1,
        "impressions": 10,
    }


_channels = st.sampled_from(["Email", "Direct", "Paid Search", "Display"])
_people = st.sampled_from(["p", "q", "r"])
_days = st.integers(-60, 18).map(lambda day: day / 2)
_touches = st.builds(Touch, channel=_channels, days=_days, person=_people)
_sales = st.builds(
    Sale,
    revenue=st.integers(0, 10_001),
    days=_days,
    person=st.none() | _people,
    type=st.sampled_from(["purchase", "lead", "call"]),
    seen_as=st.none() | _channels,
    rate=st.sampled_from(["1", "0.9", "1.137"]),
)
_costs = st.builds(Cost, spend=st.integers(0, 5000), channel=_channels, days=_days)
_options = st.fixed_dictionaries(
    {},
    optional={
        "cut_at_previous": st.sampled_from(["never", "same type", "any"]),
        "direct": st.sampled_from(["keep", "exclude", "rejoin"]),
        "transforms": st.sampled_from([(), ("exposure",), ("first",), ("frequency",)]),
        "lookback_touches": st.sampled_from([None, 1, 3]),
        "default_window_days": st.sampled_from([1, 7, 90]),
        "weights": st.sampled_from([{}, {"j": (0.2, 0.2, 0.6)}]),
        "opportunity_type": st.sampled_from(["", "call"]),
    },
)
random_worlds = st.builds(
    World,
    touches=st.lists(_touches, max_size=12),
    sales=st.lists(_sales, max_size=6),
    costs=st.lists(_costs, max_size=4),
    options=_options,
)
"""Small worlds of three people with every option."""
