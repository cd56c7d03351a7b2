-- One row per contact of contacts.csv in the imports folder: people who consented, by the columns
-- of the import API. `custom_fields` is a JSON object; `withdrawn` takes a contact back.
SELECT
    * EXCLUDE (date_created, last_updated, tags),
    date_created::TIMESTAMPTZ AS date_created,
    last_updated::TIMESTAMPTZ AS last_updated
FROM contacts_file
ORDER BY contact_id, email
