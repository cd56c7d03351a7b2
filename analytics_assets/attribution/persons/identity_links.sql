-- One row per link between two identifiers that counts in the end; a person is all that links join.
-- An anonymous visit on a shared device hangs on the visit that was nearest in time.
WITH links AS (
    SELECT evidence.left_node, evidence.right_node, evidence.seen_at, evidence.fact, NULL AS note
    FROM identity_evidence AS evidence
    LEFT JOIN identity_sides AS sides ON sides.node = evidence.guest
    LEFT JOIN identity_owners AS guests ON guests.side = sides.component
    LEFT JOIN identity_device_owners AS devices ON devices.device = evidence.device
    WHERE evidence.device IS NULL
        OR devices.device IS NULL
        OR (NOT devices.is_public AND guests.owner IS NOT DISTINCT FROM devices.owner)
    UNION ALL
    SELECT
        owners.guest,
        owners.host,
        owners.seen_at,
        owners.fact,
        'nearest in time on ' || nodes.identifier || ', which ' || devices.persons
        || ' persons share'
    FROM identity_owners AS owners
    JOIN identity_nodes AS nodes ON nodes.node = owners.device
    JOIN identity_nodes AS guests ON guests.node = owners.guest
    JOIN identity_nodes AS hosts ON hosts.node = owners.host
    JOIN identity_device_owners AS devices ON devices.device = owners.device
    WHERE owners.owner <> devices.owner AND NOT is_excluded(guests.identifier, hosts.identifier)
)

SELECT row_number() OVER (ORDER BY seen_at, left_node, right_node, fact) AS link, *
FROM links
