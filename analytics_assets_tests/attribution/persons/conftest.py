"""Persons and touches computed over a small lake written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Any

import duckdb
import pytest

from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.attribution.persons.identities import compute_identities
from analytics_assets.attribution.persons.touchpoints import compute_touchpoints
from analytics_assets.attribution.shops import install_shops
from analytics_assets.settings import Identities
from analytics_assets_tests.attribution.conftest import DAY, Row, World, fetched

Computing = Callable[..., AbstractContextManager[duckdb.DuckDBPyConnection]]


def address(name: str) -> str:
    """An e-mail address as it stands in the lake."""
    return sha256(name.encode()).hexdigest()


def contact(contact_id: str, email: str | None = None, at: str = "12:00") -> Row:
    """A SegMetrics contact; the address is one's own unless it is given."""
    return {
        "account_id": "1",
        "contact_id": contact_id,
        "email": address(email or contact_id),
        "date_created": f"{DAY} {at}:00+00",
    }


def ordered(contact_id: str, order_id: str) -> Row:
    """A contact's order."""
    return {"account_id": "1", "parent_contact_id": contact_id, "order_id": order_id}


def page_view(of: str, uid: str, at: str = "10:00", **more: Any) -> Row:
    """A page that SegMetrics tracked."""
    return {
        "account_id": "1",
        "parent_contact_id": of,
        "contact_id": of,
        "uid": uid,
        "date_created": f"{DAY} {at}:00+00",
        "full_url": "https://shop.example/",
        **more,
    }


def story(session_id: str, visitor_id: str, at: str = "10:00", **more: Any) -> Row:
    """A session of Session Story."""
    return {
        "site_id": "s",
        "id": session_id,
        "visitor_id": visitor_id,
        "started_at": f"{DAY} {at}:00+00",
        "entry_url": "https://shop.example/",
        **more,
    }


def told(session_id: str, at: str = "10:00", **data: str) -> Row:
    """A custom event of Session Story."""
    return {
        "site_id": "s",
        "session_id": session_id,
        "visitor_id": "v",
        "type": "purchase",
        "timestamp": f"{DAY} {at}:00+00",
        "data": data,
    }


def wemasy(session_id: str, visitor_id: str | None, at: str = "10:00", **more: Any) -> Row:
    """A session of Wemasy."""
    return {
        "account_id": "w",
        "id": session_id,
        "visitor_id": visitor_id,
        "created_at": f"{DAY} {at}:00+00",
        "landing_page": "https://shop.example/",
        **more,
    }


@pytest.fixture
def computing(world: World) -> Computing:
    """Computes identities, and touches of the tests' day, on a connection."""

    @contextmanager
    def compute(lookback_days: int = 0, **settings: Any) -> Iterator[duckdb.DuckDBPyConnection]:
        given = Settings("Europe/Madrid", **settings)
        run = Run.of_days(DAY, DAY + timedelta(1), given, lookback_days=lookback_days)
        with world.connection() as connection:
            prepare(connection, run)
            install_shops(connection)
            compute_identities(connection, run)
            compute_touchpoints(connection, run)
            yield connection

    return compute


@pytest.fixture
def persons(computing: Computing) -> Callable[..., dict[str, str]]:
    """Computes the person of every identifier; takes the settings of `[identities]`."""

    def compute(**settings: Any) -> dict[str, str]:
        with computing(identities=Identities(**settings)) as connection:
            return dict(
                connection.execute(
                    "SELECT identifier, person_id FROM computed_identities"
                ).fetchall()
            )

    return compute


@pytest.fixture
def touches(computing: Computing) -> Callable[..., list[Row]]:
    """Computes the touches in order of time; takes settings."""

    def compute(**settings: Any) -> list[Row]:
        with computing(**settings) as connection:
            sql = "SELECT * FROM computed_touchpoints ORDER BY touched_at, touch_id"
            return fetched(connection.execute(sql))

    return compute
