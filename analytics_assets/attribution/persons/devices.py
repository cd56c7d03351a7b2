"""Tells apart the people who share a device, by time.

A device (a browser's cookie) joins everybody seen on it. Where that would join two people whom
e-mail addresses or contacts keep apart, each anonymous visit goes to the person seen nearest in
time on the same device, and the device itself to the first of them. On a device of too many, a
visit goes to nobody.
"""

from __future__ import annotations

import duckdb

_PUBLIC_DEVICES = """
CREATE OR REPLACE TEMP TABLE identity_public_devices AS
SELECT device FROM identity_guests WHERE is_person
GROUP BY device HAVING count(DISTINCT side) > getvariable('max_persons_per_device')
"""
_KNOWN_OWNERS = """
CREATE OR REPLACE TEMP TABLE identity_owners AS
SELECT DISTINCT
    side, side AS owner, NULL::BIGINT AS guest, NULL::BIGINT AS host, NULL::BIGINT AS device,
    NULL::identity_fact AS fact, NULL::TIMESTAMPTZ AS seen_at
FROM identity_guests WHERE is_person
"""
# Of visits at the same distance the later one decides: people identify themselves after a visit.
_NEAREST_OWNERS = """
INSERT INTO identity_owners
WITH visits AS (
    SELECT guests.*
    FROM identity_guests AS guests
    ANTI JOIN identity_owners AS settled ON settled.side = guests.side
    ANTI JOIN identity_public_devices AS public ON public.device = guests.device
),

hosts AS (
    SELECT
        guests.device,
        guests.seen_at AS host_seen_at,
        min(guests.guest) AS host,
        arg_min(known.owner, guests.guest) AS owner
    FROM identity_guests AS guests
    JOIN identity_owners AS known ON known.side = guests.side
    GROUP BY guests.device, guests.seen_at
),

near AS (
    SELECT visits.*, hosts.* EXCLUDE (device)
    FROM visits
    ASOF JOIN hosts ON hosts.device = visits.device AND hosts.host_seen_at >= visits.seen_at
    UNION ALL
    SELECT visits.*, hosts.* EXCLUDE (device)
    FROM visits
    ASOF JOIN hosts ON hosts.device = visits.device AND hosts.host_seen_at <= visits.seen_at
)

SELECT side, unnest(arg_min(
    struct_pack(owner, guest, host, device, fact, seen_at),
    (abs(epoch_us(host_seen_at) - epoch_us(seen_at)), host_seen_at < seen_at, host, guest)
))
FROM near
GROUP BY side
"""
_DEVICE_OWNERS = """
CREATE OR REPLACE TEMP TABLE identity_device_owners AS
SELECT
    guests.device,
    public.device IS NOT NULL AS is_public,
    CASE WHEN NOT is_public THEN arg_min(known.owner, (guests.seen_at, guests.guest)) END AS owner,
    count(DISTINCT known.owner) AS persons
FROM identity_guests AS guests
LEFT JOIN identity_owners AS known ON known.side = guests.side
LEFT JOIN identity_public_devices AS public ON public.device = guests.device
GROUP BY guests.device, public.device
"""


def share_out_devices(connection: duckdb.DuckDBPyConnection) -> None:
    """Find the owner of every visit and device in `identity_guests`.

    Creates `identity_owners` (a side's owner and, where it was found by time, the visit, the other
    visit and the device that told) and `identity_device_owners`.
    """
    connection.execute(_PUBLIC_DEVICES)
    connection.execute(_KNOWN_OWNERS)
    while _changes(connection, _NEAREST_OWNERS):
        pass
    connection.execute(_DEVICE_OWNERS)


def _changes(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    found = connection.execute(sql).fetchone()
    return int(found[0]) if found else 0
