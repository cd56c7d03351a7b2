"""A new site at Session Story, which makes another one at each call: so it is looked for first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from analytics_assets.errors import ConfigurationError
from analytics_assets.ingest.declare import Tenant, Window
from analytics_assets.settings import AnalyticsConfig
from analytics_assets.vendors.session_story.client import SessionStoryClient
from analytics_assets.vendors.session_story.resource import SessionStoryResource
from analytics_assets.vendors.session_story.writes import NewSite


def create_site(story: SessionStoryResource, name: str, domain: str) -> dict[str, Any]:
    """Create a site; returns it as the vendor keeps it.

    Raises:
        ConfigurationError: name or domain is empty, or there is a site of that domain.
        AnalyticsError: there are no credentials, or the vendor refuses.
    """
    if not name.strip() or not domain.strip():
        what = "a site needs a name and a domain"
        raise ConfigurationError(what, todo="Give both")
    site = NewSite(name=name, domain=domain)
    client = story.connect("UTC")
    assert isinstance(client, SessionStoryClient)  # noqa: S101  the vendor's own
    today = datetime.now(UTC).date()
    everything = Window(Tenant("", "UTC"), today, today, AnalyticsConfig())
    try:
        for page in client.sites(everything):
            for row in page.rows:
                known = msgspec.json.decode(bytes(row))
                if str(known.get("domain", "")).lower() == site.domain.lower():
                    what = f"session_story has a site of {site.domain} already: {known.get('id')}"
                    raise ConfigurationError(what, todo="Use it, or give another domain")
        return client.create_site(site)
    finally:
        client.close()
