"""The environment that points the platform at a sandbox."""

from __future__ import annotations

from pathlib import Path

from analytics_assets.sandbox.rules import KIND, WORLDS

SEALMETRICS_API_KEY = "sandbox-sealmetrics-key"
SEALMETRICS_EMAIL = "analyst@acme.example"
SEALMETRICS_2FA_EMAIL = "guarded@acme.example"
"""An account that asks for a second factor."""
SEALMETRICS_PASSWORD = "sandbox-password"  # noqa: S105 - opens nothing but the sandbox
SEALMETRICS_LEGACY_TOKEN = "sandbox-legacy-token"  # noqa: S105
SEALMETRICS_LEGACY_ACCOUNT_ID = "65a000000000000000acce55"
WEMASY_API_TOKEN = "sandbox-wemasy-token"  # noqa: S105
WEMASY_LIMITED_TOKEN = "sandbox-wemasy-limited-token"  # noqa: S105
"""A good token without the right to analytics."""
SESSION_STORY_API_KEY = "sandbox-session-story-key"
SEGMETRICS_API_KEY = "sandbox-segmetrics-key"
SEGMETRICS_ACCOUNT_ID = "acme"
SEGMETRICS_INTEGRATION_ID = "acme-orders"
_GENEROUS_PER_MINUTE = "60000"
_VENDORS = ("SEALMETRICS", "SEALMETRICS_LEGACY", "WEMASY", "SESSION_STORY", "SEGMETRICS")


def sandbox_environment(  # noqa: PLR0913 - one argument for each option
    port: int,
    *,
    host: str = "127.0.0.1",
    limits: str = "relaxed",
    start: str = "2026-01-01",
    world: str = KIND.name,
    home: Path | None = None,
) -> dict[str, str]:
    """Every variable the platform needs to use a sandbox on this port.

    The lake, the warehouse and the Dagster home lie below ``home`` (``data/sandbox`` of the current
    directory), so that synthetic data never touches real data.
    """
    shops = WORLDS[world].shops
    base = f"http://{host}:{port}"
    home = (home or Path("data/sandbox")).absolute()
    environment = {
        "SEALMETRICS_BASE_URL": f"{base}/sealmetrics/api/v1",
        "SEALMETRICS_API_KEY": SEALMETRICS_API_KEY,
        "SEALMETRICS_SITE_IDS": ",".join(shop.slug for shop in shops),
        "SEALMETRICS_LEGACY_BASE_URL": f"{base}/sealmetrics-legacy/api",
        "SEALMETRICS_LEGACY_TOKEN": SEALMETRICS_LEGACY_TOKEN,
        "SEALMETRICS_LEGACY_ACCOUNT_IDS": SEALMETRICS_LEGACY_ACCOUNT_ID,
        "WEMASY_BASE_URL": f"{base}/wemasy/api",
        "WEMASY_API_TOKEN": WEMASY_API_TOKEN,
        "SESSION_STORY_BASE_URL": f"{base}/session-story/api",
        "SESSION_STORY_API_KEY": SESSION_STORY_API_KEY,
        "SESSION_STORY_SITE_IDS": ",".join(shop.story_id for shop in shops),
        "SEGMETRICS_API_BASE_URL": f"{base}/segmetrics/api",
        "SEGMETRICS_IMPORT_BASE_URL": f"{base}/segmetrics/import/api/v1",
        "SEGMETRICS_TRACK_BASE_URL": f"{base}/segmetrics/track",
        "SEGMETRICS_API_KEY": SEGMETRICS_API_KEY,
        "SEGMETRICS_ACCOUNT_ID": SEGMETRICS_ACCOUNT_ID,
        "SEGMETRICS_INTEGRATION_ID": SEGMETRICS_INTEGRATION_ID,
    }
    # SealMetrics states the time zone of each site itself
    environment |= {f"{vendor}_TIMEZONE": "Europe/Madrid" for vendor in _VENDORS[1:]}
    if limits == "relaxed":
        environment |= {
            f"{vendor}_REQUESTS_PER_MINUTE": _GENEROUS_PER_MINUTE for vendor in _VENDORS
        }
    return environment | {
        "ANALYTICS_LAKE": str(home / "lake"),
        "ANALYTICS_WAREHOUSE": str(home / "warehouse.duckdb"),
        "DAGSTER_HOME": str(home / "dagster"),
        "ANALYTICS_PII_KEY": "sandbox-personal-data-key",
        "ANALYTICS_START_DATE": start,
        "ANALYTICS_TIMEZONE": "Europe/Madrid",
        "ANALYTICS_CURRENCY": "EUR",
    }
