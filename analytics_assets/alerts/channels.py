"""Alerts: the message, the ways it is sent (webhook, e-mail), and the heartbeat."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import httpx

from analytics_assets.errors import AnalyticsError, VendorUnreachableError
from analytics_assets.ingest.http.client import Api
from analytics_assets.ingest.http.limits import RateLimit
from analytics_assets.redaction import foreign, redact, register_secrets
from analytics_assets.settings import Alerts
from analytics_assets.settings.environment import Environment, variable

_SHOWN_LINES = 10
_LONGEST_LINE = 300


@dataclass(frozen=True)
class Digest:
    """Everything new since the last message.

    Attributes:
        runs: a line for each run that failed.
        checks: a line for each check that failed.
        overdue: a line for each table that lacks a day it should have by now.
    """

    runs: Sequence[str] = ()
    checks: Sequence[str] = ()
    overdue: Sequence[str] = ()

    @property
    def subject(self) -> str:
        """The events, counted; empty if there are none."""
        counted = (
            _counted(len(self.runs), "run failed", "runs failed"),
            _counted(len(self.checks), "check failed", "checks failed"),
            _counted(len(self.overdue), "table is overdue", "tables are overdue"),
        )
        return ", ".join(filter(None, counted))

    @property
    def text(self) -> str:
        """The whole message, without secrets and e-mail addresses."""
        parts = [self.subject]
        for lines in (self.runs, self.checks, self.overdue):
            parts += [_short(line) for line in lines[:_SHOWN_LINES]]
            if len(lines) > _SHOWN_LINES:
                parts.append(f"and {len(lines) - _SHOWN_LINES} more")
        return "\n".join(parts)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}" if count else ""


def _short(line: str) -> str:
    return f"- {foreign(line, _LONGEST_LINE)}"


WEBHOOK, HEARTBEAT = "ALERTS_WEBHOOK_URL", "ALERTS_HEARTBEAT_URL"
_TIMEOUT_SECONDS = 10.0
_NAME = "localhost"  # by default the name of this machine, which may take long to be found
_NO_LIMIT = RateLimit("alerts", 6_000)

Channel = Callable[[Digest], None]


def webhook(url: str) -> Channel:
    """Post messages to the address; the address is a secret."""

    def send(digest: Digest) -> None:
        _ask(WEBHOOK, url, "POST", {"text": for_chat(f"analytics-assets: {digest.text}")})

    return send


def for_chat(text: str) -> str:
    """A text that calls nobody and links nowhere, in any of the chats that take webhooks.

    Slack reads commands such as `<!channel>` and links between angle brackets
    (https://docs.slack.dev/messaging/formatting-message-text, "Escaping text"); it and the others
    make links of addresses, and Mattermost and Rocket.Chat call everybody at `@all`.
    """
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, entity)
    return text.replace("://", "[:]//").replace("www.", "www[.]").replace("@", "(at)")


def beat(url: str) -> None:
    """Report to `url` that all is well.

    Raises:
        AnalyticsError: nobody listens there.
    """
    _ask(HEARTBEAT, url, "GET", None)


def _ask(variable: str, url: str, method: str, body: Any) -> None:
    register_secrets(url)
    api = Api(
        "alerts",
        url,
        headers=dict,
        limit=_NO_LIMIT,
        credential_variables=variable,
        base_url_variable=variable,
        timeout=httpx.Timeout(_TIMEOUT_SECONDS),
    )
    try:
        # the path is all that `Api` takes off an address
        path = "/" if url.endswith("/") else ""
        api.fetch(method, path, lambda _: None, json=body, repeatable=False)
    finally:
        api.close()


def mail(settings: Alerts, password: str) -> Channel:
    """Send messages as e-mail."""
    register_secrets(password)

    def send(digest: Digest) -> None:
        message = EmailMessage()
        message["Subject"] = f"analytics-assets: {digest.subject}"
        message["From"] = settings.email_from
        message["To"] = ", ".join(settings.email_to)
        message.set_content(digest.text)
        try:
            with _connected(settings) as server:
                if settings.smtp_user:
                    server.login(settings.smtp_user, password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            what = f"alerts: {settings.smtp_host}:{settings.smtp_port} took no e-mail: {error}"
            todo = "Check smtp_* in [alerts] of analytics.toml, and ALERTS_SMTP_PASSWORD"
            raise VendorUnreachableError(redact(what), todo=todo) from None

    return send


def _connected(settings: Alerts) -> smtplib.SMTP:
    host, port = settings.smtp_host, settings.smtp_port
    if settings.smtp_security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, _NAME, timeout=_TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, port, _NAME, timeout=_TIMEOUT_SECONDS)
    if settings.smtp_security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
    return server


def deliver(channels: dict[str, Channel], digest: Digest) -> tuple[list[str], list[str]]:
    """Send a message over all channels; returns those that took it, and why others did not."""
    delivered, failures = [], []
    for name, send in channels.items():
        try:
            send(digest)
        except AnalyticsError as error:
            failures.append(f"{name}: {error}")
        else:
            delivered.append(name)
    return delivered, failures


class Alerting(Environment):
    """The secrets of alerting; what is no secret is in `[alerts]` of analytics.toml."""

    webhook_url: str | None = variable(
        WEBHOOK, "Address that alerts are posted to, as Slack's are", secret=True
    )
    heartbeat_url: str | None = variable(
        HEARTBEAT, "Address that is asked for as long as all is well", secret=True
    )
    smtp_password: str | None = variable(
        "ALERTS_SMTP_PASSWORD", "Password of smtp_user", secret=True
    )

    def channels(self, settings: Alerts) -> dict[str, Channel]:
        """Where alerts go, by name; empty where nothing is configured."""
        channels: dict[str, Channel] = {}
        if url := self.setting("webhook_url"):
            channels["webhook"] = webhook(url)
        if settings.email_to:
            channels["e-mail"] = mail(settings, self.setting("smtp_password"))
        return channels

    def beat(self) -> str:
        """Send the heartbeat if an address is set; return the error, if there was one."""
        try:
            if url := self.setting("heartbeat_url"):
                beat(url)
        except AnalyticsError as error:
            return str(error)
        return ""
