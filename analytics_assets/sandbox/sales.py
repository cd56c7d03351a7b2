"""How a sale comes about: the basket, the way through the checkout, renewals and refunds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_assets.sandbox import catalogue
from analytics_assets.sandbox.chance import exponential
from analytics_assets.sandbox.clock import DAY_MS, HOUR_MS
from analytics_assets.sandbox.records import Conversion, Line, Micro, Order, PageView, Session
from analytics_assets.sandbox.traffic import passed_through

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from analytics_assets.sandbox.records import Person
    from analytics_assets.sandbox.rules import Scene

RENEWALS_MAX_DAYS = 31 * catalogue.SUBSCRIPTION_MAX_RENEWALS
REFUND_MAX_DAYS = 25
_PHONE_SHARE = 0.06
_SUBSCRIPTION_SHARE = 0.06
_RENEWAL_SHARE = 0.85
_UNPAID_PHONE_SHARE = 0.15
_CHECKOUT, _THANKS = "/checkout", "/checkout/thank-you"


def step(rng: Random, session: Session, path: str) -> int:
    """One more page of a visit; returns when it was opened."""
    at_ms = session.ended_ms
    session.pages.append(PageView(at_ms, path))
    session.ended_ms += 10_000 + int(exponential(rng, 35_000))
    return at_ms


def buy(scene: Scene, session: Session, credit: tuple[tuple[int, float], ...]) -> Session:
    """Let a visit end in a purchase; returns the visit in which it ends.

    ``credit`` is the true share of each touch in it.
    """
    rng, person = scene.rng, session.person
    lines, subscribes = _basket(scene, session)
    by_phone = rng.random() < _PHONE_SHARE
    if by_phone:
        at_ms = session.ended_ms + HOUR_MS + int(rng.random() * 20 * HOUR_MS)
    else:
        opened_ms = step(rng, session, _CHECKOUT)
        session.micros.append(Micro(opened_ms + 500, "checkout", _CHECKOUT, None))
        session = _pass_through(scene, session)
        at_ms = step(rng, session, _THANKS) + 400
    order = _order(scene, session, lines, kind="phone" if by_phone else "web", at_ms=at_ms)
    if by_phone and rng.random() < _UNPAID_PHONE_SHARE:
        order.is_paid = False
    scene.counters.conversion += 1
    conversion = Conversion(
        *(scene.counters.conversion, "purchase", at_ms, person, _email(person)),
        *(None if by_phone else session, order, credit),
    )
    person.conversions.append(conversion)
    if not by_phone:
        session.conversions.append(conversion)
    if subscribes:
        order.subscription_id = f"S-{order.order_id.removeprefix('A-')}"
        person.conversions.extend(_renewals(scene, session, conversion, order))
    return session


def _email(person: Person) -> str:
    """The address of an order: persons with two use them in turn."""
    return person.emails[len(person.conversions) % len(person.emails)]


def _basket(scene: Scene, session: Session) -> tuple[list[Line], bool]:
    """The lines of an order, and whether one of them is a subscription."""
    rng, shop = scene.rng, session.storefront
    basket = [shop.assortment.pick(rng) for _ in range(1 + int(exponential(rng, 0.7)))]
    del basket[shop.largest_basket :]
    for product in dict.fromkeys(basket):
        at_ms = step(rng, session, product.path)
        session.micros.append(Micro(at_ms + 4_000, "add-to-cart", product.path, product))
    lines = [
        Line(product, basket.count(product), basket.count(product) * product.price_minor)
        for product in dict.fromkeys(basket)
    ]
    subscribes = rng.random() < _SUBSCRIPTION_SHARE and shop.sells_subscriptions
    if not subscribes:
        return lines, False
    product = catalogue.SUBSCRIPTION
    if scene.happens(scene.rules.trial_share, "trial", session.number):
        return [Line(product, 1, 0)], True
    return [*lines, Line(product, 1, product.price_minor)], True


def _pass_through(scene: Scene, session: Session) -> Session:
    """The visit that every vendor sees begin when the buyer comes back from paying."""
    rules, number = scene.rules, session.number
    if not scene.happens(rules.passage_share, "passage", number):
        return session
    scene.counters.session += 1
    passage = rules.passages.pick(scene.rng).format(shop=session.storefront.domain)
    back_ms = session.ended_ms
    back = Session(
        *(scene.counters.session, session.person, session.storefront, session.device),
        *(back_ms, back_ms),
        touch=passed_through(passage),
        consents=session.consents,
        blocks_ads=session.blocks_ads,
        continues=session,
    )
    session.person.sessions.append(back)
    return back


def _renewals(
    scene: Scene, session: Session, first: Conversion, order: Order
) -> Iterator[Conversion]:
    product = catalogue.SUBSCRIPTION
    for month in range(1, catalogue.SUBSCRIPTION_MAX_RENEWALS + 1):
        if scene.rng.random() > _RENEWAL_SHARE:
            return
        lines = [Line(product, 1, product.price_minor)]
        at_ms = order.at_ms + month * 30 * DAY_MS
        renewal = _order(scene, session, lines, kind="renewal", at_ms=at_ms)
        renewal.subscription_id = order.subscription_id
        renewal.is_first_charge = order.is_trial and month == 1
        scene.counters.conversion += 1
        number = scene.counters.conversion
        yield Conversion(number, "renewal", at_ms, first.person, first.email, None, renewal)


def _order(scene: Scene, session: Session, lines: list[Line], *, kind: str, at_ms: int) -> Order:
    rng, rules, shop = scene.rng, scene.rules, session.storefront
    order_id = scene.counters.next_order_id(shop)
    subtotal_minor = sum(line.amount_minor for line in lines)
    coupon = shop.coupons.pick(rng) if kind == "web" else ""
    discount_minor = subtotal_minor * catalogue.COUPON_PERCENT[coupon] // 100
    net_minor = subtotal_minor - discount_minor
    is_trial = subtotal_minor == 0
    is_free = kind == "renewal" or is_trial or net_minor >= shop.free_shipping_from_minor
    refunded = rng.random() < rules.refund_share
    delay_ms = int((2 + rng.random() * (REFUND_MAX_DAYS - 2)) * DAY_MS)
    is_part = scene.happens(rules.partial_share, "part", shop.slug, order_id)
    is_unpaid = kind == "web" and scene.happens(rules.unpaid_share, "unpaid", shop.slug, order_id)
    return Order(
        order_id=order_id,
        kind=kind,
        at_ms=at_ms,
        lines=tuple(lines),
        discount_minor=discount_minor,
        tax_minor=(net_minor * shop.tax_percent + 50) // 100,
        shipping_minor=0 if is_free else catalogue.SHIPPING_MINOR,
        coupon=coupon,
        is_paid=not is_unpaid,
        refunded_ms=at_ms + delay_ms if refunded and not is_trial and not is_unpaid else None,
        refund_percent=30 if is_part else 100,
        is_trial=is_trial,
    )
