-- One row per contact and tag of contacts.csv, where `tags` holds names with semicolons between.
SELECT DISTINCT
    contact_id,
    email,
    [trim(tag)] AS tags,
    withdrawn
FROM (
    SELECT contact_id, email, unnest(string_split(tags, ';')) AS tag, withdrawn
    FROM contacts_file
)
WHERE trim(tag) <> ''
ORDER BY ALL
