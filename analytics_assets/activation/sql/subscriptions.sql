-- One row per subscription of subscriptions.csv in the imports folder, by the columns of the import
-- API; `amount` there is in units of the currency, as in the other files.
SELECT
    * EXCLUDE (
        email, amount, start_date, last_bill_date, frequency, quantity, trial_end_date, end_date,
        canceled_date
    ),
    CASE WHEN contact_id IS NULL OR getvariable('personal_data') THEN email END AS email,
    round(amount::DECIMAL(18, 4) * getvariable('cents_per_unit'))::BIGINT AS amount,
    start_date::TIMESTAMPTZ AS start_date,
    last_bill_date::TIMESTAMPTZ AS last_bill_date,
    frequency::BIGINT AS frequency,
    quantity::BIGINT AS quantity,
    trial_end_date::TIMESTAMPTZ AS trial_end_date,
    end_date::TIMESTAMPTZ AS end_date,
    canceled_date::TIMESTAMPTZ AS canceled_date
FROM subscriptions_file
ORDER BY id
