-- grain: One row per browser of told contacts, by any of their loads: a page may be gone.
-- reads: segmetrics.contact_events_history, told_contacts
-- columns:
--     browser VARCHAR: The browser's id.
SELECT DISTINCT browser_of(pages.uid, pages.parent_contact_id) AS browser
FROM segmetrics.contact_events_history AS pages
SEMI JOIN told_contacts AS told
    ON pages.account_id = told.account_id AND pages.parent_contact_id = told.contact_id
