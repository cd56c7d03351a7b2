"""What a person does: visits, page views, purchases, renewals and refunds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from analytics_assets.sandbox import catalogue
from analytics_assets.sandbox.chance import Weighted, exponential
from analytics_assets.sandbox.clock import DAY_MS, HOUR_MS, MINUTE_MS, day_end_ms, midnight_ms
from analytics_assets.sandbox.records import (
    Conversion,
    Counters,
    Line,
    Micro,
    Order,
    PageView,
    Session,
)
from analytics_assets.sandbox.traffic import FIRST_VISIT, LATER_VISIT, Touch, arrive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from analytics_assets.sandbox.catalogue import Product, Storefront
    from analytics_assets.sandbox.records import Person

JOURNEY_MAX_DAYS = 40
ORDERS_MAX_DAYS = JOURNEY_MAX_DAYS + 2 + 31 * catalogue.SUBSCRIPTION_MAX_RENEWALS
REFUND_MAX_DAYS = 25
_VISITS_MAX = 9
_BASE_HAZARD = 0.034
_CONTINUE_SHARE = 0.47
_CONTINUE_AFTER_SALE_SHARE = 0.25
_BOUNCE_SHARE = 0.4
_PRODUCT_PAGE_SHARE = 0.55
_ADD_TO_CART_SHARE = 0.07
_INTENTS = Weighted(((0.0, 42), (0.6, 33), (1.4, 17), (3.0, 8)))
_LEAD_HAZARD = 0.036
_ABANDONED_CHECKOUT_SHARE = 0.3
_PHONE_SHARE = 0.06
_SUBSCRIPTION_SHARE = 0.06
_RENEWAL_SHARE = 0.85
_REFUND_SHARE = 0.06
_UNPAID_PHONE_SHARE = 0.15
_HOURS = Weighted(
    enumerate(
        (9, 5, 3, 2, 2, 3, 8, 18, 30, 40, 46, 48, 46, 44, 40, 40, 42, 46, 52, 58, 64, 66, 52, 28)
    )
)
_ENTRY_PATHS = Weighted((("/", 40), ("/collections/coffee", 18), ("/blog/cold-brew-guide", 9)))


def live(rng: Random, person: Person, born: date, counters: Counters) -> None:
    """Let a person act from the day of birth on; fills in their sessions and conversions."""
    intent, can_sign_up = _INTENTS.pick(rng), True
    zone = person.storefront.zone
    touches: list[tuple[int, float]] = []
    earliest_ms, offset = 0, 0
    for visit in range(_VISITS_MAX):
        origin = (LATER_VISIT if visit else FIRST_VISIT).pick(rng)
        if not origin.converts:
            intent, can_sign_up = 0.0, False
        touch = arrive(rng, origin)
        started_ms = max(_time_of_day(rng, born + timedelta(days=offset), zone), earliest_ms)
        session = _visit(rng, person, started_ms, touch, counters)
        touches.append((session.number, origin.lift))
        persuasion = _BASE_HAZARD + sum(lift for _, lift in touches)
        bought = rng.random() < intent * persuasion
        if bought:
            _buy(rng, session, counters, _shares(touches, persuasion))
        elif can_sign_up and rng.random() < _LEAD_HAZARD:
            can_sign_up = False
            _sign_up(rng, session, counters, _shares(touches, persuasion))
        else:
            _abandon(rng, session)
        if rng.random() > (_CONTINUE_AFTER_SALE_SHARE if bought else _CONTINUE_SHARE):
            return
        earliest_ms = session.ended_ms + 35 * MINUTE_MS
        offset += int(exponential(rng, 4.5))
        if offset >= JOURNEY_MAX_DAYS:
            return


def _shares(touches: list[tuple[int, float]], persuasion: float) -> tuple[tuple[int, float], ...]:
    return tuple((number, lift / persuasion) for number, lift in touches)


def _time_of_day(rng: Random, day: date, zone: str) -> int:
    share = (_HOURS.pick(rng) + rng.random()) / 24
    start_ms = midnight_ms(day, zone)
    return start_ms + int(share * (day_end_ms(day, zone) - start_ms))


def _visit(
    rng: Random, person: Person, started_ms: int, touch: Touch, counters: Counters
) -> Session:
    device = person.devices[int(rng.random() * len(person.devices))]
    counters.session += 1
    session = Session(
        counters.session, person, person.storefront, device, started_ms, started_ms, touch, []
    )
    person.sessions.append(session)
    clock_ms = started_ms
    product: Product | None = None
    for place in range(1 if rng.random() < _BOUNCE_SHARE else 2 + int(exponential(rng, 2.2))):
        if rng.random() < _PRODUCT_PAGE_SHARE:
            product = catalogue.BY_POPULARITY.pick(rng)
            session.pages.append(PageView(clock_ms, product.path))
            session.micros.append(Micro(clock_ms + 900, "view-item", product.path, product))
        else:
            session.pages.append(PageView(clock_ms, _ENTRY_PATHS.pick(rng)))
        if place and product is not None and rng.random() < _ADD_TO_CART_SHARE:
            session.micros.append(Micro(clock_ms + 6_000, "add-to-cart", product.path, product))
        clock_ms += 8_000 + int(exponential(rng, 45_000))
    session.ended_ms = clock_ms
    return session


def _abandon(rng: Random, session: Session) -> None:
    filled = any(micro.kind == "add-to-cart" for micro in session.micros)
    if filled and rng.random() < _ABANDONED_CHECKOUT_SHARE:
        at_ms = _step(rng, session, "/checkout")
        session.micros.append(Micro(at_ms + 500, "checkout", "/checkout", None))


def _step(rng: Random, session: Session, path: str) -> int:
    at_ms = session.ended_ms
    session.pages.append(PageView(at_ms, path))
    session.ended_ms += 10_000 + int(exponential(rng, 35_000))
    return at_ms


def _email(person: Person) -> str:
    """Who has two addresses uses them in turn."""
    return person.emails[len(person.conversions) % len(person.emails)]


def _sign_up(
    rng: Random, session: Session, counters: Counters, credit: tuple[tuple[int, float], ...]
) -> None:
    at_ms = _step(rng, session, "/newsletter") + 7_000
    session.micros.append(Micro(at_ms, "newsletter-signup", "/newsletter", None))
    counters.conversion += 1
    person = session.person
    conversion = Conversion(
        counters.conversion, "lead", at_ms, person, person.emails[0], session, None, credit
    )
    session.conversions.append(conversion)
    person.conversions.append(conversion)


def _buy(
    rng: Random, session: Session, counters: Counters, credit: tuple[tuple[int, float], ...]
) -> None:
    person = session.person
    basket = [catalogue.BY_POPULARITY.pick(rng) for _ in range(1 + int(exponential(rng, 0.7)))]
    for product in dict.fromkeys(basket):
        at_ms = _step(rng, session, product.path)
        session.micros.append(Micro(at_ms + 4_000, "add-to-cart", product.path, product))
    lines = [
        Line(product, basket.count(product), basket.count(product) * product.price_minor)
        for product in dict.fromkeys(basket)
    ]
    if subscribes := rng.random() < _SUBSCRIPTION_SHARE:
        product = catalogue.SUBSCRIPTION
        lines.append(Line(product, 1, product.price_minor))
    by_phone = rng.random() < _PHONE_SHARE
    if by_phone:
        at_ms = session.ended_ms + HOUR_MS + int(rng.random() * 20 * HOUR_MS)
    else:
        session.micros.append(
            Micro(_step(rng, session, "/checkout") + 500, "checkout", "/checkout", None)
        )
        at_ms = _step(rng, session, "/checkout/thank-you") + 400
    kind = "phone" if by_phone else "web"
    order = _order(rng, session.storefront, counters, lines, kind=kind, at_ms=at_ms)
    if by_phone and rng.random() < _UNPAID_PHONE_SHARE:
        order.is_paid = False
    counters.conversion += 1
    conversion = Conversion(
        *(counters.conversion, "purchase", at_ms, person, _email(person)),
        *(None if by_phone else session, order, credit),
    )
    person.conversions.append(conversion)
    if not by_phone:
        session.conversions.append(conversion)
    if subscribes:
        order.subscription_id = f"S-{order.order_id[2:]}"
        person.conversions.extend(_renewals(rng, session.storefront, counters, conversion, order))


def _renewals(
    rng: Random, storefront: Storefront, counters: Counters, first: Conversion, order: Order
) -> Iterator[Conversion]:
    product = catalogue.SUBSCRIPTION
    for month in range(1, catalogue.SUBSCRIPTION_MAX_RENEWALS + 1):
        if rng.random() > _RENEWAL_SHARE:
            return
        lines = [Line(product, 1, product.price_minor)]
        at_ms = order.at_ms + month * 30 * DAY_MS
        renewal = _order(rng, storefront, counters, lines, kind="renewal", at_ms=at_ms)
        renewal.subscription_id = order.subscription_id
        counters.conversion += 1
        yield Conversion(
            counters.conversion, "renewal", at_ms, first.person, first.email, None, renewal
        )


def _order(  # noqa: PLR0913 - what an order is made of
    rng: Random,
    storefront: Storefront,
    counters: Counters,
    lines: list[Line],
    *,
    kind: str,
    at_ms: int,
) -> Order:
    counters.order += 1
    subtotal_minor = sum(line.amount_minor for line in lines)
    coupon = catalogue.COUPONS.pick(rng) if kind == "web" else ""
    discount_minor = subtotal_minor * catalogue.COUPON_PERCENT[coupon] // 100
    net_minor = subtotal_minor - discount_minor
    is_free = kind == "renewal" or net_minor >= catalogue.FREE_SHIPPING_FROM_MINOR
    refunded = rng.random() < _REFUND_SHARE
    delay_ms = int((2 + rng.random() * (REFUND_MAX_DAYS - 2)) * DAY_MS)
    return Order(
        order_id=f"A-{counters.order}",
        kind=kind,
        at_ms=at_ms,
        lines=tuple(lines),
        discount_minor=discount_minor,
        tax_minor=(net_minor * storefront.tax_percent + 50) // 100,
        shipping_minor=0 if is_free else catalogue.SHIPPING_MINOR,
        coupon=coupon,
        refunded_ms=at_ms + delay_ms if refunded else None,
    )
