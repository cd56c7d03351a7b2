-- grain: One row per identifier of a person of whom more is known than what they ordered or
--     clicked: an order or click that nothing else goes with is nobody's.
-- reads: computed_identities
-- columns:
--     shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
--         says which.
--     identifier VARCHAR: The identifier.
--     person_id VARCHAR: The person, named after their oldest identifier: when two turn out to be
--         one, the older name stays.
SELECT shop, identifier, person_id
FROM computed_identities
QUALIFY bool_or(kind_of(identifier) NOT IN ('order_id', 'click_id')) OVER (PARTITION BY person_id)
