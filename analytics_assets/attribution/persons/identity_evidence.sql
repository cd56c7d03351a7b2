-- grain: One row per edge that links, with numbers for its ends and the strength of the evidence.
-- notes: Identifiers that strangers share are left out: more of one kind hang on them than
--     `max_links` allows.
-- reads: computed_identity_edges, identity_nodes
-- parameters: max_links
-- columns:
--     left_node BIGINT: Number of one identifier.
--     right_node BIGINT: Number of the other identifier.
--     seen_at TIMESTAMPTZ: When both were first seen together (UTC).
--     fact identity_fact: What was seen, and where.
--     tier INTEGER: The strength of the evidence: 0 is direct, the next are weaker.
--     shared_node BIGINT: Number of the identifier that people may share; null for direct evidence.
--     guest BIGINT: Number of the identifier that was seen with it.
WITH edges AS (
    SELECT
        left_nodes.node AS left_node,
        right_nodes.node AS right_node,
        left_nodes.kind AS left_kind,
        right_nodes.kind AS right_kind,
        edges.seen_at,
        edges.fact
    FROM computed_identity_edges AS edges
    JOIN identity_nodes AS left_nodes ON left_nodes.identifier = edges.left_identifier
        AND left_nodes.shop = edges.shop
    JOIN identity_nodes AS right_nodes ON right_nodes.identifier = edges.right_identifier
        AND right_nodes.shop = edges.shop
    WHERE edges.counts
),

limited AS (
    SELECT left_node AS node, left_kind AS kind, right_node AS other, right_kind AS other_kind
    FROM edges
    WHERE map_contains(getvariable('max_links'), left_kind)
    UNION
    SELECT right_node, right_kind, left_node, left_kind
    FROM edges
    WHERE map_contains(getvariable('max_links'), right_kind)
),

shared AS (
    SELECT DISTINCT node
    FROM limited
    GROUP BY node, kind, other_kind
    HAVING count(*) > getvariable('max_links')[kind]
)

SELECT
    left_node,
    right_node,
    seen_at,
    fact,
    greatest(tier_of(left_kind), tier_of(right_kind)) AS tier,
    CASE WHEN tier_of(left_kind) = tier THEN left_node ELSE right_node END AS shared_node,
    CASE WHEN shared_node = left_node THEN right_node ELSE left_node END AS guest
FROM edges
ANTI JOIN shared AS left_shared ON left_shared.node = edges.left_node
ANTI JOIN shared AS right_shared ON right_shared.node = edges.right_node
