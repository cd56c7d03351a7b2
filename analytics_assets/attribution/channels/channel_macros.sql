-- notes: Where a visit came from, and its channel by the rules of the GA4 default channel group, in
--     their order. Raw tags stay as they came; these macros make the keys that are compared and grouped.

-- A source; one that is a host goes without `www.` and what follows it.
CREATE OR REPLACE TEMP MACRO source_key(value) AS list_transform(
    [tag_key(value)],
    lambda key: source_alias(
        CASE WHEN contains(key, '.') THEN coalesce(host_of(key), key) ELSE key END
    )
)[1];

-- SealMetrics' word for a link from another site is `referrer`.
CREATE OR REPLACE TEMP MACRO medium_key(value) AS
    regexp_replace(tag_key(value), '^referrer$', 'referral');

-- The source of a visit without tags: the host that it came from, unless that is the shop itself,
-- under any host of its site, or a payment or sign-in page. Google beside Google Sites is another
-- source all the same.
CREATE OR REPLACE TEMP MACRO referrer_source(referrer, page, day) AS list_transform(
    [{referring: host_of(referrer), shown: host_of(page)}],
    lambda hosts: CASE
        WHEN hosts.referring = hosts.shown OR is_inside(hosts.referring, day) THEN NULL
        WHEN site_of_host(hosts.referring) = site_of_host(hosts.shown)
            AND source_category(source_alias(hosts.referring)) IS NULL THEN NULL
        ELSE source_alias(hosts.referring)
    END
)[1];

-- The medium of a visit without tags. Search ads carry a click id of their own; social networks put
-- theirs on every link, paid or not.
CREATE OR REPLACE TEMP MACRO referrer_medium(source, has_search_click) AS CASE
    source_category(source)
    WHEN 'search' THEN CASE WHEN has_search_click THEN 'cpc' ELSE 'organic' END
    WHEN 'assistant' THEN 'ai-assistant'
    ELSE CASE WHEN source IS NOT NULL THEN 'referral' END
END;

-- Whether tags only say that a visit came from the shop itself or from a payment or sign-in page.
CREATE OR REPLACE TEMP MACRO is_tagged_inside(utm_source, medium, day) AS
    coalesce(medium, 'referral') = 'referral' AND is_inside(host_of(utm_source), day);

-- Where a visit came from: `source`, `medium`, `campaign`, and whether it `is_tagged`. Tags of the
-- address beat a click id, and a click id beats the referrer. Instagram's links carry Facebook's
-- click id: a referrer of the same kind is more exact.
CREATE OR REPLACE TEMP MACRO origin_of(utm_source, utm_medium, utm_campaign, page, referrer, day) AS
    list_transform(
        list_transform(
            [{
                source: source_key(utm_source),
                medium: medium_key(utm_medium),
                campaign: tag_key(utm_campaign),
                referring: referrer_source(referrer, page, day),
                click: click_in(page)
            }],
            lambda tags: {
                source: tags.source,
                medium: tags.medium,
                campaign: tags.campaign,
                click: tags.click,
                is_tagged: coalesce(tags.source, tags.medium, tags.campaign) IS NOT NULL
                    AND NOT is_tagged_inside(utm_source, tags.medium, day),
                untagged: CASE
                    WHEN source_category(tags.referring) = source_category(tags.click.source)
                        THEN tags.referring
                    ELSE coalesce(tags.click.source, tags.referring)
                END
            }
        ),
        lambda visit: {
            source: CASE WHEN visit.is_tagged THEN visit.source ELSE visit.untagged END,
            medium: CASE
                WHEN NOT visit.is_tagged
                    THEN coalesce(visit.click.medium, referrer_medium(visit.untagged, false))
                WHEN visit.medium IS NOT NULL THEN visit.medium
                WHEN visit.source = visit.click.source THEN visit.click.medium
            END,
            campaign: CASE WHEN visit.is_tagged THEN visit.campaign END,
            click_id: visit.click.id,
            is_tagged: visit.is_tagged
        }
    )[1];

-- The same of a record of SealMetrics' pixel, which shows no referrer. It names the search engine
-- behind an auto-tagged ad click `organic`; the click id is more exact.
CREATE OR REPLACE TEMP MACRO pixel_origin(utm_source, utm_medium, utm_campaign, click_id, day) AS
    list_transform(
        [{source: source_key(utm_source), medium: medium_key(utm_medium)}],
        lambda tags: CASE
            WHEN NOT is_tagged_inside(utm_source, tags.medium, day)
                THEN {
                    source: tags.source,
                    medium: CASE
                        WHEN tags.medium = 'organic' AND parameter_value(click_id) IS NOT NULL
                            THEN referrer_medium(tags.source, true)
                        ELSE tags.medium
                    END,
                    campaign: tag_key(utm_campaign)
                }
        END
    )[1];

CREATE OR REPLACE TEMP MACRO is_paid_medium(medium) AS
    coalesce(regexp_full_match(medium, '.*cp.*|ppc|retargeting|paid.*'), false);

CREATE OR REPLACE TEMP MACRO is_shopping_campaign(campaign) AS
    coalesce(regexp_full_match(campaign, '.*(([^a-df-z]|^)shop|shopping).*'), false);

-- The channel of keys made by source_key, medium_key and tag_key; the first rule that holds decides.
-- https://support.google.com/analytics/answer/9756891 as of May 2026, when "AI Assistant" came. An
-- assistant that tags its links with a source alone, as ChatGPT does, is one as well.
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
    WHEN medium = 'ai-assistant'
        OR (
            source_category(source) = 'assistant'
            AND (medium IS NULL OR medium IN ('referral', 'app', 'link', 'organic'))
        ) THEN 'AI Assistant'
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
        OR source = 'firebase' THEN 'Mobile Push Notifications'
    ELSE 'Unassigned'
END;
