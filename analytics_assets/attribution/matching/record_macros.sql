-- notes: Macros that the tables share, about days, money, kinds of conversion and orders.
-- parameters: conversion_kinds, first_day, last_day, minor_units_per_major,
--     minor_units_per_segmetrics_amount, timezone

CREATE OR REPLACE TEMP MACRO in_range(day) AS
    day BETWEEN getvariable('first_day') AND getvariable('last_day');

CREATE OR REPLACE TEMP MACRO in_wider_range(day, days_before, days_after) AS
    day BETWEEN getvariable('first_day') - days_before AND getvariable('last_day') + days_after;

-- An amount in whole currency as integer minor units.
CREATE OR REPLACE TEMP MACRO minor_units(amount) AS
    round(amount * getvariable('minor_units_per_major'))::BIGINT;

-- An amount of SegMetrics, whose unit is a setting, as integer minor units.
CREATE OR REPLACE TEMP MACRO segmetrics_minor_units(amount) AS
    round(amount * getvariable('minor_units_per_segmetrics_amount'))::BIGINT;

-- An instant's day in the analytics time zone.
CREATE OR REPLACE TEMP MACRO local_day(instant) AS
    timezone(getvariable('timezone'), instant)::DATE;

-- One name for the kinds of conversion that vendors can be compared in, by the settings or else by the
-- usual words; other names stay.
CREATE OR REPLACE TEMP MACRO conversion_kind(name) AS
    CASE coalesce(
        getvariable('conversion_kinds')[lower(trim(name))], replace(lower(trim(name)), '_', '-')
    )
        WHEN 'purchase' THEN 'purchase'
        WHEN 'sale' THEN 'purchase'
        WHEN 'order' THEN 'purchase'
        WHEN 'transaction' THEN 'purchase'
        WHEN 'lead' THEN 'lead'
        WHEN 'generate-lead' THEN 'lead'
        WHEN 'form' THEN 'lead'
        WHEN 'signup' THEN 'lead'
        WHEN 'sign-up' THEN 'lead'
        WHEN 'newsletter-signup' THEN 'lead'
        WHEN 'opt-in' THEN 'lead'
        ELSE coalesce(nullif(replace(lower(trim(name)), '_', '-'), ''), '(not set)')
    END;

-- Which kind a conversion is where its records are called differently: a purchase before a lead, and a
-- lead before all else.
CREATE OR REPLACE TEMP MACRO kind_place(conversion_type) AS
    CASE conversion_type WHEN 'purchase' THEN 0 WHEN 'lead' THEN 1 ELSE 2 END;

-- Whether an order id begins with another one and goes on with no letter or digit: `1001-R` names
-- order 1001, and not order 100.
CREATE OR REPLACE TEMP MACRO names_order(order_id, named_id) AS
    starts_with(order_id, named_id)
    AND NOT regexp_matches(substr(order_id, length(named_id) + 1, 1), '[0-9A-Za-z]');

-- What makes an order of SegMetrics one: its id, however spelt; where a placeholder is all there is, the
-- contact as well.
CREATE OR REPLACE TEMP MACRO order_or_contact(order_id, contact_id) AS
    coalesce(order_key(order_id), order_id || ' of ' || contact_id);
