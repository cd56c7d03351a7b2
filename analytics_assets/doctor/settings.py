"""Looks at what the environment and analytics.toml say."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from iso4217 import Currency

from analytics_assets.alerts.channels import Alerting
from analytics_assets.doctor.line import Line, attention, failed, good, note
from analytics_assets.errors import AnalyticsError, ConfigurationError
from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.ingest.declare import Vendor
from analytics_assets.lake.days import utc_now
from analytics_assets.platform import Platform
from analytics_assets.settings.state import state_folder
from analytics_assets.settings.values import did_you_mean
from analytics_assets.variables import VARIABLES

_LIKE = 0.9
"""One letter more, less or other; a name with a word more, such as an old key, is not meant."""

Sources = Sequence[tuple[Vendor, VendorConnection]]


def examine_settings(platform: Platform, sources: Sources) -> Iterator[Line]:
    """Whether the settings can be used at all."""
    yield from _tried(lambda: _first_day(platform))
    yield from _tried(lambda: f"time zone {platform.zone()}")
    yield from _tried(lambda: _currency(platform))
    yield from _tried(lambda: _configuration(platform))
    personal = any(r.personal_data and not r.missing() for _, r in sources)
    yield from _tried(lambda: _privacy(platform, personal_data=personal))
    if len(set(platform.setting("pii_key"))) == 1:
        what = "ANALYTICS_PII_KEY is one character, repeated: anyone can guess it"
        yield note(what, "Use a long random text for a new lake; a lake keeps the key it has")
    yield from _tried(lambda: f"requests are counted in {state_folder()}")
    yield from _open_to_others(Path(".env"))
    yield from _misspelt(os.environ)
    names = {vendor.name for vendor, _ in sources}
    for name in set(platform.listed("vendors")) - names:
        todo = f"Choose from {', '.join(sorted(names))}"
        yield attention(f"ANALYTICS_VENDORS names {name!r}, which is no vendor", todo)


def _misspelt(environment: Iterable[str]) -> Iterator[Line]:
    """A line for each variable that is nearly one of ours: it is set, and nothing reads it."""
    for name in sorted(set(environment) - set(VARIABLES)):
        if question := did_you_mean(name, VARIABLES, similarity=_LIKE):
            yield attention(f"{name} is set, and is no setting of this platform", question)


def examine_alerts(platform: Platform, alerts: Alerting) -> Iterator[Line]:
    """Whether anybody is alerted when something fails."""
    try:
        channels = alerts.channels(platform.config().alerts)
    except AnalyticsError as error:
        yield failed(error)
        return
    if channels:
        yield good(f"alerts go by {' and '.join(channels)}")
    else:
        yield note(
            "nobody is alerted of failures", "Set ALERTS_WEBHOOK_URL, or email_to in [alerts]"
        )
    if not alerts.setting("heartbeat_url"):
        yield note("nobody notices a daemon that is down", "Set ALERTS_HEARTBEAT_URL")


def _open_to_others(path: Path) -> Iterator[Line]:
    """A line about a file with secrets that every user of the machine can read or change."""
    if path.exists() and path.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP):
        what = f"other users of this machine can read {path.absolute()}, which holds secrets"
        yield note(what, f"Run `chmod 600 {path}`")


def _first_day(platform: Platform) -> str:
    first = platform.first_day()
    if first > utc_now().date():
        what = f"ANALYTICS_START_DATE is {first}, which is in the future: there is no day to load"
        raise ConfigurationError(what, todo="Set it to the first day that you want")
    return f"days since {first}"


def _currency(platform: Platform) -> str:
    code = platform.setting("currency")
    try:
        return f"currency {Currency(code).code}"
    except ValueError:
        what = f"ANALYTICS_CURRENCY is {code!r}, which is no currency"
        raise ConfigurationError(what, todo="Set it to a code of ISO 4217 such as EUR") from None


def _configuration(platform: Platform) -> str:
    path = Path(platform.setting("config_file"))
    platform.config()
    return f"{path} is read" if path.exists() else f"no {path}: every default holds"


def _privacy(platform: Platform, *, personal_data: bool) -> str:
    privacy = platform.privacy(personal_data=personal_data)
    return "personal data is kept plain" if privacy.plain else "personal data is hashed"


def _tried(look: Callable[[], str]) -> Iterator[Line]:
    try:
        yield good(look())
    except AnalyticsError as error:
        yield failed(error)
