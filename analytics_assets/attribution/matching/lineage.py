"""Which columns of the vendors the columns of matched conversions come from."""

from __future__ import annotations

from collections.abc import Mapping

_IDS = (
    "sealmetrics_legacy.conversions._id",
    "segmetrics.contacts.contact_id",
    "segmetrics.orders.order_id",
    "session_story.events.id",
    "wemasy.session_conversions.id",
    "imports.orders.order_id",
    "sealmetrics.conversions_raw.timestamp_utc",
    "sealmetrics.conversions_raw.properties",
)
_TIMES = (
    "imports.orders.ordered_at",
    "sealmetrics.conversions_raw.timestamp_utc",
    "sealmetrics_legacy.conversions._id",
    "segmetrics.contacts.date_created",
    "segmetrics.orders.date_created",
    "session_story.events.timestamp",
    "wemasy.session_conversions.created_at",
)
_TYPES = (
    "imports.orders.conversion_type",
    "sealmetrics.conversions_raw.conversion_type",
    "sealmetrics_legacy.conversions.label",
    "session_story.events.type",
    "wemasy.session_conversions.name",
    "wemasy.session_conversions.type",
)
_AMOUNTS = (
    "imports.orders.total",
    "sealmetrics.conversions_raw.amount",
    "sealmetrics_legacy.conversions.amount",
    "segmetrics.orders.total",
    "session_story.events.data",
    "wemasy.session_conversions.value",
)
_COUNTS = (
    "segmetrics.orders.is_paid",
    "segmetrics.orders.is_refunded",
    "wemasy.session_conversions.count",
)
_CURRENCIES = (
    "imports.orders.currency",
    "sealmetrics.conversions_raw.properties",
    "sealmetrics.sites.currency",
    "session_story.events.data",
)
_ORDER_IDS = (
    "imports.orders.order_id",
    "sealmetrics.conversions_raw.properties",
    "segmetrics.orders.order_id",
    "session_story.events.data",
    "wemasy.session_conversions.url",
)
_DAYS = (
    "sealmetrics.conversions_raw.day",
    "sealmetrics_legacy.conversions.day",
    "session_story.events.day",
    "wemasy.session_conversions.day",
    "segmetrics.orders.date_created",
    "segmetrics.contacts.date_created",
    "imports.orders.ordered_at",
)
_SHOPS = (
    "imports.orders.account_id",
    "sealmetrics.conversions_raw.site_id",
    "sealmetrics_legacy.conversions.account_id",
    "segmetrics.contact_events.full_url",
    "segmetrics.contacts.account_id",
    "segmetrics.orders.account_id",
    "session_story.events.site_id",
    "wemasy.session_conversions.account_id",
)
_TIES = (*_ORDER_IDS, *_TYPES, *_AMOUNTS, *_TIMES)

_REFUNDS = ("imports.orders.refunded", "segmetrics.orders.is_refunded")
_RATES = ("imports.currency_rates.rate", "imports.currency_rates.date")
_IDENTIFIERS = (
    "imports.orders.email",
    "sealmetrics.conversions_raw.clid",
    "segmetrics.contact_events.uid",
    "segmetrics.contacts.contact_id",
    "segmetrics.orders.parent_contact_id",
    "session_story.events.session_id",
    "wemasy.session_conversions.session_id",
    *_ORDER_IDS,
)
_FIRST_ORDERS = (
    "attribution.identities.person_id",
    "imports.orders.email",
    "imports.orders.ordered_at",
    "segmetrics.orders.date_created",
    "segmetrics.orders.is_paid",
    "segmetrics.orders.parent_contact_id",
)
_ORDER_KINDS = (
    "segmetrics.order_items.date_created",
    "segmetrics.order_items.subscription_id",
    *_FIRST_ORDERS,
    *_TYPES,
)
_COUNTRIES = (
    "imports.orders.country",
    "sealmetrics.conversions_raw.country",
    "sealmetrics_legacy.conversions.country",
    "segmetrics.contact_events.country_code",
    "session_story.sessions.country",
    "wemasy.sessions.country",
)
_DEVICES = (
    "sealmetrics.conversions_raw.device_type",
    "session_story.sessions.device",
    "wemasy.sessions.device",
)
_TAGGED = (
    "imports.orders",
    "sealmetrics.conversions_raw",
    "sealmetrics_legacy.conversions",
    "segmetrics.contact_events",
    "session_story.sessions",
    "wemasy.sessions",
)


def _tags(part: str) -> tuple[str, ...]:
    """The columns that a part of a visit's origin comes from."""
    tags = tuple(f"{table}.utm_{part}" for table in _TAGGED)
    referrers = ("session_story.sessions.referrer", "wemasy.sessions.referrer")
    return tags if part == "campaign" else tags + referrers


MATCHES_LINEAGE: Mapping[str, tuple[str, ...]] = {
    "vendor_day": _DAYS,
    "vendor": (),
    "source": (),
    "record_id": _IDS,
    "recorded_at": _TIMES,
    "conversion_type": _TYPES,
    "conversions": _COUNTS,
    "revenue_minor": _AMOUNTS,
    "base_revenue_minor": (*_AMOUNTS, *_CURRENCIES, *_RATES, *_TIMES),
    "refunded_minor": _REFUNDS,
    "currency": _CURRENCIES,
    "order_id": _ORDER_IDS,
    "country": _COUNTRIES,
    "utm_source": _tags("source"),
    "utm_medium": (*_tags("medium"), *_tags("source")),
    "utm_campaign": _tags("campaign"),
    "conversion_id": (*_IDS, *_TIES),
    "method": _TIES,
    "score": _TIES,
    "is_suspected_duplicate": _TIES,
    "duplicate_of": (*_IDS, *_TIES),
    "shop": (*_SHOPS, *_TIES),
}
"""Of `conversion_matches`."""

CONVERSIONS_LINEAGE: Mapping[str, tuple[str, ...]] = {
    "conversion_id": (*_IDS, *_TIES),
    "converted_at": (*_TIMES, *_TIES),
    "conversion_type": _TYPES,
    "order_id": _ORDER_IDS,
    "revenue_minor": (*_AMOUNTS, *_TIES),
    "refunded_minor": (*_REFUNDS, *_TIES),
    "net_minor": (*_AMOUNTS, *_REFUNDS, *_TIES),
    "currency": (*_CURRENCIES, *_TIES),
    "rate_to_base": (*_CURRENCIES, *_RATES, *_TIMES),
    "base_revenue_minor": (*_AMOUNTS, *_CURRENCIES, *_RATES, *_TIES),
    "person_id": ("attribution.identities.person_id", *_IDENTIFIERS),
    "identifier": ("attribution.identities.identifier", *_IDENTIFIERS),
    "is_first": (*_ORDER_KINDS, *_TIMES),
    "order_kind": (*_ORDER_KINDS, *_TIMES),
    "first_ordered_at": _FIRST_ORDERS,
    "vendors": _TIES,
    "channel": (*_tags("source"), *_tags("medium"), *_tags("campaign")),
    "source": _tags("source"),
    "medium": (*_tags("medium"), *_tags("source")),
    "campaign": _tags("campaign"),
    "country": _COUNTRIES,
    "device": _DEVICES,
    "shop": (*_SHOPS, *_TIES),
}
"""Of `conversions`."""
