"""What Wemasy is asked for."""

from __future__ import annotations

from analytics_assets.core.endpoint import Crawl, Endpoint, Vendor
from analytics_assets.vendors.wemasy.client import WemasyClient
from analytics_assets.vendors.wemasy.models import Session, SessionConversion

_DOCS = "https://api.wemasy.nl/docs"
_WINDOW_DAYS = 7  # keeps a listing short enough that rows do not move while it is read
_RESTATED_DAYS = 1  # a session that begins before midnight goes on after it

VENDOR = Vendor(
    name="wemasy",
    title="Wemasy",
    docs_url=_DOCS,
    minute=20,
    crawls=(
        Crawl(
            name="sessions",
            fetch=WemasyClient.sessions,
            window_days=_WINDOW_DAYS,
            restated_days=_RESTATED_DAYS,
            endpoints=(
                Endpoint(
                    name="sessions",
                    model=Session,
                    docs_url=f"{_DOCS}/analytics/list-sessions.html",
                    tenant_column="account_id",
                    day_column="created_at",
                    key=("id",),
                ),
            ),
        ),
        Crawl(
            name="session_conversions",
            fetch=WemasyClient.session_conversions,
            window_days=_WINDOW_DAYS,
            restated_days=_RESTATED_DAYS,
            endpoints=(
                Endpoint(
                    name="session_conversions",
                    model=SessionConversion,
                    docs_url=_DOCS,
                    tenant_column="account_id",
                    day_column="session_day",
                    no_key_reason="The vendor documents no id of a conversion.",
                ),
            ),
        ),
    ),
)
