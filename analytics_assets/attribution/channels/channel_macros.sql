-- notes: Channels from campaign tags, by the rules of the GA4 default channel group, in their
--     order. Raw tags stay as they came; these macros make the keys that are compared and grouped.
--     Click ids are case-sensitive and are never turned into keys.

-- A tag as text: decoded once, spaces trimmed and collapsed, case kept.
CREATE OR REPLACE TEMP MACRO decoded_text(value) AS
    trim(regexp_replace(coalesce(TRY(url_decode(value)), value), '\s+', ' ', 'g'));

-- The same without what only stands for a missing value: `(not set)`, `{{campaign.name}}`.
CREATE OR REPLACE TEMP MACRO utm_text(value) AS
    nullif(
        regexp_replace(
            decoded_text(value),
            '(?i)^(\(?not set\)?|\(?none\)?|\(not provided\)|\(?null\)?|undefined|nan|-'
            || '|.*(\{|\}|%7b|%7d).*|__[a-z_]+__)$',
            ''
        ),
        ''
    );

CREATE OR REPLACE TEMP MACRO utm_key(value) AS lower(utm_text(value));

CREATE OR REPLACE TEMP MACRO source_key(value) AS
    source_alias(regexp_replace(utm_key(value), '^www\.', ''));

-- SealMetrics' word for a link from another site is `referrer`.
CREATE OR REPLACE TEMP MACRO medium_key(value) AS
    regexp_replace(utm_key(value), '^referrer$', 'referral');

-- The host of a URL, lower case, without `www.`; NULL where there is none.
CREATE OR REPLACE TEMP MACRO host_of(url) AS
    nullif(
        regexp_replace(
            lower(regexp_extract(url, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@]*@)?([^/:?#]+)', 1)),
            '^www\.', ''
        ),
        ''
    );

-- The source of a visit without tags: where it came from, unless that is the shop itself.
CREATE OR REPLACE TEMP MACRO referrer_source(referrer, landing_page) AS CASE
    WHEN host_of(referrer) = host_of(landing_page) OR is_passage(host_of(referrer)) THEN NULL
    ELSE source_alias(host_of(referrer))
END;

-- Search ads carry a click id of their own. (Social networks put theirs on every link, paid or not.)
CREATE OR REPLACE TEMP MACRO has_search_click(url) AS
    coalesce(regexp_matches(url, '[?&](gclid|gbraid|wbraid|msclkid)=[^&#]'), false);

-- The medium of a visit without tags.
CREATE OR REPLACE TEMP MACRO referrer_medium(source, has_click_id) AS CASE
    WHEN source IS NULL THEN NULL
    WHEN source_category(source) = 'search' AND has_click_id THEN 'cpc'
    WHEN source_category(source) = 'search' THEN 'organic'
    ELSE 'referral'
END;

CREATE OR REPLACE TEMP MACRO is_paid_medium(medium) AS
    coalesce(regexp_full_match(medium, '.*cp.*|ppc|retargeting|paid.*'), false);

CREATE OR REPLACE TEMP MACRO is_shopping_campaign(campaign) AS
    coalesce(regexp_full_match(campaign, '.*(([^a-df-z]|^)shop|shopping).*'), false);

-- The channel of keys made by source_key, medium_key and utm_key; the first rule that holds decides.
CREATE OR REPLACE TEMP MACRO default_channel(source, medium, campaign) AS CASE
    WHEN medium IS NULL AND (source = 'direct' OR (source IS NULL AND campaign IS NULL))
        THEN 'Direct'
    WHEN contains(campaign, 'cross-network') THEN 'Cross-network'
    WHEN (source_category(source) = 'shopping' OR is_shopping_campaign(campaign))
        AND is_paid_medium(medium) THEN 'Paid Shopping'
    WHEN source_category(source) = 'search' AND is_paid_medium(medium) THEN 'Paid Search'
    WHEN source_category(source) = 'social' AND is_paid_medium(medium) THEN 'Paid Social'
    WHEN source_category(source) = 'video' AND is_paid_medium(medium) THEN 'Paid Video'
    WHEN medium IN ('display', 'banner', 'expandable', 'interstitial', 'cpm') THEN 'Display'
    WHEN is_paid_medium(medium) THEN 'Paid Other'
    WHEN source_category(source) = 'shopping' OR is_shopping_campaign(campaign)
        THEN 'Organic Shopping'
    WHEN source_category(source) = 'social'
        OR medium IN (
            'social', 'social-network', 'social-media', 'sm', 'social network', 'social media'
        ) THEN 'Organic Social'
    WHEN source_category(source) = 'video' OR contains(medium, 'video') THEN 'Organic Video'
    WHEN source_category(source) = 'search' OR medium = 'organic' THEN 'Organic Search'
    WHEN medium IN ('referral', 'app', 'link') THEN 'Referral'
    WHEN source IN ('email', 'e-mail', 'e_mail', 'e mail')
        OR medium IN ('email', 'e-mail', 'e_mail', 'e mail') THEN 'Email'
    WHEN medium = 'affiliate' THEN 'Affiliates'
    WHEN medium = 'audio' THEN 'Audio'
    WHEN source = 'sms' OR medium = 'sms' THEN 'SMS'
    WHEN suffix(medium, 'push') OR contains(medium, 'mobile') OR contains(medium, 'notification')
        OR source = 'firebase' THEN 'Mobile Push'
    ELSE 'Unassigned'
END;
