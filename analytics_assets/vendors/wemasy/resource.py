"""How Wemasy is reached."""

from __future__ import annotations

import dagster as dg

from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.settings.environment import variable
from analytics_assets.vendors.wemasy.client import WemasyClient


class WemasyResource(VendorConnection, dg.ConfigurableResource):  # type: ignore[type-arg]
    """One Wemasy project by its API token."""

    vendor = "wemasy"
    personal_data = True

    base_url: str | None = variable(
        "WEMASY_BASE_URL", "Address of the API", default="https://api.wemasy.nl/api"
    )
    api_token: str | None = variable("WEMASY_API_TOKEN", "API token", secret=True)
    timezone: str | None = variable("WEMASY_TIMEZONE", "Time zone of the project")
    requests_per_minute: str | None = variable(
        "WEMASY_REQUESTS_PER_MINUTE", "Most requests in a minute", default="60"
    )

    def address(self) -> str:
        """The base URL."""
        return self.setting("base_url")

    def missing(self) -> str:
        """The variables that still have to be set."""
        return "" if self.setting("api_token") else "WEMASY_API_TOKEN"

    def open_client(self, timezone: str) -> WemasyClient:
        """The client of this token."""
        return WemasyClient(
            self.open_api("WEMASY_API_TOKEN"),
            token=self.setting("api_token"),
            timezone=self.zone(timezone),
        )
