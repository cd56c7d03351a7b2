-- grain: One row per browser of reported contacts, by any of their loads: a page may be gone.
-- reads: reported_contacts, segmetrics.contact_events_history
-- columns:
--     browser VARCHAR: The browser's id.
SELECT DISTINCT browser_of(pages.uid, pages.parent_contact_id) AS browser
FROM segmetrics.contact_events_history AS pages
SEMI JOIN reported_contacts AS contacts
    ON pages.account_id = contacts.account_id AND pages.parent_contact_id = contacts.contact_id
