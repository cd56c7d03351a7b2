"""`analytics.toml`: what is neither a secret nor an address.

Every section is optional and has a documented default. The file is read when a run starts, never
when definitions load.
"""

from __future__ import annotations

import tomllib
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from analytics_assets.core.addresses import is_loopback
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


class Schedules(_Section):
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


class Healing(_Section):
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


class Alerts(_Section):
    """What is told to whom; addresses that hold a secret come from the environment (ALERTS_...).

    Attributes:
        checks: failed checks to tell of: `blocking` ones, `all`, or `none`.
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
        amounts: whether amounts come in minor units or in whole currency.
        subscription_amounts: whether the amount of a subscription is its total, or that of one unit
            of its quantity.
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
    subscription_amounts: Literal["total", "unit"] = "total"
    queries: tuple[DataQuery, ...] = ()
    identify_parameters: Literal["original", "2026"] = "original"

    @field_validator("queries")
    @classmethod
    def _one_of_each_name(cls, queries: tuple[DataQuery, ...]) -> tuple[DataQuery, ...]:
        return _each_once(queries)


class Loading(_Section):
    """What a load may use.

    Attributes:
        memory_mb: what a step's process may take, as near as it can be told; without it a load
            takes the memory that makes it fastest, some 600 MB whatever the number of rows.
    """

    memory_mb: Annotated[int, Field(ge=350)] | None = None


class Reconciliation(_Section):
    """How far vendors may differ before a day is marked."""

    reference_vendor: str = "segmetrics"
    count_tolerance: Share = Decimal("0.05")
    revenue_tolerance: Share = Decimal("0.02")


class Imports(_Section):
    """The user's own files.

    Attributes:
        folder: where `ad_spend.csv`, `orders.csv` and `currency_rates.csv` stand; a relative path
            begins at the working folder.
        rate_age_days: for how many days a currency rate holds where no later one is given: banks
            publish none on weekends and holidays.
    """

    folder: Name = "imports"
    rate_age_days: Annotated[int, Field(ge=0, le=31)] = 4


class ChannelRule(_Section):
    """A channel and the patterns that lead to it, all of which must be found.

    Patterns are regular expressions (RE2), found anywhere in a key whatever the case; `^` and `$`
    tie them to its ends. A visit without the key does not match.
    """

    channel: Name
    source: Name | None = None
    medium: Name | None = None
    campaign: Name | None = None
    term: Name | None = None
    content: Name | None = None
    landing_page: Name | None = None

    @property
    def patterns(self) -> dict[str, str]:
        """The patterns by what they are looked for in."""
        return self.model_dump(exclude={"channel"}, exclude_none=True)

    @model_validator(mode="after")
    def _one_pattern_at_least(self) -> Self:
        if not self.patterns:
            raise ValueError("a rule needs a pattern, or it would take every visit")
        return self


class Channels(_Section):
    """How visits are grouped.

    Attributes:
        rules: tried in their order before the rules of the GA4 default channel group.
        aliases: spellings of sources and the source that each stands for.
    """

    rules: tuple[ChannelRule, ...] = ()
    aliases: dict[Name, Name] = {}


Identifier = Annotated[
    str,
    Field(
        pattern="^(email_hash|segmetrics_(contact|uid)|session_story_(visitor|session)"
        "|wemasy_(visitor|session)|order_id|click_id):.+$"
    ),
]


class Identities(_Section):
    """What may tell that two identifiers belong to one person.

    Identifiers are written as in `attribution.identities`, such as `segmetrics_contact:42`;
    `analytics-assets explain` shows those that link two.

    Attributes:
        exclude: pairs of identifiers whose link does not count: so a wrong merge is undone.
        ignore: identifiers that tell of nobody, such as the address of a test account.
        max_links: how many identifiers of one kind may hang on a click id, order id or e-mail
            address; one with more is shared by strangers and links nobody.
        max_persons_per_device: how many persons' visits are told apart on one device; on a device
            of more, as in a library, visits that nothing else identifies stay anonymous.
    """

    exclude: tuple[tuple[Identifier, Identifier], ...] = ()
    ignore: tuple[Identifier, ...] = ()
    max_links: dict[Literal["click_id", "order_id", "email_hash"], Annotated[int, Field(ge=1)]] = {
        "click_id": 10,
        "order_id": 5,
        "email_hash": 20,
    }
    max_persons_per_device: Annotated[int, Field(ge=1)] = 4


ModelName = Literal[
    "first_touch",
    "last_touch",
    "last_non_direct",
    "linear",
    "position_based",
    "w_shaped",
    "full_path",
    "time_decay",
    "markov",
    "shapley",
]
MODEL_NAMES: tuple[ModelName, ...] = get_args(ModelName)


class Attribution(_Section):
    """How credit is given.

    Attributes:
        window_days: by conversion type, how long before it a touch counts, half open: a touch that
            old to the second does not.
        default_window_days: the same for every other type.
        cut_at_previous: whether a path begins after the person's previous conversion: `never`, of
            the `same type`, or of `any` (opt-in, first order, repeat, renewal: a path each).
        same_visit_minutes: touches of one person with the same tags no further apart than this are
            one visit, seen by several vendors or on several pages.
        direct: `keep` direct touches; `exclude` them, so that what only they led to is
            unattributed; or exclude them and let them `rejoin` where a path has no others.
        transforms: what is done to paths before any model reads them, in this order; see
            `attribution.models.attribute`.
        lookback_touches: only that many last touches of a path; none means all.
        models: the models in `credits`.
        markov_order: how many touches back the Markov model remembers.
        weights: the user's own models by name: shares of first, middle and last touch, or of named
            places.
        fitted_types: the conversion types whose non-converting paths are kept.
        goal_types: the conversion types that are counted as `conversions` beside spend.
        lead_type: the conversion type that is the lead milestone of w_shaped and full_path.
        opportunity_type: the one that is the opportunity milestone of full_path; none by default.
    """

    window_days: dict[Name, Annotated[int, Field(ge=1, le=730)]] = {"lead": 30}
    default_window_days: Annotated[int, Field(ge=1, le=730)] = 90
    cut_at_previous: Literal["never", "same type", "any"] = "never"
    same_visit_minutes: Annotated[int, Field(ge=0, le=1440)] = 30
    direct: Literal["keep", "exclude", "rejoin"] = "keep"
    transforms: tuple[Name | tuple[Name, Name], ...] = ()
    lookback_touches: Annotated[int, Field(ge=1)] | None = None
    models: tuple[ModelName, ...] = MODEL_NAMES
    markov_order: Annotated[int, Field(ge=1, le=4)] = 1
    weights: dict[Name, dict[Name, float] | tuple[float, float, float]] = {}
    fitted_types: tuple[Name, ...] = ("purchase", "lead")
    goal_types: tuple[Name, ...] = ("purchase",)
    lead_type: str = "lead"
    opportunity_type: str = ""

    @property
    def longest_window_days(self) -> int:
        """How far back any path reaches."""
        return max([self.default_window_days, *self.window_days.values()])

    @model_validator(mode="after")
    def _one_meaning_of_each_model(self) -> Self:
        if taken := set(self.weights) & set(MODEL_NAMES):
            raise ValueError(f"{min(taken)} is a model already: name the weights otherwise")
        return self


class Matching(_Section):
    """How vendors' records of one conversion are found.

    Attributes:
        threshold: the probability from which on two records without a common order id are one
            conversion.
        event_types: events of Session Story that are conversions.
        steps: kinds of conversion that are only steps on the way: they are kept beside the
            conversions, and are none.
    """

    threshold: Share = Decimal("0.8")
    event_types: tuple[Name, ...] = ("purchase", "lead")
    steps: tuple[Name, ...] = (
        "add-to-cart",
        "begin-checkout",
        "checkout",
        "click",
        "pageview",
        "view-item",
    )


class ActivationSource(_Section):
    """Where the rows of one kind of object come from, and what may become of them.

    Attributes:
        sql: a file with a query over the warehouse; a relative path begins at the working folder.
        table: a table of the warehouse, as `schema.table`, in place of a query.
        columns: by field of the object, the column that it is taken from, where names differ.
        personal_data: whether e-mail addresses, names and IP addresses are sent that
            `ANALYTICS_PII` hashes everywhere else.
        approved: the fingerprint of the mapping, once its plan has been looked at; while it is not
            that of the mapping, every run is a dry run.
        changed_share: the largest share of what was sent before that one run may change.
        deleted_share: the same of what it may delete or take back.
        free_changes: so many objects may always be changed, and as many taken back.
    """

    sql: str = ""
    table: str = ""
    columns: dict[Name, Name] = {}
    personal_data: bool = False
    approved: str = ""
    changed_share: Share = Decimal("0.5")
    deleted_share: Share = Decimal("0.1")
    free_changes: Annotated[int, Field(ge=0)] = 10

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.sql and self.table:
            raise ValueError("give sql or table, not both")
        return self


class Activation(_Section):
    """What is sent to SegMetrics; a kind that is not named has the platform's own mapping.

    Attributes:
        workers: how many requests may be under way at once; the vendor's limit holds for all.
    """

    workers: Annotated[int, Field(ge=1, le=32)] = 8
    products: ActivationSource = ActivationSource()
    contacts: ActivationSource = ActivationSource()
    tags: ActivationSource = ActivationSource()
    invoices: ActivationSource = ActivationSource()
    subscriptions: ActivationSource = ActivationSource()
    ad_performance: ActivationSource = ActivationSource()
    identify: ActivationSource = ActivationSource()


class AnalyticsConfig(_Section):
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
    reconciliation: Reconciliation = Reconciliation()
    matching: Matching = Matching()
    attribution: Attribution = Attribution()
    channels: Channels = Channels()
    identities: Identities = Identities()
    imports: Imports = Imports()
    activation: Activation = Activation()


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
