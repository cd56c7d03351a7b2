"""Where alerts go: a webhook, e-mail, and the heartbeat that tells others that all is well.

A webhook gets `{"text": "..."}`, which Slack, Mattermost, Rocket.Chat and Google Chat understand:
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. A heartbeat is a plain
GET, as https://healthchecks.io/docs/http_api/ and others count them: who gets none for a while
raises the alarm, which is how a dead daemon or machine is noticed.

Each is tried once with a short timeout, because the next tick tries again.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import httpx

from analytics_assets.alerts.events import Digest
from analytics_assets.errors import AnalyticsError, VendorUnreachableError
from analytics_assets.ingest.http.client import Api
from analytics_assets.ingest.http.limits import RateLimit
from analytics_assets.redaction import redact, register_secrets
from analytics_assets.settings import Alerts

WEBHOOK, HEARTBEAT = "ALERTS_WEBHOOK_URL", "ALERTS_HEARTBEAT_URL"
_TIMEOUT_SECONDS = 10.0
_NAME = "localhost"  # by default the name of this machine, which may take long to be found
_NO_LIMIT = RateLimit("alerts", 6_000)

Channel = Callable[[Digest], None]


def webhook(url: str) -> Channel:
    """Post messages to the address; the address is a secret."""

    def send(digest: Digest) -> None:
        _ask(WEBHOOK, url, "POST", {"text": f"analytics-assets: {digest.text}"})

    return send


def beat(url: str) -> None:
    """Tell that all is well.

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
