-- grain: Traffic sources as data: the kind of site that each source is.
-- notes: Every name is lower case, without `www.`. Search, social, shopping and video follow the
--     source categories of the GA4 default channel group.
-- reads:
-- columns:
--     source_categories MAP(VARCHAR, VARCHAR): The kind of site by source.
SELECT map_from_entries(list((source, category))) AS source_categories
FROM (
    SELECT category, unnest(sources) AS source
    FROM (
        VALUES
            ('search', [
                '360.cn', 'alice', 'aol', 'ask', 'auone', 'avantfind', 'babylon', 'baidu', 'biglobe',
                'bing', 'brave', 'search.brave.com', 'centrum.cz', 'cnn', 'comcast', 'conduit',
                'daum', 'dogpile', 'dogpile.com', 'duckduckgo', 'ecosia', 'exalead', 'eniro',
                'excite', 'globo', 'go.mail.ru', 'google', 'goo.ne.jp', 'kvasir', 'lycos', 'mamma',
                'metager.de', 'msn', 'mynet', 'najdi', 'naver', 'naver.com', 'search.naver.com',
                'onet', 'onet.pl', 'petalsearch', 'qwant', 'qwant.com', 'rakuten', 'rambler',
                'search-results', 'search.smt.docomo.ne.jp', 'sesam', 'seznam', 'seznam.cz',
                'search.seznam.cz', 'so.com', 'sogou', 'sogou.com', 'startpage', 'startpage.com',
                'startsiden', 'terra', 'tut.by', 'ukr', 'virgilio', 'yahoo', 'yandex', 'you.com',
                'kagi.com', 'mojeek.com', 'swisscows.com'
            ]),
            ('social', [
                '43things', 'badoo.com', 'bebo', 'blogger', 'blogger.com', 'blogspot.com', 'bsky.app',
                'bluesky', 'buffer', 'classmates', 'deviantart.com', 'digg', 'discord', 'discord.com',
                'disqus', 'douban', 'facebook', 'flickr', 'flickr.com', 'flipboard', 'flipboard.com',
                'foursquare', 'goodreads.com', 'hootsuite', 'instagram', 'instapaper', 'kakao',
                'kakaocorp', 'line', 'linkedin', 'linktr.ee', 'livejournal', 'mastodon',
                'mastodon.social', 'medium.com', 'meetup', 'meetup.com', 'messenger', 'mixi',
                'myspace', 'nextdoor', 'nextdoor.com', 'ning', 'odnoklassniki', 'ok.ru', 'pinterest',
                'plurk', 'pocket', 'quora', 'quora.com', 'reddit', 'renren', 'scoop.it', 'skype',
                'snapchat', 'snapchat.com', 'sprinklr', 'stumbleupon', 'telegram', 't.me', 'threads',
                'threads.net', 'l.threads.net', 'tiktok', 'tumblr', 'tumblr.com', 'viadeo', 'vk',
                'vk.com', 'vkontakte', 'wechat', 'weibo', 'weibo.com', 'whatsapp', 'whatsapp.com',
                'l.wl.co', 'x', 'xing', 'xing.com', 'yammer', 'news.ycombinator.com'
            ]),
            ('shopping', [
                'alibaba', 'alibaba.com', 'aliexpress', 'aliexpress.com', 'allegro.pl', 'amazon',
                'bol.com', 'cdiscount.com', 'ebay', 'etsy', 'etsy.com', 'flipkart.com',
                'google shopping', 'google-shopping', 'idealo', 'idealo.de', 'idealo.es',
                'igshopping', 'kelkoo', 'mercadolibre', 'mercadolibre.com', 'mercadolivre.com.br',
                'nextag', 'pricegrabber', 'pricerunner', 'rakuten.co.jp', 'shop.app', 'shopify',
                'shopping.google.com', 'shopzilla', 'simplycodes.com', 'stripe', 'temu.com',
                'walmart', 'walmart.com', 'wish.com', 'zalando'
            ]),
            ('video', [
                'bilibili', 'bilibili.com', 'crackle', 'curiositystream', 'dailymotion',
                'dailymotion.com', 'disneyplus', 'hulu', 'iqiyi', 'netflix', 'netflix.com', 'ted',
                'twitch', 'twitch.tv', 'utreon', 'veoh', 'vimeo', 'wistia', 'wistia.com', 'youku',
                'youku.com', 'youtube'
            ])
    ) AS categories(category, sources)
)
