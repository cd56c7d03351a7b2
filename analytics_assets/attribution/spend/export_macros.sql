-- notes: Macros that the exports share.
-- parameters: minor_units_per_major

-- The Monday of a day's week.
CREATE OR REPLACE TEMP MACRO week_of(day) AS date_trunc('week', day)::DATE;

-- A country as two letters; NULL for anything else.
CREATE OR REPLACE TEMP MACRO country_code(country) AS
    nullif(regexp_extract(upper(trim(country)), '^[A-Z]{2}$'), '');

-- A channel as the beginning of column names: `Paid Search` is `paid_search`.
CREATE OR REPLACE TEMP MACRO channel_column(channel) AS
    coalesce(
        nullif(trim(regexp_replace(lower(channel), '[^\p{L}\p{N}]+', '_', 'g'), '_'), ''),
        'unassigned'
    );

-- Minor units as whole currency, exactly.
CREATE OR REPLACE TEMP MACRO whole_currency(amount_minor) AS
    (
        amount_minor::BIGINT * (1.0 / getvariable('minor_units_per_major'))::DECIMAL(5, 4)
    )::DECIMAL(18, 2);
