"""How people are told."""

from __future__ import annotations

from analytics_assets.alerts.channels import HEARTBEAT, WEBHOOK, Channel, beat, mail, webhook
from analytics_assets.errors import AnalyticsError
from analytics_assets.settings import Alerts
from analytics_assets.settings.environment import Environment, variable


class Alerting(Environment):
    """The secrets of alerting; what is no secret stands in `[alerts]` of analytics.toml."""

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
        """Tell that all is well where somebody listens; what went wrong, if anything did."""
        try:
            if url := self.setting("heartbeat_url"):
                beat(url)
        except AnalyticsError as error:
            return str(error)
        return ""
