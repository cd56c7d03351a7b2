"""`analytics.toml`: what is neither a secret nor an address.

Every section is optional and has a documented default. The file is read when a run starts, never
when definitions load.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analytics_assets.core.errors import ConfigurationError

Share = Annotated[Decimal, Field(ge=0, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Checks(_Section):
    """Thresholds of the asset checks."""

    rejected_share: Share = Decimal("0.05")


class Wemasy(_Section):
    """What to ask Wemasy for."""

    filters: dict[str, Any] = {}
    conversion_types: tuple[str, ...] = ()
    session_ids_per_request: Annotated[int, Field(ge=1)] = 100


class SegMetrics(_Section):
    """What to ask SegMetrics for."""

    journey_reports: tuple[Literal["leads", "revenue", "ads", "subscriptions"], ...] = (
        "leads",
        "revenue",
        "subscriptions",
    )
    report_ids: dict[Literal["leads", "revenue", "ads", "subscriptions"], str] = {}
    amounts: Literal["minor", "major"] = "minor"


class Reconciliation(_Section):
    """How far vendors may differ before a day is marked."""

    reference_vendor: str = "segmetrics"
    count_tolerance: Share = Decimal("0.05")
    revenue_tolerance: Share = Decimal("0.02")


class AnalyticsConfig(_Section):
    """The whole file."""

    checks: Checks = Checks()
    wemasy: Wemasy = Wemasy()
    segmetrics: SegMetrics = SegMetrics()
    reconciliation: Reconciliation = Reconciliation()


def read_config(path: Path) -> AnalyticsConfig:
    """Read the file, or return the defaults where there is none.

    Raises:
        ConfigurationError: the file is not TOML, or a setting is unknown or out of range.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return AnalyticsConfig()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        what = f"{path} cannot be read: {error}"
        raise ConfigurationError(what, todo="Correct the file or remove it") from None
    try:
        return AnalyticsConfig.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"])
        what = f"{path}: {setting}: {first['msg']}"
        raise ConfigurationError(what, todo="Correct this setting") from None
