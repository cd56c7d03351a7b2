-- grain: Other spellings of sources that are no host name of the source itself; `known_host` reads
--     those.
-- reads:
-- columns:
--     source_aliases MAP(VARCHAR, VARCHAR): The source by spelling.
SELECT map_from_entries(list((spelling, source))) AS source_aliases
FROM (
    SELECT source, unnest(spellings) AS spelling
    FROM (
        VALUES
            ('facebook', ['fb', 'facebook ads', 'facebookads', 'facebook-ads', 'meta', 'meta ads', 'fb.com', 'fb.me']),
            ('instagram', ['ig', 'instagram ads']),
            ('google', ['adwords', 'google adwords', 'google ads', 'googleads', 'google-ads']),
            ('bing', ['bing ads', 'bingads', 'microsoft ads', 'microsoft advertising']),
            ('duckduckgo', ['ddg']),
            ('x', ['twitter', 'twitter.com', 'mobile.twitter.com', 'x.com', 't.co']),
            ('linkedin', ['li', 'lnkd.in']),
            ('tiktok', ['tiktok ads', 'tiktokads', 'tt']),
            ('reddit', ['out.reddit.com', 'old.reddit.com']),
            ('youtube', ['yt', 'youtu.be']),
            ('vimeo', ['player.vimeo.com']),
            ('yahoo', ['search.yahoo.co.jp']),
            ('direct', ['(direct)'])
    ) AS aliases(source, spellings)
)
