-- grain: One row per link of a tier between two identifiers that counts in the end.
-- notes: A person is all that links of all tiers join. An anonymous visit with a shared identifier
--     hangs on the visit that was nearest in time.
-- reads: identity_nodes, identity_owners, identity_shared_owners, identity_sides, identity_tier
-- columns:
--     left_node BIGINT: Number of one identifier.
--     right_node BIGINT: Number of the other identifier.
--     seen_at TIMESTAMPTZ: When both were first seen together (UTC).
--     fact identity_fact: What was seen, and where.
--     note VARCHAR: Why the link was found by time; null for plain evidence.
SELECT evidence.left_node, evidence.right_node, evidence.seen_at, evidence.fact, NULL AS note
FROM identity_tier AS evidence
LEFT JOIN identity_sides AS sides ON sides.node = evidence.guest
LEFT JOIN identity_owners AS guests ON guests.side = sides.component
LEFT JOIN identity_shared_owners AS shared ON shared.shared_node = evidence.shared_node
WHERE shared.shared_node IS NULL
    OR (NOT shared.is_public AND guests.owner IS NOT DISTINCT FROM shared.owner)
UNION ALL
SELECT
    owners.guest,
    owners.host,
    owners.seen_at,
    owners.fact,
    'nearest in time on ' || nodes.identifier || ', which ' || shared.persons || ' persons share'
FROM identity_owners AS owners
JOIN identity_nodes AS nodes ON nodes.node = owners.shared_node
JOIN identity_nodes AS guests ON guests.node = owners.guest
JOIN identity_nodes AS hosts ON hosts.node = owners.host
JOIN identity_shared_owners AS shared ON shared.shared_node = owners.shared_node
WHERE owners.owner <> shared.owner AND NOT is_excluded(guests.identifier, hosts.identifier)
