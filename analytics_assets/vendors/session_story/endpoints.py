"""The endpoints of Session Story, as data."""

from __future__ import annotations

from analytics_assets.ingest.declare import Crawl, Endpoint, Fetch, Vendor
from analytics_assets.ingest.fields import Row
from analytics_assets.vendors.session_story import models
from analytics_assets.vendors.session_story.client import SessionStoryClient

_DOCS = "https://www.sessionstory.io/documentation/api"
_RESTATED_DAYS = 1  # sessions over midnight, sales and events that arrive late: assumed
_WINDOW_DAYS = 31  # a visitor is asked for once per crawl: the longer, the fewer requests
_SECTION = ("section", "position")


def _report(
    name: str, fetch: Fetch, model: type[Row], key: tuple[str, ...], *, snapshot: bool = False
) -> Crawl:
    """A report of one site: of one day, or of all that the vendor keeps where it has no dates."""
    endpoint = Endpoint(
        name=name,
        model=model,
        docs_url=_DOCS,
        tenant_column="site_id",
        key=key,
        snapshot=snapshot,
    )
    restated_days = 0 if snapshot else _RESTATED_DAYS
    return Crawl(name=name, fetch=fetch, restated_days=restated_days, endpoints=(endpoint,))


def _of_visitors(
    name: str, model: type[Row], key: tuple[str, ...], no_key_reason: str = ""
) -> Endpoint:
    return Endpoint(
        name=name,
        model=model,
        docs_url=_DOCS,
        tenant_column="site_id",
        day_column="session_day",
        key=key,
        no_key_reason=no_key_reason,
    )


VENDOR = Vendor(
    name="session_story",
    title="Session Story",
    docs_url=_DOCS,
    minute=30,
    crawls=(
        Crawl(
            name="sites",
            fetch=SessionStoryClient.sites,
            endpoints=(
                Endpoint(
                    name="sites",
                    model=models.Site,
                    docs_url=_DOCS,
                    tenant_column="site_id",
                    tenant_from="id",
                    key=("id",),
                    snapshot=True,
                ),
            ),
        ),
        _report("dashboard", SessionStoryClient.dashboard, models.Dashboard, _SECTION),
        _report("revenue", SessionStoryClient.revenue, models.Revenue, _SECTION),
        _report("friction", SessionStoryClient.friction, models.Friction, _SECTION),
        _report(
            "scroll_depth",
            SessionStoryClient.scroll_depth,
            models.ScrollDepth,
            ("position",),
            snapshot=True,
        ),
        _report(
            "engagement_funnel",
            SessionStoryClient.engagement_funnel,
            models.EngagementFunnel,
            ("page_url", *_SECTION),
            snapshot=True,
        ),
        _report("reach", SessionStoryClient.reach, models.Reach, ("metric", "target", *_SECTION)),
        _report(
            "custom_event_types",
            SessionStoryClient.custom_event_types,
            models.CustomEventType,
            ("type",),
        ),
        _report(
            "custom_event_funnel",
            SessionStoryClient.custom_event_funnel,
            models.CustomEventFunnel,
            ("funnel", *_SECTION),
        ),
        _report(
            "event_data_keys",
            SessionStoryClient.event_data_keys,
            models.EventDataKey,
            ("type", "key"),
            snapshot=True,
        ),
        Crawl(
            name="visitors",
            limits="50 visitors a page, a request for each session",
            fetch=SessionStoryClient.visitors,
            window_days=_WINDOW_DAYS,
            restated_days=_RESTATED_DAYS,
            endpoints=(
                _of_visitors("visitors", models.Visitor, ("session_day", "id")),
                _of_visitors("sessions", models.Session, ("visitor_id", "id")),
                _of_visitors("events", models.Event, (), "The vendor documents no id of an event."),
            ),
        ),
    ),
)
