"""How loads run, are checked, repaired and reported."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from analytics_assets.settings.addresses import is_loopback
from analytics_assets.settings.base import Name, Section, Share


class Checks(Section):
    """Thresholds of the asset checks.

    Attributes:
        rejected_share: of a day's rows, before the blocking check fails.
        volume_deviations: by how many deviations a day's rows may differ from those of the same
            weekdays before, before a check warns.
        restated_share: by how much of its rows or money a day may change when it is loaded again,
            before a check warns.
    """

    rejected_share: Share = Decimal("0.05")
    volume_deviations: Annotated[float, Field(gt=0)] = 6.0
    restated_share: Share = Decimal("0.10")


class PersonalData(Section):
    """Fields that are personal beyond the lists of the platform.

    Attributes:
        personal_fields: names of nested and undeclared fields whose values are hashed, such as
            "loyalty card"; upper case, accents and what is between the words make no difference.
    """

    personal_fields: list[Name] = []


class Schedules(Section):
    """When days are asked for by themselves.

    Attributes:
        closing_margin_hours: how long after midnight of the last tenant a day is asked for: vendors
            need a while to count it.
        overdue_hours: how long after that a day that is not loaded is overdue.
    """

    closing_margin_hours: Annotated[int, Field(ge=0, le=72)] = 2
    overdue_hours: Annotated[int, Field(ge=1, le=168)] = 6

    @property
    def margin(self) -> timedelta:
        """How long after midnight of the last tenant a day is asked for."""
        return timedelta(hours=self.closing_margin_hours)

    @property
    def overdue(self) -> timedelta:
        """How long after midnight of the last tenant a day is overdue."""
        return timedelta(hours=self.closing_margin_hours + self.overdue_hours)


class Healing(Section):
    """Which days are loaded again by themselves: failed ones, and gaps between loaded ones.

    Attributes:
        gap_days: gaps that are older are left to a backfill; failed days are not.
        days_per_tick: how many days of a table one tick asks for at most.
        attempts: how many runs of a table in 24 hours end the trying, with growing pauses between.
    """

    enabled: bool = True
    gap_days: Annotated[int, Field(ge=1)] = 90
    days_per_tick: Annotated[int, Field(ge=1, le=366)] = 31
    attempts: Annotated[int, Field(ge=1, le=24)] = 4


class Alerts(Section):
    """Who is alerted of what; addresses that hold a secret come from the environment (ALERTS_...).

    Attributes:
        checks: failed checks to report: `blocking` ones, `all`, or `none`.
        email_to: who gets e-mail; nobody by default.
        email_from: the sender.
        smtp_host: the server that takes the e-mail.
        smtp_port: its port.
        smtp_user: who signs in there, with ALERTS_SMTP_PASSWORD; empty means nobody.
        smtp_security: TLS from the start (`tls`), from the STARTTLS command on, or `none`, which is
            only for a server on this machine.
    """

    checks: Literal["blocking", "all", "none"] = "blocking"
    email_to: tuple[Name, ...] = ()
    email_from: Name = "analytics-assets@localhost"
    smtp_host: Name = "localhost"
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_user: str = ""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"

    @model_validator(mode="after")
    def _no_e_mail_in_the_clear(self) -> Self:
        if self.smtp_security == "none" and not is_loopback(f"//{self.smtp_host}"):
            raise ValueError("smtp_security is none, which is only for a server on this machine")
        return self


class Loading(Section):
    """The memory that a load may use.

    Attributes:
        memory_mb: what a step's process may take, as near as it can be estimated; without it a load
            takes the memory that makes it fastest, some 500 MB whatever the number of rows.
        answer_mb: the largest answer that is read, as it comes and unpacked.
        answer_mb_of: the same for single endpoints, by `vendor/endpoint`.
    """

    memory_mb: Annotated[int, Field(ge=350)] | None = None
    answer_mb: Annotated[int, Field(ge=1)] = 256
    answer_mb_of: dict[Name, Annotated[int, Field(ge=1)]] = {}

    def answer_mb_for(self, asset: str) -> int:
        """The largest answer of an endpoint, `vendor/endpoint`."""
        return self.answer_mb_of.get(asset, self.answer_mb)
