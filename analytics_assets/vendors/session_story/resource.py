"""How Session Story is reached."""

from __future__ import annotations

import dagster as dg

from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.settings.environment import variable
from analytics_assets.vendors.session_story.client import SessionStoryClient


class SessionStoryResource(VendorConnection, dg.ConfigurableResource):  # type: ignore[type-arg]
    """Session Story by the API key of a site's settings page."""

    vendor = "session_story"
    personal_data = True

    base_url: str | None = variable(
        "SESSION_STORY_BASE_URL",
        "Address of the API, with /api",
        default="https://www.sessionstory.io/api",
    )
    api_key: str | None = variable("SESSION_STORY_API_KEY", "API key", secret=True)
    site_ids: str | None = variable(
        "SESSION_STORY_SITE_IDS", "Sites, comma-separated; empty for all of the key"
    )
    timezone: str | None = variable("SESSION_STORY_TIMEZONE", "Time zone of the sites")
    requests_per_minute: str | None = variable(
        "SESSION_STORY_REQUESTS_PER_MINUTE", "Most requests in a minute", default="60"
    )

    def address(self) -> str:
        """The base URL."""
        return self.setting("base_url")

    def missing(self) -> str:
        """The variables that still have to be set."""
        return "" if self.setting("api_key") else "SESSION_STORY_API_KEY"

    def open_client(self, timezone: str) -> SessionStoryClient:
        """The client of this key."""
        return SessionStoryClient(
            self.open_api("SESSION_STORY_API_KEY"),
            api_key=self.setting("api_key"),
            site_ids=self.listed("site_ids"),
            timezone=self.zone(timezone),
        )
