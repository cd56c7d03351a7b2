"""Joins persons by what people may share, the strongest evidence first.

An order id, a click id or a device (a browser's cookie) joins everybody seen with it: a thank-you
page is forwarded, an ad's link is copied, a tablet is a family's. So each kind joins only what
stronger evidence leaves without a person. Where it would join two people whom e-mail addresses or
contacts keep apart, each anonymous visit goes to the person seen nearest in time with the same
identifier, and the identifier itself to the first of them. On an identifier of too many, a visit
goes to nobody.
"""

from __future__ import annotations

import duckdb

from analytics_assets.attribution.engine.compute import create
from analytics_assets.attribution.persons.components import label_components

TIERS = ("direct", "order id", "click id", "device")
"""Kinds of evidence, the strongest first: their numbers in `identity_evidence` begin at 0."""
_LINKS = "SELECT left_node, right_node FROM identity_links"
_EVIDENCE = "SELECT left_node, right_node FROM identity_evidence WHERE tier"
_DIRECT_LINKS = """
CREATE OR REPLACE TEMP TABLE identity_links AS
SELECT left_node, right_node, seen_at, fact, NULL::VARCHAR AS note
FROM identity_evidence
WHERE tier = 0
"""
_NOTHING_SHARED = """
CREATE OR REPLACE TEMP TABLE identity_shared (node BIGINT, is_public BOOLEAN, persons BIGINT)
"""
_KNOWN_OWNERS = """
CREATE OR REPLACE TEMP TABLE identity_owners AS
SELECT DISTINCT
    side, side AS owner, NULL::BIGINT AS guest, NULL::BIGINT AS host, NULL::BIGINT AS shared_node,
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
    ANTI JOIN identity_public AS public ON public.shared_node = guests.shared_node
),

hosts AS (
    SELECT
        guests.shared_node,
        guests.seen_at AS host_seen_at,
        min(guests.guest) AS host,
        arg_min(known.owner, guests.guest) AS owner
    FROM identity_guests AS guests
    JOIN identity_owners AS known ON known.side = guests.side
    GROUP BY guests.shared_node, guests.seen_at
),

near AS (
    SELECT visits.*, hosts.* EXCLUDE (shared_node)
    FROM visits
    ASOF JOIN hosts
        ON hosts.shared_node = visits.shared_node AND hosts.host_seen_at >= visits.seen_at
    UNION ALL
    SELECT visits.*, hosts.* EXCLUDE (shared_node)
    FROM visits
    ASOF JOIN hosts
        ON hosts.shared_node = visits.shared_node AND hosts.host_seen_at <= visits.seen_at
)

SELECT side, unnest(arg_min(
    struct_pack(owner, guest, host, shared_node, fact, seen_at),
    (abs(epoch_us(host_seen_at) - epoch_us(seen_at)), host_seen_at < seen_at, host, guest)
))
FROM near
GROUP BY side
"""
_KEEP_SHARED = """
INSERT INTO identity_shared SELECT shared_node, is_public, persons FROM identity_shared_owners
"""


def link_by_tiers(connection: duckdb.DuckDBPyConnection, nodes: int) -> None:
    """Join the evidence tier by tier; `identity_components` is what all links join: a person each.

    table: identity_links
    grain: One row per link between two identifiers that counts in the end.
    reads: identity_evidence, identity_tier_links
    columns:
        left_node BIGINT: Number of one identifier.
        right_node BIGINT: Number of the other identifier.
        seen_at TIMESTAMPTZ: When both were first seen together (UTC).
        fact identity_fact: What was seen, and where.
        note VARCHAR: Why the link was found by time; null for plain evidence.
    lineage:
        left_node: identity_evidence.left_node, identity_tier_links.left_node
        right_node: identity_evidence.right_node, identity_tier_links.right_node
        seen_at: identity_evidence.seen_at, identity_tier_links.seen_at
        fact: identity_evidence.fact, identity_tier_links.fact
        note: identity_tier_links.note

    table: identity_tier
    grain: One row per piece of evidence of the tier that is joined.
    reads: identity_evidence
    columns:
        left_node BIGINT: Number of one identifier.
        right_node BIGINT: Number of the other identifier.
        seen_at TIMESTAMPTZ: When both were first seen together (UTC).
        fact identity_fact: What was seen, and where.
        tier INTEGER: The strength of the evidence.
        shared_node BIGINT: Number of the identifier that people may share.
        guest BIGINT: Number of the identifier that was seen with it.
    lineage:
        left_node: identity_evidence.left_node
        right_node: identity_evidence.right_node
        seen_at: identity_evidence.seen_at
        fact: identity_evidence.fact
        tier: identity_evidence.tier
        shared_node: identity_evidence.shared_node
        guest: identity_evidence.guest

    table: identity_shared
    grain: One row per identifier that people may share, of all tiers.
    reads: identity_shared_owners
    columns:
        node BIGINT: Number of the identifier.
        is_public BOOLEAN: Whether too many persons share it.
        persons BIGINT: How many persons share it.
    lineage:
        node: identity_shared_owners.shared_node
        is_public: identity_shared_owners.is_public
        persons: identity_shared_owners.persons
    """
    connection.execute(_DIRECT_LINKS)
    connection.execute(_NOTHING_SHARED)
    label_components(connection, _LINKS, nodes=nodes, into="identity_sides")
    for tier in range(1, len(TIERS)):
        whole = f"{_LINKS} UNION ALL {_EVIDENCE} = {tier}"
        label_components(connection, whole, nodes=nodes, into="identity_whole")
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE identity_tier AS "
            f"FROM identity_evidence WHERE tier = {tier}"
        )
        create(connection, "identity_guests")
        _share_out(connection)
        create(connection, "identity_tier_links")
        connection.execute("INSERT INTO identity_links FROM identity_tier_links")
        label_components(connection, _LINKS, nodes=nodes, into="identity_sides")
    connection.execute("CREATE OR REPLACE TEMP VIEW identity_components AS FROM identity_sides")


def _share_out(connection: duckdb.DuckDBPyConnection) -> None:
    """Find the owner of every side and shared identifier in `identity_guests`.

    table: identity_owners
    grain: One row per side that a person owns: the person's own, and each that was found by time.
    notes: `identity_shared_owners` has the owners of the shared identifiers themselves.
    reads: identity_guests, identity_public
    columns:
        side BIGINT: What better evidence joins.
        owner BIGINT: The side of the person that it goes to.
        guest BIGINT: Number of the visit; null on a person's own side, as are the next ones.
        host BIGINT: Number of the other visit, which was nearest in time.
        shared_node BIGINT: Number of the identifier that both show.
        fact identity_fact: What was seen, and where.
        seen_at TIMESTAMPTZ: When the visit was seen (UTC).
    lineage:
        side: identity_guests.side
        owner: identity_guests.side, identity_guests.seen_at
        guest: identity_guests.guest
        host: identity_guests.guest
        shared_node: identity_guests.shared_node
        fact: identity_guests.fact
        seen_at: identity_guests.seen_at
    """
    create(connection, "identity_public")
    connection.execute(_KNOWN_OWNERS)
    while _changes(connection, _NEAREST_OWNERS):
        pass
    create(connection, "identity_shared_owners")
    connection.execute(_KEEP_SHARED)


def _changes(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    found = connection.execute(sql).fetchone()
    return int(found[0]) if found else 0
