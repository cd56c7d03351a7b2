"""The endpoints of Wemasy, as data."""

from __future__ import annotations

from analytics_assets.ingest.declare import Crawl, Endpoint, Fetch, Vendor
from analytics_assets.vendors.wemasy.client import WemasyClient
from analytics_assets.vendors.wemasy.models import (
    Session,
    SessionConversion,
    SessionConversionCount,
    SessionVisit,
)

_DOCS = "https://api.wemasy.nl/docs"
_WINDOW_DAYS = 7  # keeps a listing short enough that rows do not move while it is read
_RESTATED_DAYS = 1  # a session that begins before midnight goes on after it


def _crawl(fetch: Fetch, endpoint: Endpoint) -> Crawl:
    return Crawl(
        name=endpoint.name,
        fetch=fetch,
        window_days=_WINDOW_DAYS,
        restated_days=_RESTATED_DAYS,
        limits="100 sessions a request",
        endpoints=(endpoint,),
    )


VENDOR = Vendor(
    name="wemasy",
    title="Wemasy",
    docs_url=_DOCS,
    minute=20,
    crawls=(
        _crawl(
            WemasyClient.sessions,
            Endpoint(
                name="sessions",
                model=Session,
                docs_url=f"{_DOCS}/analytics/list-sessions.html",
                tenant_column="account_id",
                day_column="created_at",
                key=("id",),
            ),
        ),
        _crawl(
            WemasyClient.session_conversions,
            Endpoint(
                name="session_conversions",
                model=SessionConversion,
                docs_url=_DOCS,
                tenant_column="account_id",
                day_column="session_day",
                no_key_reason="The vendor documents no id of a conversion.",
            ),
        ),
        _crawl(
            WemasyClient.session_conversion_counts,
            Endpoint(
                name="session_conversion_counts",
                model=SessionConversionCount,
                docs_url=_DOCS,
                tenant_column="account_id",
                day_column="session_day",
                no_key_reason="The vendor documents no fields of a count, which may be by kind.",
            ),
        ),
        _crawl(
            WemasyClient.session_visits,
            Endpoint(
                name="session_visits",
                model=SessionVisit,
                docs_url=f"{_DOCS}/analytics/get-session-visits.html",
                tenant_column="account_id",
                day_column="session_day",
                no_key_reason="The vendor documents no id of a visit.",
            ),
        ),
    ),
)
