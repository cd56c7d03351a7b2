-- grain: One row per identifier of a tier that people share, with the first who was seen with it.
-- reads: identity_guests, identity_owners, identity_public
-- columns:
--     shared_node BIGINT: Number of the identifier.
--     is_public BOOLEAN: Whether too many persons share it.
--     owner BIGINT: The side of the person that it goes to; null where it is public.
--     persons BIGINT: How many persons share it.
SELECT
    guests.shared_node,
    public.shared_node IS NOT NULL AS is_public,
    CASE WHEN NOT is_public THEN arg_min(known.owner, (guests.seen_at, guests.guest)) END AS owner,
    count(DISTINCT known.owner) AS persons
FROM identity_guests AS guests
LEFT JOIN identity_owners AS known ON known.side = guests.side
LEFT JOIN identity_public AS public ON public.shared_node = guests.shared_node
GROUP BY guests.shared_node, public.shared_node
