-- One row per ad and day of the user's own file: SegMetrics knows the rest itself. Where the file
-- has no id for an ad, set or campaign, the id is made of its names, so that it stays the same.
WITH named AS (
    SELECT
        day,
        raw_source,
        coalesce(raw_campaign, raw_source) AS campaign,
        coalesce(ad_set, raw_campaign, raw_source) AS ad_set,
        coalesce(ad, ad_set, raw_campaign, raw_source) AS ad,
        ad_id,
        spend_minor,
        clicks,
        impressions
    FROM attribution.spend
    WHERE vendor = 'imports' AND duplicate_of IS NULL
),

keyed AS (
    SELECT
        *,
        'campaign-' || left(md5(concat_ws(chr(31), raw_source, campaign)), 16) AS campaign_id,
        'adset-' || left(md5(concat_ws(chr(31), raw_source, campaign, ad_set)), 16) AS ad_set_id,
        coalesce(
            ad_id, 'ad-' || left(md5(concat_ws(chr(31), raw_source, campaign, ad_set, ad)), 16)
        ) AS id
    FROM named
)

SELECT
    {
        'id': id,
        'name': min(ad),
        'adcampaign': min_by(campaign_id, (campaign_id, ad_set_id)),
        'adset': min_by(ad_set_id, (campaign_id, ad_set_id))
    } AS ad,
    {
        'id': min_by(ad_set_id, (campaign_id, ad_set_id)),
        'name': min_by(ad_set, (campaign_id, ad_set_id)),
        'adcampaign': min_by(campaign_id, (campaign_id, ad_set_id))
    } AS adset,
    {
        'id': min_by(campaign_id, (campaign_id, ad_set_id)),
        'name': min_by(campaign, (campaign_id, ad_set_id))
    } AS adcampaign,
    day AS date,
    sum(spend_minor)::BIGINT AS spend,
    sum(clicks)::BIGINT AS clicks,
    sum(impressions)::BIGINT AS impressions
FROM keyed
GROUP BY id, day
ORDER BY day, id
