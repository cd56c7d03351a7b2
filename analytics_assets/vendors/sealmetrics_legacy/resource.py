"""How the legacy API of SealMetrics is reached."""

from __future__ import annotations

import dagster as dg

from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.settings.environment import variable
from analytics_assets.vendors.sealmetrics_legacy.client import SealMetricsLegacyClient


class SealMetricsLegacyResource(VendorConnection, dg.ConfigurableResource):  # type: ignore[type-arg]
    """The legacy API by a token from the dashboard."""

    vendor = "sealmetrics_legacy"

    base_url: str | None = variable(
        "SEALMETRICS_LEGACY_BASE_URL",
        "Address of the API",
        default="https://app.sealmetrics.com/api",
    )
    token: str | None = variable("SEALMETRICS_LEGACY_TOKEN", "Access token", secret=True)
    account_ids: str | None = variable(
        "SEALMETRICS_LEGACY_ACCOUNT_IDS", "Accounts, comma-separated"
    )
    timezone: str | None = variable("SEALMETRICS_LEGACY_TIMEZONE", "Time zone of the accounts")
    requests_per_minute: str | None = variable(
        "SEALMETRICS_LEGACY_REQUESTS_PER_MINUTE", "Most requests in a minute", default="1"
    )

    def address(self) -> str:
        """The base URL."""
        return self.setting("base_url")

    def missing(self) -> str:
        """The variables that still have to be set."""
        needed = ("token", "account_ids")
        return " and ".join(self.variable_of(name)[0] for name in needed if not self.setting(name))

    def open_client(self, timezone: str) -> SealMetricsLegacyClient:
        """The client of this token."""
        return SealMetricsLegacyClient(
            self.open_api("SEALMETRICS_LEGACY_TOKEN"),
            token=self.setting("token"),
            account_ids=self.listed("account_ids"),
            timezone=self.zone(timezone),
        )
