-- Keys in SQL. Each macro has a short way for plain ASCII values, which read the same in every
-- respect, and calls the Python function of its name for all others. The lists and patterns that
-- both use are macros without arguments: sql.py makes them from the constants of the Python code.

-- A text as a person reads it: printable ASCII without %, & and \, and with single spaces.
CREATE OR REPLACE TEMP MACRO readable(value) AS CASE
    WHEN regexp_full_match(
        value, '[!-$\x27-\x5b\x5d-\x7e]+(?: [!-$\x27-\x5b\x5d-\x7e]+)*'
    ) THEN value
    ELSE readable_python(value)
END;

-- A text of letters, digits and the signs between words, which is neither a macro nor punctuation.
CREATE OR REPLACE TEMP MACRO is_plain_tag(value) AS
    regexp_full_match(
        value, '\(?[A-Za-z1-9][A-Za-z0-9_.,:;|/*!?=~-]*(?: [A-Za-z0-9_.,:;|/*!?=~-]+)*\)?'
    );

CREATE OR REPLACE TEMP MACRO is_placeholder_word(value) AS
    trim(lower(value), '()') IN placeholder_words();

-- Whether a text is a placeholder for a missing value.
CREATE OR REPLACE TEMP MACRO is_placeholder(value) AS CASE
    WHEN is_plain_tag(value) THEN is_placeholder_word(value)
    ELSE is_placeholder_python(value)
END;

-- A campaign tag with its case; NULL where it is a placeholder.
CREATE OR REPLACE TEMP MACRO tag_text(value) AS CASE
    WHEN NOT is_plain_tag(value) THEN tag_text_python(value)
    WHEN NOT is_placeholder_word(value) THEN value
END;

-- A campaign tag as it is compared.
CREATE OR REPLACE TEMP MACRO tag_key(value) AS CASE
    WHEN NOT is_plain_tag(value) THEN tag_key_python(value)
    WHEN NOT is_placeholder_word(value) THEN lower(value)
END;

-- An order id as it is compared. No placeholder begins with a letter or digit and has another digit
-- than 0.
CREATE OR REPLACE TEMP MACRO order_key(order_id) AS coalesce(
    nullif(
        regexp_extract(
            order_id, '^#?([A-Za-z0-9][A-Za-z0-9_-]*[1-9][A-Za-z0-9_-]*|[1-9][A-Za-z0-9_-]*)$', 1
        ),
        ''
    ),
    order_key_python(order_id)
);

-- An e-mail address as it is compared. No placeholder is before the @.
CREATE OR REPLACE TEMP MACRO email_key(value) AS CASE
    WHEN regexp_full_match(
        value, '[A-Za-z1-9][A-Za-z0-9._+-]*@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+'
    ) AND split_part(lower(value), '@', 1) NOT IN placeholder_words() THEN lower(value)
    ELSE email_key_python(value)
END;

-- The host of an address, or a host written alone.
CREATE OR REPLACE TEMP MACRO host_of(url) AS coalesce(
    nullif(
        lower(
            regexp_extract(
                url,
                '^(?:https?://)?(?:[Ww]{3}\.)*([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)(?::[0-9]+)?(?:[/?#]|$)',
                1
            )
        ),
        ''
    ),
    host_of_python(url)
);

-- The registrable domain of a host, and of an address or host.
CREATE OR REPLACE TEMP MACRO site_of_host(host) AS site_of_host_python(host);

CREATE OR REPLACE TEMP MACRO site_of(url) AS site_of_host(host_of(url));

-- A currency's code.
CREATE OR REPLACE TEMP MACRO currency_key(code) AS CASE
    WHEN code IN currency_codes() THEN code
    ELSE currency_key_python(code)
END;

-- How many of its smallest unit are one of a currency.
CREATE OR REPLACE TEMP MACRO minor_units_per_major(currency) AS
    coalesce(unusual_minor_units()[currency], 100);

-- An amount (a DECIMAL) as an integer of the currency's smallest unit.
CREATE OR REPLACE TEMP MACRO minor_units(amount, currency) AS
    round(amount::DECIMAL(28, 4) * minor_units_per_major(currency))::BIGINT;

-- Name and value of the first of some parameters in an address, as they are there; NULL where there
-- is none. An address that was encoded as a whole is decoded.
CREATE OR REPLACE TEMP MACRO parameter_in(url, parameter) AS CASE
    WHEN regexp_matches(url, parameter.first)
        THEN regexp_extract(url, parameter.first, ['name', 'value'])
    WHEN (contains(url, '%') OR contains(url, '\')) AND regexp_matches(url, parameter.names)
        THEN regexp_extract(readable_python(url), parameter.first, ['name', 'value'])
END;

-- The value of a parameter as a person reads it; NULL where it is a placeholder.
CREATE OR REPLACE TEMP MACRO parameter_value(value) AS
    CASE WHEN NOT is_placeholder(value) THEN readable(value) END;

-- Whether an address has campaign tags.
CREATE OR REPLACE TEMP MACRO has_tag(url) AS
    coalesce(parameter_in(url, parameters().tag).value <> '', false);

-- The first click id of an address, its case kept, and what its parameter implies: `id`, `source`,
-- `medium`, and whether the id belongs to one click alone. NULL where there is none.
CREATE OR REPLACE TEMP MACRO click_in(url) AS list_transform(
    list_transform(
        [parameter_in(url, parameters().click)],
        lambda found: {
            id: parameter_value(nullif(found.value, '')),
            parameter: click_parameters()[translate(lower(found.name), '_-', '')]
        }
    ),
    lambda click: CASE
        WHEN click.id IS NOT NULL
            THEN {
                id: click.id,
                source: click.parameter.source,
                medium: click.parameter.medium,
                is_single: click.parameter.single AND length(click.id) >= shortest_single_click()
            }
    END
)[1];

-- The id of the campaign that an ad platform wrote into an address.
CREATE OR REPLACE TEMP MACRO ad_campaign_id(url) AS
    parameter_value(nullif(parameter_in(url, parameters().ad_campaign).value, ''));

CREATE OR REPLACE TEMP MACRO with_digit(order_id) AS
    CASE WHEN regexp_matches(order_id, '[0-9]') THEN order_id END;

-- The order id in the address of a thank-you page.
CREATE OR REPLACE TEMP MACRO order_id_in_url(url) AS coalesce(
    with_digit(order_key(parameter_in(url, parameters().order_id).value)),
    order_key(nullif(regexp_extract(url, thanks_path(), 1), '')),
    CASE
        WHEN coalesce(parameter_in(url, parameters().sorting).value, '') = ''
            THEN with_digit(order_key(parameter_in(url, parameters().vague_order_id).value))
    END
);

-- The order id among what a shop sends along with an event.
CREATE OR REPLACE TEMP MACRO order_id_in_json(properties) AS list_filter(
    list_transform(
        list_filter(
            json_extract_string(properties, order_properties()), lambda value: value IS NOT NULL
        ),
        lambda value: order_key(value)
    ),
    lambda value: value IS NOT NULL
)[1];
