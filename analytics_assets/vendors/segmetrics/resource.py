"""How SegMetrics is reached."""

from __future__ import annotations

from typing import Literal

import dagster as dg

from analytics_assets.errors import ConfigurationError
from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.settings.environment import variable
from analytics_assets.vendors.segmetrics.client import SegMetricsClient
from analytics_assets.vendors.segmetrics.writes import SegMetricsWriter


class SegMetricsResource(VendorConnection, dg.ConfigurableResource):  # type: ignore[type-arg]
    """One SegMetrics account by its API key."""

    vendor = "segmetrics"
    personal_data = True

    api_base_url: str | None = variable(
        "SEGMETRICS_API_BASE_URL",
        "Address of the reporting API",
        default="https://api.segmetrics.io",
    )
    import_base_url: str | None = variable(
        "SEGMETRICS_IMPORT_BASE_URL",
        "Address of the import API",
        default="https://import.segmetrics.io/api/v1",
    )
    track_base_url: str | None = variable(
        "SEGMETRICS_TRACK_BASE_URL",
        "Address of the tracking API",
        default="https://track.segmetrics.io",
    )
    api_key: str | None = variable("SEGMETRICS_API_KEY", "API key", secret=True)
    account_id: str | None = variable("SEGMETRICS_ACCOUNT_ID", "Account")
    integration_id: str | None = variable(
        "SEGMETRICS_INTEGRATION_ID", "Integration that the import API writes to"
    )
    timezone: str | None = variable("SEGMETRICS_TIMEZONE", "Time zone of the account")
    requests_per_minute: str | None = variable(
        "SEGMETRICS_REQUESTS_PER_MINUTE", "Most requests in a minute", default="60"
    )

    def address(self) -> str:
        """The base URL of the reporting API."""
        return self.setting("api_base_url")

    def missing(self) -> str:
        """The variables that still have to be set."""
        needed = ("api_key", "account_id")
        return " and ".join(self.variable_of(name)[0] for name in needed if not self.setting(name))

    def open_client(self, timezone: str) -> SegMetricsClient:
        """The client of this account."""
        return SegMetricsClient(
            self.open_api("SEGMETRICS_API_KEY", address="api_base_url"),
            api_key=self.setting("api_key"),
            account_id=self.setting("account_id"),
            timezone=self.zone(timezone),
        )

    def open_writer(
        self, identify_parameters: Literal["original", "2026"] = "original"
    ) -> SegMetricsWriter:
        """The client that writes to the integration of the settings.

        Args:
            identify_parameters: `segmetrics.identify_parameters` of `analytics.toml`.

        Raises:
            ConfigurationError: naming the variables to set.
        """
        if missing := self.missing():
            what = f"{self.vendor} has no credentials: {missing} not set"
            raise ConfigurationError(what, todo="Set it in .env or in the environment")
        integration_id = self.required("integration_id")
        self._hide_secrets()
        return SegMetricsWriter(
            self.open_api("SEGMETRICS_API_KEY", address="import_base_url"),
            self.open_api("SEGMETRICS_API_KEY", address="track_base_url"),
            api_key=self.setting("api_key"),
            account_id=self.setting("account_id"),
            integration_id=integration_id,
            identify_parameters=identify_parameters,
        )
