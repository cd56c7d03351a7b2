"""`analytics.toml`: what is neither a secret nor an address.

Every section is optional and has a documented default. The file is read when a run starts, never
when definitions load.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from analytics_assets.core.errors import ConfigurationError

Share = Annotated[Decimal, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


def _each_once(entries: tuple[N, ...]) -> tuple[N, ...]:
    """Entries whose names tell their rows apart."""
    if len({entry.name for entry in entries}) < len(entries):
        raise ValueError("a name stands twice")
    return entries


class Checks(_Section):
    """Thresholds of the asset checks."""

    rejected_share: Share = Decimal("0.05")


class SealMetricsLegacy(_Section):
    """What to ask the legacy API of SealMetrics for; every kind is one more request for each day.

    Attributes:
        acquisition_reports: what visits are grouped by.
        funnel_reports: what the stages of a funnel are grouped by.
    """

    acquisition_reports: tuple[
        Literal["Source", "Medium", "Campaign", "Term", "Device", "Os"], ...
    ] = ("Source", "Medium", "Campaign", "Term", "Device", "Os")
    funnel_reports: tuple[Literal["Source", "Medium", "Campaign"], ...] = (
        "Source",
        "Medium",
        "Campaign",
    )


class Wemasy(_Section):
    """What to ask Wemasy for."""

    filters: dict[str, Any] = {}
    conversion_types: tuple[str, ...] = ()
    session_ids_per_request: Annotated[int, Field(ge=1)] = 100


class ReachTarget(_Section):
    """A page path or an event type whose reach is asked for."""

    metric: Literal["page", "event"]
    value: Name


class EventFunnel(_Section):
    """A funnel of event types; Session Story takes 2 to 10 steps."""

    name: Name
    steps: Annotated[tuple[Name, ...], Field(min_length=2, max_length=10)]


class SessionStory(_Section):
    """What to ask Session Story for.

    Attributes:
        scroll_depth_urls: pages; none means the site's 100 most viewed.
        engagement_funnel_urls: pages; none means the whole site.
        reach_targets: what `reach` measures; none means no rows.
        event_funnels: what `custom_event_funnel` follows; none means no rows.
        event_types: types whose data keys are asked for; none means all of the last 30 days.
    """

    scroll_depth_urls: tuple[Name, ...] = ()
    engagement_funnel_urls: tuple[Name, ...] = ()
    reach_targets: tuple[ReachTarget, ...] = ()
    event_funnels: tuple[EventFunnel, ...] = ()
    event_types: tuple[Name, ...] = ()

    @field_validator("event_funnels")
    @classmethod
    def _one_of_each_name(cls, funnels: tuple[EventFunnel, ...]) -> tuple[EventFunnel, ...]:
        return _each_once(funnels)


class DataQuery(_Section):
    """A question to SegMetrics' data query; the words are the vendor's own.

    Attributes:
        name: names the query in the table.
        type: what is asked about, such as leads, revenue, ads, subscriptions or funnel.
        dimensions: what rows are told apart by, such as clicks.channel.
    """

    name: Name
    type: Name
    dimensions: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    filters: tuple[Any, ...] = ()
    steps: tuple[Any, ...] = ()
    options: dict[str, Any] = {}
    compare: Any = None


class SegMetrics(_Section):
    """What to ask SegMetrics for, and how to tell it who a visitor is.

    Attributes:
        identify_parameters: names of the tracking host's parameters: `account_id`, `seg_uid` and
            `email`, or those that the vendor's documentation shows since 2026.
    """

    journey_reports: tuple[Literal["leads", "revenue", "ads", "subscriptions"], ...] = (
        "leads",
        "revenue",
        "subscriptions",
    )
    report_ids: dict[Literal["leads", "revenue", "ads", "subscriptions"], str] = {}
    amounts: Literal["minor", "major"] = "minor"
    queries: tuple[DataQuery, ...] = ()
    identify_parameters: Literal["original", "2026"] = "original"

    @field_validator("queries")
    @classmethod
    def _one_of_each_name(cls, queries: tuple[DataQuery, ...]) -> tuple[DataQuery, ...]:
        return _each_once(queries)


class Reconciliation(_Section):
    """How far vendors may differ before a day is marked."""

    reference_vendor: str = "segmetrics"
    count_tolerance: Share = Decimal("0.05")
    revenue_tolerance: Share = Decimal("0.02")


class AnalyticsConfig(_Section):
    """The whole file."""

    checks: Checks = Checks()
    sealmetrics_legacy: SealMetricsLegacy = SealMetricsLegacy()
    wemasy: Wemasy = Wemasy()
    session_story: SessionStory = SessionStory()
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
