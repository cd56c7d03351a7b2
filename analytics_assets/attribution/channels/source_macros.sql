-- notes: The kind of site that a source is, and the source that another spelling of its name means.
--     A macro that uses an argument several times names it first, in a list of one: an argument is
--     an expression, and would else be written out at every place.
-- parameters: own_source_aliases, own_sites, passage_pattern, source_aliases, source_categories

-- `l.facebook.com`, `google.co.uk` and the like as `facebook`, `google`; other names stay.
CREATE OR REPLACE TEMP MACRO known_host(name) AS
    regexp_replace(
        name,
        '^([a-z]{1,2}\.|lm\.|web\.|html\.|search\.|[a-z]{2}\.search\.|smile\.)?'
        || '(google|bing|yahoo|duckduckgo|yandex|baidu|ecosia|facebook|instagram|linkedin|tiktok'
        || '|pinterest|reddit|youtube|vimeo|amazon|ebay)\.(com?\.)?[a-z]{2,3}$',
        '\2'
    );

CREATE OR REPLACE TEMP MACRO source_alias(name) AS list_transform(
    [name],
    lambda spelling: coalesce(
        getvariable('own_source_aliases')[spelling],
        getvariable('source_aliases')[spelling],
        known_host(spelling)
    )
)[1];

CREATE OR REPLACE TEMP MACRO source_category(source) AS getvariable('source_categories')[source];

-- Hosts that a buyer passes through on the way back from paying or signing in: never an origin.
-- Banks' 3-D Secure pages are known by a part of their name, as `acs2.bank.example`.
CREATE OR REPLACE TEMP MACRO is_passage(host) AS
    regexp_matches(host, getvariable('passage_pattern'))
    OR regexp_matches(host, '(^|\.)(acs[0-9]*|emv3ds|3ds[0-9]*|3d-?secure)[.-]');

-- Whether a host is the shop's own on a day: a vendor names its site, or a visit began there.
CREATE OR REPLACE TEMP MACRO is_own_host(host, day) AS
    coalesce(getvariable('own_sites')[site_of_host(host)] <= day, false);

-- Whether a host is no origin of a visit.
CREATE OR REPLACE TEMP MACRO is_inside(host, day) AS
    coalesce(is_passage(host), false) OR is_own_host(host, day);
