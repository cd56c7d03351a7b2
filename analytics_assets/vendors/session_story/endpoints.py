"""What Session Story is asked for."""

from __future__ import annotations

from analytics_assets.core.endpoint import Crawl, Endpoint, Vendor
from analytics_assets.vendors.session_story.client import SessionStoryClient
from analytics_assets.vendors.session_story.models import Revenue, Site

_DOCS = "https://www.sessionstory.io/documentation/api"

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
                    model=Site,
                    docs_url=_DOCS,
                    tenant_column="site_id",
                    tenant_from="id",
                    key=("id",),
                    snapshot=True,
                ),
            ),
        ),
        Crawl(
            name="revenue",
            fetch=SessionStoryClient.revenue,
            restated_days=1,  # sales that arrive late: assumed, the vendor states no figure
            endpoints=(
                Endpoint(
                    name="revenue",
                    model=Revenue,
                    docs_url=_DOCS,
                    tenant_column="site_id",
                    key=("section", "position"),
                ),
            ),
        ),
    ),
)
