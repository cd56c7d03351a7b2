-- grain: One row per identifier that too many persons share: what was seen with it is nobody's.
-- reads: identity_guests
-- parameters: max_persons_per_device
-- columns:
--     shared_node BIGINT: Number of the identifier.
SELECT shared_node FROM identity_guests WHERE is_person
GROUP BY shared_node HAVING count(DISTINCT side) > getvariable('max_persons_per_device')
