"""The web shops of each world: what they sell, to whom, in which currency, how they are built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analytics_assets.sandbox.catalogue import (
    BY_POPULARITY,
    COUPONS,
    FREE_SHIPPING_FROM_MINOR,
    PRODUCTS,
    Product,
)
from analytics_assets.sandbox.chance import Weighted
from analytics_assets.sandbox.clock import LONDON, MADRID

_HOURS = Weighted(
    enumerate(
        (9, 5, 3, 2, 2, 3, 8, 18, 30, 40, 46, 48, 46, 44, 40, 40, 42, 46, 52, 58, 64, 66, 52, 28)
    )
)
_SPAIN = Weighted((("ES", 78), ("PT", 8), ("FR", 6), ("DE", 4), ("GB", 2), ("IT", 2)))
_GULF = Weighted((("KW", 90), ("SA", 10)))
_BRITAIN = Weighted((("GB", 86), ("IE", 7), ("ES", 3), ("FR", 2), ("DE", 2)))


@dataclass(frozen=True, slots=True, eq=False)
class Storefront:
    """One web shop.

    Attributes:
        slug: its name with every vendor that has names.
        zone: its time zone.
        tax_percent: of the price without tax.
        story_id: the id of its site at Session Story.
        weight: how many of the people are its customers, relative to the other shops.
        countries: where its customers live.
        currency: of all its prices (ISO 4217).
        decimals: of the currency (ISO 4217); prices in minor units are the same in all shops.
        checkout_domain: where the pages of the checkout lie; empty means ``domain``.
        order_name: how its order ids are written, with the number in braces.
        series: shops of one series draw their order numbers from one row of numbers.
        assortment: its products by popularity.
        largest_basket: how many items an order has at most.
        coupons: its coupons by how often they are used.
        free_shipping_from_minor: the value from which shipping costs nothing.
        sells_subscriptions: whether the Coffee Club can be ordered.
        hours: when people visit, by hour of the local day.
        demand: multiplies how much its visitors want to buy.
        sends_order_ids: whether its pages pass order ids to the tags on them.
        is_at_crm: whether its customers are SegMetrics' contacts.
        exports_orders: whether its orders come as a CSV file.
        goals: its names of conversions and steps, by our own; others keep ours.
    """

    slug: str
    title: str
    domain: str
    zone: str
    tax_percent: int
    story_id: str = ""
    weight: float = 1
    countries: Weighted[str] = _SPAIN
    currency: str = "EUR"
    decimals: int = 2
    checkout_domain: str = ""
    order_name: str = "{}"
    series: str = ""
    assortment: Weighted[Product] = BY_POPULARITY
    largest_basket: int = 99
    coupons: Weighted[str] = COUPONS
    free_shipping_from_minor: int = FREE_SHIPPING_FROM_MINOR
    sells_subscriptions: bool = True
    hours: Weighted[int] = _HOURS
    demand: float = 1.0
    sends_order_ids: bool = True
    is_at_crm: bool = True
    exports_orders: bool = False
    goals: Mapping[str, str] = field(default_factory=dict)

    def goal(self, kind: str) -> str:
        """The shop's own name of a conversion or step."""
        return self.goals.get(kind, kind)

    def page_host(self, path: str) -> str:
        """The host that a page lies on."""
        return (path.startswith("/checkout") and self.checkout_domain) or self.domain

    def url(self, path: str) -> str:
        """The address of a page."""
        return f"https://{self.page_host(path)}{path}"

    def amount(self, amount_minor: int) -> str:
        """Minor units as a decimal text, with all decimals of the currency."""
        unit: int = 10**self.decimals
        return f"{amount_minor // unit}.{amount_minor % unit:0{self.decimals}d}"

    def number(self, amount_minor: int) -> float:
        """Minor units as a JSON number."""
        unit: int = 10**self.decimals
        return amount_minor / unit


KIND_SHOPS = (
    Storefront(
        *("acme-shop", "Acme Shop", "www.acme-shop.example", MADRID, 21),
        story_id="abc123",
        weight=85,
        order_name="A-{}",
    ),
    Storefront(
        *("acme-uk", "Acme UK", "www.acme-uk.example", LONDON, 20),
        story_id="def456",
        weight=15,
        countries=_BRITAIN,
        order_name="A-{}",
    ),
)
"""Two shops of one company, with one row of order numbers."""

NASTY_SHOPS = (
    Storefront(
        *("noord-koffie", "Noord Koffie", "www.noord-koffie.example", MADRID, 21),
        story_id="noo111",
        weight=35,
        checkout_domain="afrekenen.noord-koffie.example",
        series="noord",
        goals={
            "purchase": "Bestelling",
            "lead": "Aanmelding nieuwsbrief",
            "add-to-cart": "In winkelwagen",
            "checkout": "Naar de kassa",
        },
    ),
    Storefront(
        *("cafe-sur", "Café Sur", "www.cafe-sur.example", MADRID, 21),
        story_id="sur222",
        weight=30,
        checkout_domain="pago.cafe-sur.example",
        series="sur",
        goals={"purchase": "Compra realizada", "lead": "Alta boletín", "checkout": "Pago"},
    ),
    Storefront(
        *("one-grinder", "One Grinder", "one-grinder.example", LONDON, 20),
        story_id="one333",
        weight=20,
        countries=_BRITAIN,
        currency="GBP",
        series="one",
        assortment=Weighted(((PRODUCTS[14], 1),)),
        largest_basket=1,
        coupons=Weighted((("", 1),)),
        free_shipping_from_minor=0,
        sells_subscriptions=False,
        hours=Weighted(((19, 1), (20, 12), (21, 1))),
        demand=2.5,
        sends_order_ids=False,
        is_at_crm=False,
    ),
    Storefront(
        *("souq-bunn", "Souq Bunn", "www.souq-bunn.example", "Asia/Kuwait", 5),
        story_id="sou444",
        weight=15,
        countries=_GULF,
        currency="KWD",
        decimals=3,
        order_name="K-{}",
        series="souq",
        is_at_crm=False,
        exports_orders=True,
        goals={"purchase": "تم الشراء", "lead": "اشتراك في النشرة"},
    ),
)
"""Two that number their orders alike and share a CRM, one that sells one thing, one in dinars."""
