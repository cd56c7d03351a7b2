"""A body of each kind that is written to SegMetrics, with every documented field."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from analytics_assets.vendors.segmetrics.payloads import (
    Ad,
    AdCampaign,
    AdPerformance,
    AdSet,
    ContactUpsert,
    Invoice,
    InvoiceItem,
    Subscription,
    Tag,
    TagChange,
)

WHEN = datetime(2026, 5, 6, 18, 30, tzinfo=timezone(timedelta(hours=2)))
EMAIL = "joey+list@bloggs.example"
CONTACT = ContactUpsert(
    contact_id="c-249",
    email=EMAIL,
    date_created=WHEN,
    last_updated=WHEN,
    first_name="Joey",
    last_name="Bloggs",
    status="active",
    tags=(Tag(id=3, name="New Lead", date=WHEN), Tag(id="45", name="Holiday")),
    custom_fields={"shirt_size": "Medium", "Awesome Sauce": "Applesauce2"},
    utm_campaign="holiday",
    utm_content="special",
    utm_medium="social",
    utm_source="facebook",
    utm_term="awesome",
    referring_url="really.example",
    optin_url="even.example",
    ip_address="203.0.113.8",
    affiliate_id="123",
    geo_lat="45.523064",
    geo_lon="-122.676483",
)
INVOICE = Invoice(
    contact_id="c-249",
    email=EMAIL,
    id=234115,
    amount=4500,
    paid=4500,
    date_created=WHEN,
    items=(
        InvoiceItem(
            id="234115-1",
            name="Round Tuit",
            product_id=1556402307145,
            amount=4000,
            total_paid=4000,
            subscription_id="s-1",
        ),
        InvoiceItem(name="Uber Trinket", product_id="82638", amount=500),
    ),
    is_refunded=False,
    discount=100,
    tax=20,
    shipping=80,
)
SUBSCRIPTION = Subscription(
    contact_id="c-249",
    email=EMAIL,
    id="s-1",
    amount=4500,
    product_id=108,
    start_date=WHEN,
    last_bill_date=WHEN,
    billing_cycle="month",
    frequency=3,
    name="Club",
    quantity=2,
    trial_end_date=WHEN,
    end_date=WHEN,
    canceled_date=WHEN,
)
PERFORMANCE = AdPerformance(
    ad=Ad(id=5489788855, name="My Ad", adcampaign=123456789, adset=5678910),
    adset=AdSet(id=5678910, name="My Ad Set", adcampaign=123456789),
    adcampaign=AdCampaign(id=123456789, name="My Campaign"),
    spend=4500,
    date=date(2026, 5, 6),
    clicks=7844,
    impressions=15487,
)
BY_ID = TagChange(contact_id="c-249", email=EMAIL, tags=(3,))
