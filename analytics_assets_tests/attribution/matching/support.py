"""Matches a small world's conversions without the tables that do not concern them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.attribution.engine.tables import derivation
from analytics_assets.attribution.matching.steps import (
    compute_conversion_matches,
    compute_conversions,
)
from analytics_assets.attribution.shops import install_shops
from analytics_assets.attribution.spend.currency import compute_rates
from analytics_assets_tests.attribution.conftest import DAY, MADRID, World, fetched

Row = dict[str, Any]


@dataclass
class Found:
    """The rows of both tables of the days asked for."""

    matches: list[Row]
    conversions: list[Row]

    @property
    def conversion(self) -> Row:
        """The only conversion."""
        (row,) = self.conversions
        return row

    def of(self, source: str) -> list[Row]:
        """The records of a source."""
        return [row for row in self.matches if row["source"] == source]

    @property
    def ties(self) -> dict[str, str]:
        """How each source's only record is tied."""
        return {row["source"]: row["method"] for row in self.matches}


def match(
    world: World,
    first: date = DAY,
    last: date = DAY,
    settings: Settings = MADRID,
    persons: dict[str, str] | None = None,
) -> Found:
    """Match, and check what must always hold."""
    run = Run.of_days(first, last, settings)
    with world.connection() as connection:
        prepare(connection, run)
        install_shops(connection)
        compute_rates(connection)
        connection.execute(
            "CREATE TEMP TABLE computed_identities "
            "(shop VARCHAR, identifier VARCHAR, person_id VARCHAR)"
        )
        for pair in (persons or {}).items():
            connection.execute("INSERT INTO computed_identities VALUES ('main', ?, ?)", pair)
        compute_conversion_matches(connection, run)
        compute_conversions(connection, run)
        for name in ("conversion_matches", "conversions"):
            for invariant in derivation(name).invariants:
                assert connection.execute(invariant.sql).fetchall() == [], invariant.name
        return Found(
            *(
                fetched(
                    connection.execute(
                        f"SELECT * FROM computed_{table} WHERE day BETWEEN ? AND ? ORDER BY ALL",
                        [first, last],
                    )
                )
                for table in ("conversion_matches", "conversions")
            )
        )


def visit(order_id: str | None = None, at: str = "10:00:00", **more: Any) -> Row:
    """A Wemasy purchase of the tests' day."""
    address = "https://shop.example/thank-you" + (f"?order={order_id}" if order_id else "")
    return {
        "account_id": "w",
        "session_id": "1",
        "id": f"w{at}",
        "name": "purchase",
        "value": "50.00",
        "url": address,
        "created_at": f"{DAY} {at}+00",
        **more,
    }


def event(order_id: str | None = None, at: str = "10:00:00", **more: Any) -> Row:
    """A Session Story purchase of the tests' day."""
    shown = {"order_id": order_id} if order_id else {}
    return {
        "site_id": "s",
        "session_id": "1",
        "visitor_id": "v",
        "id": f"e{at}",
        "type": "purchase",
        "timestamp": f"{DAY} {at}+00",
        "data": {"value": 50, **shown, **more.pop("data", {})},
        **more,
    }
