-- notes: Macros that the statements about conversions share.
-- parameters: read_first_day, read_last_day, timezone

-- Vendor days that are read: a match may be two days away, and its rivals two days further. Read so
-- far, a day's result does not depend on the range that it is computed with.
CREATE OR REPLACE TEMP MACRO record_is_read(day) AS
    day BETWEEN getvariable('read_first_day') - 4 AND getvariable('read_last_day') + 4;

-- Who bought: the person, or a contact who is nobody's yet.
CREATE OR REPLACE TEMP MACRO buyer_of(person_id, identifier) AS coalesce(
    person_id, CASE WHEN starts_with(identifier, 'segmetrics_contact:') THEN identifier END
);

-- A word as it is compared between vendors.
CREATE OR REPLACE TEMP MACRO folded(word) AS nullif(lower(trim(word)), '');

-- Noon of a day in the analytics time zone, for records whose vendor gives the day alone.
CREATE OR REPLACE TEMP MACRO noon_of(day) AS
    timezone(getvariable('timezone'), day::TIMESTAMP + INTERVAL 12 HOUR);

-- Until this day SealMetrics gives the full hour only (documented by the vendor).
CREATE OR REPLACE TEMP MACRO sealmetrics_precision(instant) AS CASE
    WHEN instant < TIMESTAMPTZ '2026-05-03 00:00:00+00' AND epoch(instant) % 3600 = 0 THEN 3600
    ELSE 1
END;

-- Ids of the legacy API begin with the second of the event, as 8 hexadecimal digits.
CREATE OR REPLACE TEMP MACRO object_id_instant(id) AS CASE
    WHEN regexp_full_match(id, '[0-9a-fA-F]{24}')
        THEN to_timestamp(('0x' || left(id, 8))::BIGINT)
END;

-- The logarithm of how much likelier two values are in records of one event than in records of two:
-- `same` of one event's records agree, and `chance` of two events' records do.
CREATE OR REPLACE TEMP MACRO agreement(one, other, same, chance) AS CASE
    WHEN one IS NULL OR other IS NULL THEN 0.0
    WHEN one = other THEN ln(same / chance)
    ELSE ln((1 - same) / (1 - chance))
END;
