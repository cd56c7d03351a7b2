-- grain: One row per identifier of a shop, numbered by age: the number of a person's oldest
--     identifier is the lowest.
-- reads: computed_identity_edges
-- columns:
--     node BIGINT: Number of the identifier; the older, the lower.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     identifier VARCHAR: The identifier.
--     kind VARCHAR: The kind alone.
--     first_seen_at TIMESTAMPTZ: When it was first seen (UTC).
--     first_fact identity_fact: What showed it first, and where.
WITH ends AS (
    SELECT shop, left_identifier AS identifier, seen_at, fact FROM computed_identity_edges
    UNION ALL
    SELECT shop, right_identifier, seen_at, fact
    FROM computed_identity_edges
    WHERE right_identifier IS NOT NULL
),

first_sightings AS (
    SELECT shop, identifier, min({'at': seen_at, 'fact': fact}) AS sighting
    FROM ends
    GROUP BY shop, identifier
)

SELECT
    row_number() OVER (ORDER BY sighting.at, identifier, shop) - 1 AS node,
    shop,
    identifier,
    kind_of(identifier) AS kind,
    sighting.at AS first_seen_at,
    sighting.fact AS first_fact
FROM first_sightings
