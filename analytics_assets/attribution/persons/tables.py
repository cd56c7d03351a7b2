"""The tables of persons: their columns, what a row is, and what must hold of them."""

from __future__ import annotations

from analytics_assets.attribution.engine.derivation import SHOP, Derivation, Invariant
from analytics_assets.attribution.shops.install import SOURCES_OF_SHOPS
from analytics_assets.lake.tables import LOAD_COLUMNS, Table, TableColumn

TOUCHPOINTS = Table(
    "attribution",
    "touchpoints",
    (
        TableColumn(
            "touch_id",
            "VARCHAR",
            "Vendor and the vendor's id; of SegMetrics, which names no visits, the browser's id "
            "and the time in milliseconds.",
        ),
        TableColumn("person_id", "VARCHAR", "Who made it: see `identities`."),
        TableColumn("identifier", "VARCHAR", "The identifier that told who."),
        TableColumn(
            "vendor",
            "VARCHAR",
            "Who saw it. A visit that several vendors saw is a touch of each; in paths it is one.",
        ),
        TableColumn("touched_at", "TIMESTAMPTZ", "When the visit began (UTC)."),
        TableColumn(
            "channel", "VARCHAR", "By the user's rules, then by the GA4 default channel group."
        ),
        TableColumn(
            "source",
            "VARCHAR",
            "Key of the source: of the tag, else of the click id, else of the referrer.",
        ),
        TableColumn("medium", "VARCHAR", "Key of the medium."),
        TableColumn("campaign", "VARCHAR", "Key of the campaign."),
        TableColumn("term", "VARCHAR", "Key of the term."),
        TableColumn("content", "VARCHAR", "Key of the content."),
        TableColumn("raw_source", "VARCHAR", "The tag as it came."),
        TableColumn("raw_medium", "VARCHAR", "The tag as it came."),
        TableColumn("raw_campaign", "VARCHAR", "The tag as it came."),
        TableColumn("click_id", "VARCHAR", "Click id of the ad platform, case kept."),
        TableColumn("landing_page", "VARCHAR", "First page, without its parameters."),
        TableColumn("device", "VARCHAR", "Kind of device, in lower case."),
        TableColumn("country", "VARCHAR", "Country code, in upper case."),
        TableColumn("is_direct", "BOOLEAN", "Whether nothing tells where it came from."),
        TableColumn("vendor_channel", "VARCHAR", "The channel that the vendor itself gave it."),
        SHOP,
        *LOAD_COLUMNS,
    ),
)

IDENTITIES = Table(
    "attribution",
    "identities",
    (
        TableColumn(
            "identifier",
            "VARCHAR",
            "Kind, a colon, and the value: email_hash, segmetrics_contact, segmetrics_uid, "
            "session_story_visitor, session_story_session, wemasy_visitor, wemasy_session, "
            "order_id or click_id.",
        ),
        TableColumn("kind", "VARCHAR", "The kind alone."),
        TableColumn(
            "person_id",
            "VARCHAR",
            "The person, named after their oldest identifier: when two turn out to be one, the "
            "older name stays.",
        ),
        TableColumn("first_seen_at", "TIMESTAMPTZ", "When it was first seen (UTC)."),
        TableColumn("source", "VARCHAR", "Where it was first seen: vendor and table."),
        TableColumn(
            "linked_to",
            "VARCHAR",
            "The identifier through which it was first linked to the person; null if it is alone.",
        ),
        TableColumn("evidence", "VARCHAR", "What links the two."),
        TableColumn(
            "persons",
            "BIGINT",
            "How many persons use it. Of a shared device the first is named here, and the visits "
            "of the others are told apart by time; one of too many is nobody's.",
        ),
        SHOP,
        *LOAD_COLUMNS,
    ),
)

_TOUCHES = (
    "segmetrics.contact_events",
    "session_story.sessions",
    "wemasy.sessions",
)
_EVIDENCE = (
    "imports.orders",
    "segmetrics.contact_events",
    "segmetrics.contact_tags",
    "segmetrics.contacts",
    "segmetrics.orders",
    "sealmetrics.conversions_raw",
    "session_story.events",
    "session_story.sessions",
    "session_story.visitors",
    "wemasy.session_conversions",
    "wemasy.sessions",
)
IDENTIFIERS = (
    "imports.orders.email",
    "imports.orders.order_id",
    "sealmetrics.conversions_raw.clid",
    "sealmetrics.conversions_raw.properties",
    "segmetrics.contact_events.contact_id",
    "segmetrics.contact_events.full_url",
    "segmetrics.contact_events.parent_contact_id",
    "segmetrics.contact_events.uid",
    "segmetrics.contact_events.url",
    "segmetrics.contact_tags.contact_id",
    "segmetrics.contact_tags.parent_contact_id",
    "segmetrics.contacts.contact_id",
    "segmetrics.contacts.email",
    "segmetrics.orders.contact_id",
    "segmetrics.orders.order_id",
    "segmetrics.orders.parent_contact_id",
    "session_story.events.data",
    "session_story.events.session_id",
    "session_story.sessions.entry_url",
    "session_story.sessions.id",
    "session_story.sessions.visitor_id",
    "session_story.visitors.email",
    "session_story.visitors.id",
    "wemasy.session_conversions.session_id",
    "wemasy.session_conversions.url",
    "wemasy.sessions.id",
    "wemasy.sessions.landing_page",
    "wemasy.sessions.visitor_id",
)
"""Columns that hold what identifies somebody."""
TIMES = (
    "imports.orders.ordered_at",
    "sealmetrics.conversions_raw.timestamp_local",
    "sealmetrics.conversions_raw.timestamp_utc",
    "segmetrics.contact_events.date_created",
    "segmetrics.contact_tags.date_created",
    "segmetrics.contacts.date_created",
    "segmetrics.orders.date_created",
    "session_story.events.timestamp",
    "session_story.sessions.started_at",
    "session_story.visitors.first_seen",
    "wemasy.session_conversions.created_at",
    "wemasy.sessions.created_at",
    *(f"{table}.day" for table in _EVIDENCE if table != "imports.orders"),
)
"""Columns that tell when; the day is for rows without a time."""

SHOPS = (
    "imports.orders.account_id",
    "sealmetrics.conversions_raw.site_id",
    "segmetrics.contact_events.account_id",
    "segmetrics.contact_events.full_url",
    "segmetrics.contacts.account_id",
    "segmetrics.orders.account_id",
    "session_story.events.site_id",
    "session_story.sessions.site_id",
    "wemasy.sessions.account_id",
    "wemasy.sessions.landing_page",
)
"""Columns that say which shop a row is of."""

PERSON_DERIVATIONS = (
    Derivation(
        IDENTITIES,
        "One row per identifier, with the person that it belongs to and why.",
        _EVIDENCE,
        {
            "new_persons": "count(DISTINCT person_id)",
            "shared_devices": "count_if(persons > 1)",
        },
        lineage={
            "identifier": IDENTIFIERS,
            "kind": IDENTIFIERS,
            "person_id": (*IDENTIFIERS, *TIMES),
            "first_seen_at": TIMES,
            "source": TIMES,
            "linked_to": (*IDENTIFIERS, *TIMES),
            "evidence": (*IDENTIFIERS, *TIMES),
            "persons": (*IDENTIFIERS, *TIMES),
            "shop": SHOPS,
        },
        invariants=(
            Invariant(
                "identifiers_stand_once",
                "Every identifier of a shop belongs to one person.",
                "SELECT any_value(day) AS day, identifier || ' stands ' || count(*) || ' times' "
                "AS problem FROM computed_identities GROUP BY shop, identifier HAVING count(*) > 1",
            ),
        ),
        complete="all",
    ),
    Derivation(
        TOUCHPOINTS,
        "One row per touch: a visit as one vendor saw it, where it came from, and who made it.",
        ("attribution.identities", *dict.fromkeys((*_TOUCHES, *SOURCES_OF_SHOPS))),
        {"persons": "count(DISTINCT person_id)", "direct": "count_if(is_direct)"},
        invariants=(
            Invariant(
                "touches_have_persons",
                "Every touch belongs to a person, a known one or a nameless one.",
                "SELECT day, touch_id || ' has no person' AS problem FROM computed_touchpoints "
                "WHERE person_id IS NULL",
            ),
        ),
    ),
)
