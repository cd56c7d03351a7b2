"""The records of a world: devices, persons, page views, orders, visits and conversions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from analytics_assets.sandbox.catalogue import CITIES
from analytics_assets.sandbox.chance import draw, token

if TYPE_CHECKING:
    from analytics_assets.sandbox.catalogue import Product
    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.traffic import Touch


class Setup(NamedTuple):
    """Device type, browser and operating system, as a browser states them."""

    kind: str
    browser: str
    os: str


class PageView(NamedTuple):
    """One page shown."""

    at_ms: int
    path: str


class Micro(NamedTuple):
    """A small step before a conversion."""

    at_ms: int
    kind: str
    path: str
    product: Product | None


class Line(NamedTuple):
    """One line of an order; the amount is net and for the whole quantity."""

    product: Product
    quantity: int
    amount_minor: int


@dataclass(slots=True, eq=False)
class Order:
    """A sale; kinds: web, phone, renewal. Total = subtotal - discount + tax + shipping.

    A subscription may begin with an order of nothing (``is_trial``); the first of its renewals that
    costs money is its ``is_first_charge``.
    """

    order_id: str
    kind: str
    at_ms: int
    lines: tuple[Line, ...]
    discount_minor: int
    tax_minor: int
    shipping_minor: int
    coupon: str
    is_paid: bool = True
    refunded_ms: int | None = None
    refund_percent: int = 100
    subscription_id: str | None = None
    is_trial: bool = False
    is_first_charge: bool = False

    @property
    def subtotal_minor(self) -> int:
        """The sum of the lines."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """The amount that the customer pays."""
        return self.subtotal_minor - self.discount_minor + self.tax_minor + self.shipping_minor

    def refunded_minor(self, before_ms: int) -> int:
        """The amount paid back before an instant."""
        if self.refunded_ms is None or self.refunded_ms >= before_ms:
            return 0
        return self.total_minor * self.refund_percent // 100


@dataclass(slots=True, eq=False)
class Device:
    """A browser on a device; a household may share one."""

    seed: int
    owner: int
    place: int
    setup: Setup

    @property
    def key(self) -> str:
        """The name of this device in the truth."""
        return f"d-{self.owner}-{self.place}"

    @property
    def ip_address(self) -> str:
        """An address of the owner's household, from the range reserved for documentation."""
        part = int(draw(self.seed, self.owner, "ip") * 65536)
        return f"2001:db8:{part:x}:{self.owner & 0xFFFF:x}::1"

    def mark(self, vendor: str, digits: int) -> str:
        """The identifier a vendor's cookie holds on this device."""
        return token(digits, self.seed, vendor, self.key)


@dataclass(slots=True, eq=False)
class Person:
    """One human being, with everything they did."""

    number: int
    storefront: Storefront
    country: str
    first_name: str
    last_name: str
    emails: tuple[str, ...]
    devices: tuple[Device, ...]
    consents: bool
    blocks_ads: bool
    sessions: list[Session] = field(default_factory=list)
    conversions: list[Conversion] = field(default_factory=list)

    @property
    def person_id(self) -> str:
        """The name of this person in the truth."""
        return f"p-{self.number}"

    @property
    def city(self) -> tuple[str, str]:
        """Town and postal code."""
        return CITIES[self.country]

    @property
    def orders(self) -> list[Order]:
        """All orders, however they were placed."""
        return [c.order for c in self.conversions if c.order is not None]


@dataclass(slots=True, eq=False)
class Session:
    """One visit to one storefront on one device, and what its browser lets the vendors see.

    A buyer who comes back from a payment page begins, for every vendor, another visit: it
    ``continues`` the real one. ``forwarded_from`` is the visit whose link, with its click id, this
    one began with.
    """

    number: int
    person: Person
    storefront: Storefront
    device: Device
    started_ms: int
    ended_ms: int
    touch: Touch
    consents: bool
    blocks_ads: bool
    pages: list[PageView] = field(default_factory=list)
    micros: list[Micro] = field(default_factory=list)
    conversions: list[Conversion] = field(default_factory=list)
    continues: Session | None = None
    forwarded_from: Session | None = None

    @property
    def session_id(self) -> str:
        """The name of this visit in the truth."""
        return f"s-{self.number}"

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the landing page's URL."""
        names = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
        tags = {
            name: tag for name, tag in zip(names, self.touch.utm, strict=True) if tag is not None
        }
        if self.touch.click_id:
            tags[self.touch.click_name] = self.touch.click_id
        return tags

    @property
    def landing_url(self) -> str:
        """The whole URL the visit began with."""
        query = self.query
        url = self.storefront.url(self.pages[0].path)
        return f"{url}?{urlencode(query)}" if query else url


@dataclass(slots=True, eq=False)
class Conversion:
    """A purchase, lead or renewal, on the web (with a session) or not.

    ``credit`` is the true share of each touch (session number and share); what is missing to 1 is
    demand that no touch caused.
    """

    number: int
    kind: str
    at_ms: int
    person: Person
    email: str
    session: Session | None
    order: Order | None
    credit: tuple[tuple[int, float], ...] = ()

    @property
    def conversion_id(self) -> str:
        """The name of this conversion in the truth."""
        return f"c-{self.number}"
