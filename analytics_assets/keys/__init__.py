"""How values from outside are read and compared: one function per concept, in Python and in SQL.

The same order is `#1001` at the CRM, `%231001` in an address and `1001.0` in an event; a campaign
is typed in composed letters and linked in decomposed ones. A function here turns every spelling
of one value into one key, and a placeholder for a missing value into None.

| concept | Python | SQL macro |
|---|---|---|
| readable text | `readable` | `readable` |
| missing value | `is_placeholder` | `is_placeholder` |
| order id | `order_key`, `order_id_in_url`, `order_id_in_json` | the same names |
| e-mail address | `email_key` | `email_key` |
| host, registrable domain | `host_of`, `site_of` | the same names |
| campaign, source, medium | `tag_text`, `tag_key`, `has_tag` | the same names |
| currency | `currency_key`, `minor_digits`, `minor_units` | the same names |
| click id | `click_in` | `click_in` |
| campaign id of a click | `ad_campaign_id` | `ad_campaign_id` |
| instant, day | `instant_of`, `day_of` | |

The Python functions are the authority. `install_keys` defines the macros on a DuckDB connection:
they take a short way for plain ASCII values and call the Python function for all others. This
folder imports nothing of ours and belongs to the ground floor.
"""

from analytics_assets.keys.addresses import email_key
from analytics_assets.keys.clicks import (
    CLICK_PARAMETERS,
    Click,
    ClickParameter,
    ad_campaign_id,
    click_in,
)
from analytics_assets.keys.currencies import currency_key, minor_digits, minor_units
from analytics_assets.keys.dates import day_of, instant_of
from analytics_assets.keys.hosts import host_of, site_of
from analytics_assets.keys.orders import order_id_in_json, order_id_in_url, order_key
from analytics_assets.keys.placeholders import is_placeholder
from analytics_assets.keys.sql import install_keys
from analytics_assets.keys.tags import has_tag, tag_key, tag_text
from analytics_assets.keys.text import folded, readable

__all__ = [
    "CLICK_PARAMETERS",
    "Click",
    "ClickParameter",
    "ad_campaign_id",
    "click_in",
    "currency_key",
    "day_of",
    "email_key",
    "folded",
    "has_tag",
    "host_of",
    "install_keys",
    "instant_of",
    "is_placeholder",
    "minor_digits",
    "minor_units",
    "order_id_in_json",
    "order_id_in_url",
    "order_key",
    "readable",
    "site_of",
    "tag_key",
    "tag_text",
]
