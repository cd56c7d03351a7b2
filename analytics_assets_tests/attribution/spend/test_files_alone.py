"""Who has no vendor yet, and files of what was spent and sold."""

from __future__ import annotations

from typing import Any

import pytest

from analytics_assets.attribution.engine.tables import derivation
from analytics_assets.errors import ConfigurationError
from analytics_assets_tests.attribution.conftest import DAY, Row, World

_FILE: Row = {"account_id": "imports", "line": 2}
_RATE: Row = {"date": DAY.isoformat(), "from_currency": "USD", "to_currency": "EUR", "rate": "0.5"}
_TAGS: Row = {"utm_source": "Google", "utm_medium": "CPC", "utm_campaign": "Sale"}


def _world(world: World, **order: Any) -> World:
    """10.00 spent on a campaign, and an order in dollars that came from it."""
    spent = {"date": DAY.isoformat(), "source": "google", "campaign": "sale", "spend": "10"}
    sold = {"order_id": "T-1", "ordered_at": f"{DAY} 10:00:00+00", "total": "75"}
    world.load("imports.ad_spend", [_FILE | spent])
    world.load("imports.orders", [_FILE | sold | {"currency": "USD"} | _TAGS | order])
    return world


def test_files_alone_give_cost_and_return(world: World) -> None:
    """Cost and sale of one campaign are one row of every model, gross and in one currency."""
    _world(world, refunded="25").load("imports.currency_rates", [_FILE | _RATE])
    rows = world.rows(derivation("channel_performance").table)
    assert len({row["model"] for row in rows}) == len(rows)
    assert {
        (row["channel"], row["source"], row["campaign"], row["conversions"]) for row in rows
    } == {("Paid Search", "google", "sale", 1.0)}
    assert {
        (row["spend_minor"], row["revenue_minor"], row["refunds_minor"], row["cpa_minor"])
        for row in rows
    } == {(1000, 3750, 1250, 1000.0)}
    assert {row["roas"] for row in rows} == {3.75}


def test_a_sale_without_a_rate_stops_with_its_day_and_pair(world: World) -> None:
    """A sale in another currency would count as if it were in this one, or not at all."""
    _world(world)
    with pytest.raises(ConfigurationError, match=f"no rate of USD to EUR for {DAY}"):
        world.rows(derivation("channel_performance").table)
