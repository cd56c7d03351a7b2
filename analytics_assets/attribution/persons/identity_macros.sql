-- notes: How identifiers are written: their kind, a colon, and the vendor's value.
-- parameters: excluded_links, ignored_identifiers, timezone

CREATE OR REPLACE TEMP MACRO identifier(kind, value) AS kind || ':' || nullif(trim(value), '');

CREATE OR REPLACE TEMP MACRO kind_of(identifier) AS split_part(identifier, ':', 1);

-- An address, hashed or, where personal data is plain, as its key; nothing else.
CREATE OR REPLACE TEMP MACRO email_identifier(value) AS CASE
    WHEN regexp_full_match(trim(value), '[0-9a-f]{64}|forgotten-.+')
        THEN identifier('email_hash', lower(value))
    ELSE identifier('email_hash', email_key(value))
END;

-- How easily people share a kind of identifier: an address or contact is one's own (0); an order's
-- thank-you page may be forwarded (1), an ad's link copied (2), a browser used by a family (3).
CREATE OR REPLACE TEMP MACRO tier_of(kind) AS
    CASE
        WHEN kind = 'order_id' THEN 1
        WHEN kind = 'click_id' THEN 2
        WHEN kind IN ('segmetrics_uid', 'session_story_visitor', 'wemasy_visitor') THEN 3
        ELSE 0
    END;

-- The browser that showed a page; one of the contact's own where none is given.
CREATE OR REPLACE TEMP MACRO browser_of(uid, contact_id) AS
    coalesce(nullif(trim(uid), ''), 'contact ' || contact_id);

-- Whether the settings say that two identifiers are not one person's.
CREATE OR REPLACE TEMP MACRO is_excluded(one, other) AS
    len(getvariable('excluded_links')) > 0
    AND list_contains(getvariable('excluded_links'), [least(one, other), greatest(one, other)]);

-- Whether the settings say that one of them identifies nobody.
CREATE OR REPLACE TEMP MACRO is_ignored(one, other) AS
    len(getvariable('ignored_identifiers')) > 0
    AND list_has_any(getvariable('ignored_identifiers'), [one, other]);

-- When something was seen; what has no time of its own, on the day that it was loaded for.
CREATE OR REPLACE TEMP MACRO seen_at(instant, day) AS
    coalesce(instant, timezone(getvariable('timezone'), day::TIMESTAMP));

-- The kinds of evidence and their tables; of evidence of the same instant, the earlier in this list
-- is named.
CREATE OR REPLACE TEMP TYPE identity_fact AS ENUM (
    'segmetrics.contacts: address of the contact',
    'segmetrics.contacts: other id of the contact',
    'segmetrics.orders: order of the contact',
    'imports.orders: address of the buyer',
    'segmetrics.contact_events: page view of the contact',
    'segmetrics.contact_events: same page view under both contacts',
    'segmetrics.contact_events: click that brought the contact',
    'session_story.sessions: session of the visitor',
    'session_story.sessions: click that began the session',
    'session_story.visitors: address that the site gave for the visitor',
    'session_story.events: order of the session',
    'session_story.events: browser that the event names',
    'session_story.events: address that the event names',
    'wemasy.sessions: session of the visitor',
    'wemasy.sessions: click that began the session',
    'wemasy.session_conversions: order of the session',
    'sealmetrics.conversions_raw: order of the visit that the click began'
);

CREATE OR REPLACE TEMP MACRO source_of(fact) AS split_part(fact::VARCHAR, ': ', 1);

CREATE OR REPLACE TEMP MACRO reason_of(fact) AS split_part(fact::VARCHAR, ': ', 2);

CREATE OR REPLACE TEMP MACRO half_hour(instant) AS epoch_us(instant) // 1_800_000_000;
