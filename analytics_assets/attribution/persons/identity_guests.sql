-- Who was seen on which device, where devices join people whom better evidence keeps apart. `side` is
-- everything that evidence other than devices joins; it is a person's where an address or a contact
-- is part of it.
WITH sides AS (
    SELECT component AS side, bool_or(is_person(kind)) AS is_person
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
    evidence.device,
    evidence.guest,
    evidence.seen_at,
    evidence.fact,
    sides.side,
    sides.is_person
FROM identity_evidence AS evidence
JOIN identity_whole AS whole ON whole.node = evidence.device
SEMI JOIN mixed ON mixed.component = whole.component
JOIN identity_sides ON identity_sides.node = evidence.guest
JOIN sides ON sides.side = identity_sides.component
WHERE evidence.device IS NOT NULL
