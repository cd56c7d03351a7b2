"""The vendor's own examples of requests, as its documentation of the import API prints them.

Two commas that JSON does not allow and one quote are put right; nothing else.
"""

from __future__ import annotations

from typing import Any

CONTACT: dict[str, Any] = {
    "contact_id": 249,
    "first_name": "Joey",
    "last_name": "Bloggs",
    "email": "joey@bloggs.com",
    "status": "active",
    "date_created": "2018-10-02 16:15:00",
    "last_updated": "2018-11-28 09:28:42",
    "utm_source": "facebook",
    "utm_content": "holiday special",
    "utm_medium": "facebook",
    "utm_campaign": "holiday",
    "utm_term": "awesomeness",
    "referring_url": "reallycoolurl.com",
    "optin_url": "evencoolerurl.com",
    "ip_address": "8.8.8.8",
    "affiliate_id": "123",
    "geo_lat": "45.523064",
    "geo_lon": "-122.676483",
    "tags": [
        {"id": 3, "name": "New Lead", "date": "2018-10-02 16:15:00"},
        {"id": 45, "name": "2018 Holiday Special", "date": "2018-11-28 09:25:33"},
        {"id": 8, "name": "Platinum Customer", "date": "2018-11-28 09:28:42"},
    ],
    "custom_fields": {
        "shirt_size": "Medium",
        "Awesome Sauce": "Applesauce2",
        "field_to_remove": None,
    },
}
TAGS_BY_ID: dict[str, Any] = {"contact_id": 249, "tags": [3, 45, 8]}
TAGS_BY_NAME: dict[str, Any] = {
    "contact_id": 249,
    "tags": ["New Lead", "2018 Holiday Special", "Platinum Customer"],
}
TAGS_AS_OBJECTS: dict[str, Any] = {
    "contact_id": 249,
    "tags": [
        {"id": 3, "name": "New Lead", "date": "2018-10-02 16:15:00"},
        {"id": 45, "name": "2018 Holiday Special", "date": "2018-11-28 09:25:33"},
    ],
}
INVOICE: dict[str, Any] = {
    "contact_id": 4,
    "id": 234115,
    "amount": 4500,
    "paid": 4500,
    "is_refunded": 0,
    "date_created": "2018-10-03 11:14:32",
    "items": [
        {"name": "Round Tuit", "product_id": 1556402307145, "amount": 4000, "total_paid": 4000},
        {"name": "Uber Trinket", "product_id": 82638, "amount": 500, "total_paid": 500},
    ],
}
SUBSCRIPTION: dict[str, Any] = {
    "email": "mwiegand@gmail.com",
    "id": 234115,
    "amount": 4500,
    "product_id": 108,
    "start_date": "2019-12-03 11:14:32",
    "last_bill_date": "2019-12-03 11:14:32",
    "billing_cycle": "month",
    "frequency": 1,
}
PRODUCT: dict[str, Any] = {"id": 108, "name": "Round Tuit"}
"""The documentation prints another request's example here; these are the two documented fields."""
AD_PERFORMANCE: dict[str, Any] = {
    "ad": 5489788855,
    "adcampaign": {"id": 123456789, "name": "My Amazing Ad Campaign"},
    "adset": {"id": 5678910, "name": "My Amazing Ad Set", "adcampaign": 123456789},
    "spend": 4500,
    "clicks": 7844,
    "impressions": 15487,
    "date": "2018-10-03",
}
IDENTIFY = {"account_id": "acme", "seg_uid": "SESSION_UID", "email": "john@example.com"}
