-- grain: Parameters of an address that are click ids, and what they show: source and medium.
-- notes: `medium` is null where the id comes with unpaid links as well.
-- reads:
-- columns:
--     click_parameters MAP(VARCHAR, TUPLE(VARCHAR, VARCHAR)): Source and medium by parameter.
SELECT map_from_entries(list((parameter, (source, medium)))) AS click_parameters
FROM (
    VALUES
        ('gclid', 'google', 'cpc'),
        ('gbraid', 'google', 'cpc'),
        ('wbraid', 'google', 'cpc'),
        ('dclid', 'google', 'display'),
        ('msclkid', 'bing', 'cpc'),
        ('yclid', 'yandex', 'cpc'),
        ('fbclid', 'facebook', NULL),
        ('ttclid', 'tiktok', 'paid_social'),
        ('twclid', 'x', 'paid_social'),
        ('li_fat_id', 'linkedin', 'paid_social'),
        ('sccid', 'snapchat', 'paid_social'),
        ('rdt_cid', 'reddit', 'paid_social'),
        ('epik', 'pinterest', NULL)
) AS parameters(parameter, source, medium)
