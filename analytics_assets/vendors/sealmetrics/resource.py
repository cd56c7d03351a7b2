"""How SealMetrics is reached."""

from __future__ import annotations

import dagster as dg

from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.settings.environment import variable
from analytics_assets.vendors.sealmetrics.client import SealMetricsClient
from analytics_assets.vendors.sealmetrics.login import Credentials


class SealMetricsResource(VendorConnection, dg.ConfigurableResource):  # type: ignore[type-arg]
    """SealMetrics by API key, or by the e-mail address and password of a user."""

    vendor = "sealmetrics"

    base_url: str | None = variable(
        "SEALMETRICS_BASE_URL", "Address of the API", default="https://my.sealmetrics.com/api/v1"
    )
    api_key: str | None = variable("SEALMETRICS_API_KEY", "API key", secret=True)
    email: str | None = variable("SEALMETRICS_EMAIL", "User, where there is no API key")
    password: str | None = variable("SEALMETRICS_PASSWORD", "The user's password", secret=True)
    site_ids: str | None = variable(
        "SEALMETRICS_SITE_IDS", "Sites, comma-separated; empty for all that the credentials see"
    )
    timezone: str | None = variable("SEALMETRICS_TIMEZONE", "Time zone of sites that state none")
    requests_per_minute: str | None = variable(
        "SEALMETRICS_REQUESTS_PER_MINUTE", "Most requests in a minute", default="120"
    )

    def address(self) -> str:
        """The base URL."""
        return self.setting("base_url")

    def missing(self) -> str:
        """The variables that still have to be set."""
        if self.setting("api_key") or (self.setting("email") and self.setting("password")):
            return ""
        if self.setting("email"):
            return "SEALMETRICS_PASSWORD"
        if self.setting("password"):
            return "SEALMETRICS_EMAIL"
        return "SEALMETRICS_API_KEY (or SEALMETRICS_EMAIL and SEALMETRICS_PASSWORD)"

    def open_client(self, timezone: str) -> SealMetricsClient:
        """The client of these credentials."""
        by_key = bool(self.setting("api_key"))
        variables = (
            "SEALMETRICS_API_KEY" if by_key else "SEALMETRICS_EMAIL and SEALMETRICS_PASSWORD"
        )
        return SealMetricsClient(
            self.open_api(variables),
            Credentials(self.setting("api_key"), self.setting("email"), self.setting("password")),
            site_ids=self.listed("site_ids"),
            timezone=self.zone(timezone),
        )
