-- One row per identifier of a person of whom more is known than what they ordered or clicked: an order
-- or click that nothing else goes with tells of nobody.
-- Reads computed_identities.
SELECT shop, identifier, person_id
FROM computed_identities
QUALIFY bool_or(kind_of(identifier) NOT IN ('order_id', 'click_id')) OVER (PARTITION BY person_id)
