"""`analytics.toml`: what is neither a secret nor an address.

Every section is optional and has a documented default. The file is read when a run starts, never
when definitions load.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from analytics_assets.errors import ConfigurationError
from analytics_assets.settings.activation import Activation, ActivationSource
from analytics_assets.settings.attribution import (
    MODEL_NAMES,
    Attribution,
    ChannelRule,
    Channels,
    Conversions,
    Identities,
    Imports,
    Matching,
    ModelName,
    Reconciliation,
)
from analytics_assets.settings.base import Section, fields_at
from analytics_assets.settings.operation import (
    Alerts,
    Checks,
    Healing,
    Loading,
    PersonalData,
    Schedules,
)
from analytics_assets.settings.shops import Shops
from analytics_assets.settings.values import did_you_mean
from analytics_assets.settings.vendors import (
    DataQuery,
    EventFunnel,
    ReachTarget,
    SealMetricsLegacy,
    SegMetrics,
    SessionStory,
    Wemasy,
)

__all__ = [
    "MODEL_NAMES",
    "Activation",
    "ActivationSource",
    "Alerts",
    "AnalyticsConfig",
    "Attribution",
    "ChannelRule",
    "Channels",
    "Checks",
    "Conversions",
    "DataQuery",
    "EventFunnel",
    "Healing",
    "Identities",
    "Imports",
    "Loading",
    "Matching",
    "ModelName",
    "PersonalData",
    "ReachTarget",
    "Reconciliation",
    "Schedules",
    "SealMetricsLegacy",
    "SegMetrics",
    "SessionStory",
    "Shops",
    "Wemasy",
    "read_config",
]


class AnalyticsConfig(Section):
    """The whole file."""

    checks: Checks = Checks()
    schedules: Schedules = Schedules()
    healing: Healing = Healing()
    alerts: Alerts = Alerts()
    sealmetrics_legacy: SealMetricsLegacy = SealMetricsLegacy()
    wemasy: Wemasy = Wemasy()
    session_story: SessionStory = SessionStory()
    segmetrics: SegMetrics = SegMetrics()
    loading: Loading = Loading()
    shops: Shops = Shops()
    reconciliation: Reconciliation = Reconciliation()
    matching: Matching = Matching()
    conversions: Conversions = Conversions()
    attribution: Attribution = Attribution()
    channels: Channels = Channels()
    identities: Identities = Identities()
    imports: Imports = Imports()
    activation: Activation = Activation()
    privacy: PersonalData = PersonalData()


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
        # a misspelt setting is missing under its right name as well
        found = error.errors()
        first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
        setting = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = [*fields_at(AnalyticsConfig, first["loc"][:-1])]
            what = f"{path}: there is no setting {setting}"
            todo = did_you_mean(str(first["loc"][-1]), known) or f"There are {', '.join(known)}"
            raise ConfigurationError(what, todo=todo) from None
        what = f"{path}: {setting}: {first['msg']}"
        raise ConfigurationError(what, todo="Correct this setting") from None
