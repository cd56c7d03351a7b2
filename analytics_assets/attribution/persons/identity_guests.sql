-- grain: One row per identifier that was seen with one of a tier that joins people whom better
--     evidence keeps apart.
-- notes: A side is a person's where an address is part of it or, but for an order id, a contact.
-- reads: identity_nodes, identity_sides, identity_tier, identity_whole
-- columns:
--     shared_node BIGINT: Number of the identifier that people share.
--     guest BIGINT: Number of the identifier that was seen with it.
--     seen_at TIMESTAMPTZ: When both were first seen together (UTC).
--     fact identity_fact: What was seen, and where.
--     side BIGINT: What better evidence joins with the guest.
--     is_person BOOLEAN: Whether the side is a person's.
WITH sides AS (
    SELECT
        component AS side,
        bool_or(
            kind = 'email_hash'
            OR (kind = 'segmetrics_contact' AND (SELECT min(tier) > 1 FROM identity_tier))
        ) AS is_person
    FROM identity_sides
    JOIN identity_nodes USING (node)
    GROUP BY side
),

mixed AS (
    SELECT whole.component
    FROM identity_whole AS whole
    JOIN identity_sides USING (node)
    JOIN sides ON sides.side = identity_sides.component
    GROUP BY whole.component
    HAVING count(DISTINCT side) FILTER (is_person) > 1
)

SELECT
    evidence.shared_node,
    evidence.guest,
    evidence.seen_at,
    evidence.fact,
    sides.side,
    sides.is_person
FROM identity_tier AS evidence
JOIN identity_whole AS whole ON whole.node = evidence.shared_node
SEMI JOIN mixed ON mixed.component = whole.component
JOIN identity_sides ON identity_sides.node = evidence.guest
JOIN sides ON sides.side = identity_sides.component
