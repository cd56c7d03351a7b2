"""How the user's files are reached: they need no address and no credential."""

from __future__ import annotations

from analytics_assets.imports.client import ImportsClient
from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.lake.marker import Kind
from analytics_assets.settings.environment import variable


class ImportsConnection(VendorConnection):
    """A folder of CSV files, which `analytics.toml` names."""

    vendor = "imports"

    pii: str | None = variable(
        "ANALYTICS_PII", "`hash` personal data, or keep it `plain`", default="hash"
    )
    pii_key: str | None = variable(
        "ANALYTICS_PII_KEY", "The key that personal data is hashed with", secret=True
    )

    def address(self) -> str:
        """There is none."""
        return ""

    def lake_kind(self) -> Kind | None:
        """Files go with whatever the lake holds."""
        return None

    def missing(self) -> str:
        """Nothing has to be set."""
        return ""

    def open_client(self, timezone: str) -> ImportsClient:
        """The reader of the files."""
        plain = self.setting("pii") == "plain"
        return ImportsClient(timezone, hides_personal_data=plain or bool(self.setting("pii_key")))
