-- grain: One row per identifier, with the person that it belongs to and why.
-- notes: The person is named after the oldest identifier, so that a person keeps the name as more
--     is learnt; where there are several shops, the shop is part of the name.
-- reads: identity_components, identity_links, identity_nodes, identity_shared
-- parameters: only_shop
-- complete: all
-- columns:
--     day DATE: Day in the analytics time zone.
--     identifier VARCHAR: Kind, a colon, and the value: email_hash, segmetrics_contact,
--         segmetrics_uid, session_story_visitor, session_story_session, wemasy_visitor,
--         wemasy_session, order_id or click_id.
--     kind VARCHAR: The kind alone.
--     person_id VARCHAR: The person, named after their oldest identifier: when two turn out to be
--         one, the older name stays.
--     first_seen_at TIMESTAMPTZ: When it was first seen (UTC).
--     source VARCHAR: Where it was first seen: vendor and table.
--     linked_to VARCHAR: The identifier through which it was first linked to the person; null if it
--         is alone.
--     evidence VARCHAR: What links the two.
--     persons BIGINT: How many persons use it. Of a shared device the first is named here, and the
--         visits of the others are kept apart by time; one of too many is nobody's.
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
-- totals:
--     new_persons: count(DISTINCT person_id)
--     shared_devices: count_if(persons > 1)
-- invariants:
--     identifiers_stand_once (blocks): Every identifier of a shop belongs to one person.
WITH persons AS (
    SELECT
        component,
        'p_' || left(
            sha256(
                CASE WHEN getvariable('only_shop') IS NULL THEN nodes.shop || ' ' ELSE '' END
                || nodes.identifier
            ),
            16
        ) AS person_id
    FROM (SELECT component, min(node) AS node FROM identity_components GROUP BY component)
    JOIN identity_nodes AS nodes USING (node)
),

links AS (
    SELECT row_number() OVER (ORDER BY seen_at, left_node, right_node, fact) AS link, *
    FROM identity_links
),

ends AS (
    SELECT left_node AS node, link FROM links
    UNION ALL
    SELECT right_node, link FROM links
),

first_links AS (
    SELECT
        firsts.node,
        CASE WHEN left_node = firsts.node THEN right_node ELSE left_node END AS other,
        coalesce(links.note, reason_of(links.fact)) AS reason
    FROM (SELECT node, min(link) AS link FROM ends GROUP BY node) AS firsts
    JOIN links USING (link)
)

SELECT
    local_day(nodes.first_seen_at) AS day,
    nodes.identifier,
    nodes.kind,
    persons.person_id,
    nodes.first_seen_at,
    source_of(nodes.first_fact) AS source,
    others.identifier AS linked_to,
    CASE
        WHEN first_links.reason IS NOT NULL THEN first_links.reason
        WHEN shared.is_public THEN 'used by more persons than can be told apart'
        ELSE 'stands alone'
    END AS evidence,
    coalesce(shared.persons, 1) AS persons,
    nodes.shop
FROM identity_nodes AS nodes
JOIN identity_components AS components ON components.node = nodes.node
JOIN persons ON persons.component = components.component
LEFT JOIN first_links ON first_links.node = nodes.node
LEFT JOIN identity_nodes AS others ON others.node = first_links.other
LEFT JOIN identity_shared AS shared ON shared.node = nodes.node
