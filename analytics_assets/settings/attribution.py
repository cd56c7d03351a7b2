"""How visits, people, sales and money are put together."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from analytics_assets.settings.base import Name, Section, Share


class Reconciliation(Section):
    """How far vendors may differ before a day is marked."""

    reference_vendor: str = "segmetrics"
    count_tolerance: Share = Decimal("0.05")
    revenue_tolerance: Share = Decimal("0.02")


class Imports(Section):
    """The user's own files.

    Attributes:
        folder: where `ad_spend.csv`, `orders.csv` and `currency_rates.csv` are; a relative path
            begins at the working folder.
        rate_age_days: for how many days a currency rate holds where no later one is given: banks
            publish none on weekends and holidays.
    """

    folder: Name = "imports"
    rate_age_days: Annotated[int, Field(ge=0, le=31)] = 4


class ChannelRule(Section):
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


class Channels(Section):
    """How visits are grouped.

    Attributes:
        rules: tried in their order before the rules of the GA4 default channel group.
        aliases: spellings of sources and the source that each means.
        passages: more hosts of payment, 3-D Secure and sign-in pages, which are no origin of a
            visit, nor are their subdomains.
    """

    rules: tuple[ChannelRule, ...] = ()
    aliases: dict[Name, Name] = {}
    passages: tuple[Name, ...] = ()


Identifier = Annotated[
    str,
    Field(
        pattern="^(email_hash|segmetrics_(contact|uid)|session_story_(visitor|session)"
        "|wemasy_(visitor|session)|order_id|click_id):.+$"
    ),
]


class Identities(Section):
    """Evidence that two identifiers belong to one person.

    Identifiers are written as in `attribution.identities`, such as `segmetrics_contact:42`;
    `analytics-assets explain` shows those that link two.

    Attributes:
        exclude: pairs of identifiers whose link does not count: so a wrong merge is undone.
        ignore: identifiers of nobody, such as the address of a test account.
        max_links: how many identifiers of one kind may hang on a click id, order id or e-mail
            address; one with more is shared by strangers and links nobody.
        max_persons_per_device: how many persons' visits are kept apart on one device; on a device
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


class Attribution(Section):
    """How credit is given.

    Attributes:
        window_days: by conversion type, how long before it a touch counts, half open: a touch that
            old to the second does not.
        default_window_days: the same for every other type.
        cut_at_previous: whether a path begins after the person's previous conversion: `never`, of
            the `same type`, or of `any` (opt-in, first order, repeat, renewal: a path each).
        same_visit_minutes: touches of one person with the same tags no further apart than this are
            one visit, seen by several vendors or on several pages.
        direct: `rejoin`: direct touches count only on a path that has no others (GA4's rule for its
            last click, here for every model); `keep` counts them like others; `exclude` removes
            them, so that a path of direct touches only is unattributed.
        transforms: what is done to paths before any model reads them, in this order; see
            `attribution.models.attribute`.
        lookback_touches: only that many last touches of a path; none means all.
        models: the models in `credits`.
        half_life_days: the age at which a touch weighs half in `time_decay` (Google Ads: 7 days).
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
    direct: Literal["keep", "exclude", "rejoin"] = "rejoin"
    transforms: tuple[Name | tuple[Name, Name], ...] = ()
    lookback_touches: Annotated[int, Field(ge=1)] | None = None
    models: tuple[ModelName, ...] = MODEL_NAMES
    half_life_days: Annotated[float, Field(gt=0, le=730)] = 7.0
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

    @property
    def model_names(self) -> list[str]:
        """The models in `credits`: those that were chosen, then the user's own."""
        return [*self.models, *self.weights]

    @model_validator(mode="after")
    def _one_meaning_of_each_model(self) -> Self:
        if taken := set(self.weights) & set(MODEL_NAMES):
            raise ValueError(f"{min(taken)} is a model already: name the weights otherwise")
        return self


class Conversions(Section):
    """Which goals and events are which kind of conversion.

    Attributes:
        kinds: names of goals, labels and event types, in any language and whatever the case, and
            the kind that each is: `purchase`, `lead` or `other`. Usual English names need none.
            Events of Session Story that are named here are read as conversions.
    """

    kinds: dict[Name, Literal["purchase", "lead", "other"]] = {}

    @property
    def goals(self) -> list[str]:
        """The names of purchases and leads."""
        return [name for name, kind in self.kinds.items() if kind != "other"]


class Matching(Section):
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
