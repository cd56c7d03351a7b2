-- notes: Macros that the tables share, about currencies, subscriptions and names of campaigns.
-- parameters: currency

-- A record without a currency is in the base currency.
CREATE OR REPLACE TEMP MACRO currency_or_base(currency) AS
    coalesce(currency, getvariable('currency'));

-- An amount in the base currency, rounded half away from zero.
CREATE OR REPLACE TEMP MACRO in_base(amount_minor, rate_to_base) AS
    round(amount_minor * rate_to_base)::BIGINT;

-- The revenue of a subscription in a month: 12 months, 52 weeks or 365 days are a year.
CREATE OR REPLACE TEMP MACRO bills_in_a_year(cycle) AS
    CASE lower(trim(cycle))
        WHEN 'year' THEN 1
        WHEN 'week' THEN 52
        WHEN 'day' THEN 365
        ELSE 12
    END;

CREATE OR REPLACE TEMP MACRO monthly_minor(amount_minor, cycle, cycles_per_bill) AS
    round(
        (amount_minor * bills_in_a_year(cycle))::DECIMAL(18, 0)
        / (12 * greatest(coalesce(cycles_per_bill, 1), 1))
    )::BIGINT;

-- A name without what only separates its words.
CREATE OR REPLACE TEMP MACRO bare_name(name) AS regexp_replace(name, '[^\p{L}\p{N}]+', '', 'g');
