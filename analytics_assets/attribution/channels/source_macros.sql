-- notes: What kind of site a source is, and the source that another spelling of its name means.
-- parameters: own_source_aliases, source_aliases, source_categories

-- `l.facebook.com`, `google.co.uk` and the like as `facebook`, `google`; other names stay.
CREATE OR REPLACE TEMP MACRO known_host(name) AS
    regexp_replace(
        name,
        '^([a-z]{1,2}\.|lm\.|web\.|html\.|search\.|[a-z]{2}\.search\.|smile\.)?'
        || '(google|bing|yahoo|duckduckgo|yandex|baidu|ecosia|facebook|instagram|linkedin|tiktok'
        || '|pinterest|reddit|youtube|vimeo|amazon|ebay)\.(com?\.)?[a-z]{2,3}$',
        '\2'
    );

CREATE OR REPLACE TEMP MACRO source_alias(name) AS
    coalesce(
        getvariable('own_source_aliases')[name],
        getvariable('source_aliases')[name],
        known_host(name)
    );

CREATE OR REPLACE TEMP MACRO source_category(source) AS getvariable('source_categories')[source];

-- Hosts that a buyer passes through on the way back from paying or signing in: never an origin.
CREATE OR REPLACE TEMP MACRO is_passage(host) AS
    regexp_matches(
        host,
        '(^|\.)(paypal\.com|stripe\.com|klarna\.com|adyen\.com|mollie\.com|redsys\.es|sagepay\.com'
        || '|worldpay\.com|checkout\.com|afterpay\.com|pay\.google\.com|pay\.amazon\.com'
        || '|accounts\.google\.com|appleid\.apple\.com|login\.microsoftonline\.com|okta\.com'
        || '|auth0\.com)$'
    );
