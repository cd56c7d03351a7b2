"""The rules of each world: the kind one is as vendors imagine it, the nasty one as shops are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

from analytics_assets.sandbox.chance import Weighted, draw
from analytics_assets.sandbox.shops import KIND_SHOPS, NASTY_SHOPS, Storefront

if TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The rules of a world. A share of 0 never happens.

    Attributes:
        shops: the first is the one that SealMetrics' legacy API and Wemasy look at.
        first_order_number: of the first birth date and each row of numbers.
        order_numbers_a_day: how many numbers a birth date has, at scale 1.
        consent_by_visit: consent and ad blockers are drawn anew for each visit.
        order_id_shares: of sales whose order id reaches each vendor; absent means all.
        placeholders: values sent where the order id is missing; empty means no field at all.
        spellings: how each vendor writes order ids; absent means as they are.
        forwarded_share: of first visits that begin with a link somebody else had clicked.
        unfilled_share: of visits by ads whose click id is the macro that was not filled in.
        passages: referrers of buyers who come back in mid visit; ``{shop}`` is the shop itself.
        passage_share: of web purchases that pass through one of them.
        trial_share: of subscriptions that begin with a free month.
        unpaid_share: of web orders that are never paid.
        refund_share: of orders that are paid back on a later day.
        partial_share: of refunds that pay back a part only.
        undefined_currency_share: of events whose currency is ``undefined``.
        stray_share: of addresses that the CRM or a file holds with stray characters.
        address_again_share: of second addresses that are the first one in another spelling.
        never_share: of contacts with an event in the year 9999.
        deleted_share: of visitors that are listed and can no longer be read.
        billed_by_file: platforms whose spend is in a CSV file too, by platform alone.
    """

    name: str
    shops: tuple[Storefront, ...]
    first_order_number: int
    order_numbers_a_day: int
    consent_by_visit: bool = False
    order_id_shares: Mapping[str, float] = field(default_factory=dict)
    placeholders: tuple[str, ...] = ()
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    forwarded_share: float = 0.0
    unfilled_share: float = 0.0
    passages: Weighted[str] = field(default_factory=lambda: Weighted(()))
    passage_share: float = 0.0
    trial_share: float = 0.0
    unpaid_share: float = 0.0
    refund_share: float = 0.06
    partial_share: float = 0.0
    undefined_currency_share: float = 0.0
    stray_share: float = 0.0
    address_again_share: float = 0.0
    never_share: float = 0.0
    deleted_share: float = 0.0
    billed_by_file: frozenset[str] = frozenset()


KIND = Rules("kind", KIND_SHOPS, 101_000, 1000, order_id_shares={"sealmetrics": 0.92})
NASTY = Rules(
    name="nasty",
    shops=NASTY_SHOPS,
    first_order_number=1000,
    order_numbers_a_day=100,
    consent_by_visit=True,
    order_id_shares={"sealmetrics": 0.9, "session_story": 0.94},
    placeholders=(
        *("N/A", "0", "undefined", "(not set)", "null", "unknown", "guest", "none", "-"),
        *("{{order_id}}", "[order]", "NaN"),
    ),
    spellings={
        "segmetrics": ("#{}", "#{}", "{}"),
        "sealmetrics": ("{}", "{}", "{}.0", "#{}"),
        "session_story": ("{}", "{}.0", "#{}", "%23{}"),
        "wemasy": ("%23{}", "{}", "%2523{}"),
        "imports": ("{}", "#{}"),
    },
    forwarded_share=0.1,
    unfilled_share=0.03,
    passages=Weighted(
        (
            ("https://www.paypal.com/", 4),
            ("https://checkout.stripe.com/", 3),
            ("https://pay.klarna.com/", 2),
            ("https://www.mollie.com/", 2),
            ("https://geo.cardinalcommerce.com/", 2),
            ("https://secure5.arcot.com/", 1),
            ("https://accounts.google.com/", 1),
            ("https://appleid.apple.com/", 1),
            ("", 1),
            ("https://{shop}/", 4),
        )
    ),
    passage_share=0.35,
    trial_share=0.8,
    unpaid_share=0.04,
    refund_share=0.15,
    partial_share=0.5,
    undefined_currency_share=0.02,
    stray_share=0.12,
    address_again_share=0.7,
    never_share=0.02,
    deleted_share=0.01,
    billed_by_file=frozenset({"tiktok", "bing"}),
)
WORLDS = {rules.name: rules for rules in (KIND, NASTY)}
_FIXED = {"name", "shops", "first_order_number", "order_numbers_a_day", "passages"}
_OPTIONAL = {item.name for item in fields(Rules)} - _FIXED


def rules_of(world: str, without: Iterable[str] = ()) -> Rules:
    """The rules of a world, some of them as in the kind one.

    Raises:
        ValueError: if there is no such rule.
    """
    names = set(without)
    if unknown := names - _OPTIONAL:
        message = f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(_OPTIONAL))}"
        raise ValueError(message)
    return replace(WORLDS[world], **{name: getattr(KIND, name) for name in names})


@dataclass(slots=True, eq=False)
class Counters:
    """Running numbers of one birth date; each date has a range of its own."""

    person: int
    session: int
    conversion: int
    first_order: int
    orders: Counter[str] = field(default_factory=Counter)

    def next_order_id(self, shop: Storefront) -> str:
        """The next order id of a shop."""
        self.orders[shop.series] += 1
        return shop.order_name.format(self.first_order + self.orders[shop.series])


@dataclass(frozen=True, slots=True)
class Scene:
    """The context of one birth date: rules, random numbers and running numbers.

    Whether something happens that the kind world does not have is drawn by key, not from ``rng``:
    so the sequence of the kind world's numbers does not change.
    """

    rules: Rules
    seed: int
    rng: Random
    counters: Counters

    def happens(self, share: float, *key: object) -> bool:
        """Whether an event of this share happens to the thing that the key names."""
        return draw(self.seed, *key) < share
