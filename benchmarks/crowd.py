"""Many persons in the vendors' tables, and the processor time that it takes to find them."""

from __future__ import annotations

import time
from datetime import date

import duckdb

from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.attribution.persons.identities import compute_identities
from analytics_assets.attribution.shops import install_shops
from analytics_assets.lake.sql import quoted
from analytics_assets.tables import all_tables

_DAY = date(2026, 6, 1)
_THREADS = 2
# Everybody comes three times. One in 25 uses the device of the person before; one in three leaves
# an address and an order.
_CROWD = """
CREATE TEMP TABLE crowd AS
SELECT
    DATE '2026-06-01' AS day,
    person,
    visit,
    person || '.' || visit AS id,
    CASE WHEN hash(person) % 25 = 0 THEN person - 1 ELSE person END AS device,
    hash(person, 'buys') % 3 = 0 AS buys,
    TIMESTAMPTZ '2026-06-01 00:00:00+00'
        + to_seconds((hash(visit, person) % 2_500_000)::INTEGER) AS seen_at,
    'https://shop.example/' || CASE
        WHEN hash(person, visit) % 2 = 0 THEN '?gclid=Cj0KCQ' || md5(id)
        ELSE ''
    END AS url
FROM range(?) AS persons(person), range(3) AS visits(visit)
"""
_TABLES = {
    "session_story.sessions": "day, id, 'v' || device AS visitor_id, seen_at AS started_at, "
    "url AS entry_url FROM crowd",
    "wemasy.sessions": "day, id, 'x' || device AS visitor_id, seen_at AS created_at, "
    "url AS landing_page FROM crowd WHERE person % 3 > 0",
    "segmetrics.contacts": "day, person AS contact_id, sha256(person::VARCHAR) AS email, "
    "seen_at AS date_created FROM crowd WHERE buys AND visit = 2",
    "segmetrics.orders": "day, person AS parent_contact_id, 'A-' || person AS order_id, "
    "seen_at AS date_created FROM crowd WHERE buys AND visit = 2",
    "segmetrics.contact_events": "day, person AS parent_contact_id, 'u' || device AS uid, "
    "seen_at AS date_created, url AS full_url FROM crowd, range(4) WHERE buys",
    "session_story.events": "day, id AS session_id, 'purchase' AS type, seen_at AS timestamp, "
    "json_object('order_id', 'A-' || person, 'seg_uid', 'u' || device) AS data "
    "FROM crowd WHERE buys AND visit = 2",
}


def identify_crowd(persons: int) -> float:
    """The CPU seconds that so many persons take, all threads together, from rows in memory."""
    run = Run.of_days(_DAY, _DAY, Settings("Europe/Madrid"))
    with duckdb.connect(config={"threads": _THREADS}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        for table in all_tables():
            columns = ", ".join(f"{quoted(c.name)} {c.type}" for c in table.columns)
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {table.schema}")
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {table.schema}.{table.name} "
                f"({'' if 'day' in {c.name for c in table.columns} else 'day DATE, '}{columns})"
            )
        connection.execute(_CROWD, [persons])
        for name, rows in _TABLES.items():
            connection.execute(f"INSERT INTO {name} BY NAME SELECT {rows}")
        prepare(connection, run)
        install_shops(connection)
        begun = time.process_time()
        compute_identities(connection, run)
        return time.process_time() - begun
