-- notes: Click ids: what an ad platform or network adds to the address of a page, and what that
--     tells. They are case-sensitive.
-- parameters: click_parameters

-- The first parameter of a URL that is a click id: its name in lower case, and the id as it came.
CREATE OR REPLACE TEMP MACRO click_of(url) AS
    regexp_extract(
        url,
        '(?i)[?&](gclid|gbraid|wbraid|dclid|msclkid|yclid|fbclid|ttclid|twclid|li_fat_id|sccid'
        || '|rdt_cid|epik)=([^&#{}]+)(?:[&#]|$)',
        ['parameter', 'id']
    );

CREATE OR REPLACE TEMP MACRO click_id(url) AS nullif(click_of(url).id, '');

CREATE OR REPLACE TEMP MACRO click_source(url) AS
    getvariable('click_parameters')[lower(click_of(url).parameter)][1];

CREATE OR REPLACE TEMP MACRO click_medium(url) AS
    getvariable('click_parameters')[lower(click_of(url).parameter)][2];

-- The click id of a URL where it tells one click from all others: gbraid and wbraid stand for many,
-- and short ones are typed by hand.
CREATE OR REPLACE TEMP MACRO single_click_id(url) AS
    nullif(
        regexp_extract(
            url,
            '(?i)[?&](?:gclid|dclid|msclkid|yclid|fbclid|ttclid|twclid|li_fat_id|sccid|rdt_cid'
            || '|epik)=([^&#{}]{12,})(?:[&#]|$)',
            1
        ),
        ''
    );
