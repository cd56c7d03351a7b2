"""The life of a person: visits, page views and small steps, until they buy or sign up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from analytics_assets.sandbox.chance import Weighted, exponential
from analytics_assets.sandbox.clock import MINUTE_MS, day_end_ms, midnight_ms
from analytics_assets.sandbox.people import AD_BLOCKER_SHARE, CONSENT_SHARE
from analytics_assets.sandbox.records import Conversion, Micro, PageView, Session
from analytics_assets.sandbox.sales import RENEWALS_MAX_DAYS, buy, step
from analytics_assets.sandbox.traffic import FIRST_VISIT, LATER_VISIT, Touch, arrive

if TYPE_CHECKING:
    from random import Random

    from analytics_assets.sandbox.catalogue import Product
    from analytics_assets.sandbox.records import Person
    from analytics_assets.sandbox.rules import Scene
    from analytics_assets.sandbox.shops import Storefront
    from analytics_assets.sandbox.traffic import Origin

JOURNEY_MAX_DAYS = 40
ORDERS_MAX_DAYS = JOURNEY_MAX_DAYS + 2 + RENEWALS_MAX_DAYS
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
_ENTRY_PATHS = Weighted((("/", 40), ("/collections/coffee", 18), ("/blog/cold-brew-guide", 9)))


def live(scene: Scene, person: Person, born: date, friend: Person | None) -> None:
    """Let a person act from the day of birth on; fills in their sessions and conversions.

    A friend may have sent the link that the first visit begins with.
    """
    rng = scene.rng
    shop = person.storefront
    intent, can_sign_up = _INTENTS.pick(rng) * shop.demand, True
    touches: list[tuple[int, float]] = []
    earliest_ms, offset = 0, 0
    for visit in range(_VISITS_MAX):
        origin = (LATER_VISIT if visit else FIRST_VISIT).pick(rng)
        if not origin.converts:
            intent, can_sign_up = 0.0, False
        touch = arrive(rng, origin)
        day = born + timedelta(days=offset)
        started_ms = max(_time_of_day(rng, day, shop), earliest_ms)
        session = _begin(scene, person, started_ms, touch, None if visit else friend)
        _browse(rng, session, shop)
        touches.append((session.number, origin.lift))
        persuasion = _BASE_HAZARD + sum(lift for _, lift in touches)
        bought = rng.random() < intent * persuasion
        if bought:
            session = buy(scene, session, _shares(touches, persuasion))
        elif can_sign_up and rng.random() < _LEAD_HAZARD:
            can_sign_up = False
            _sign_up(scene, session, _shares(touches, persuasion))
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


def _time_of_day(rng: Random, day: date, shop: Storefront) -> int:
    share = (shop.hours.pick(rng) + rng.random()) / 24
    start_ms = midnight_ms(day, shop.zone)
    return start_ms + int(share * (day_end_ms(day, shop.zone) - start_ms))


def _begin(
    scene: Scene, person: Person, started_ms: int, touch: Touch, friend: Person | None
) -> Session:
    rules, counters = scene.rules, scene.counters
    device = person.devices[int(scene.rng.random() * len(person.devices))]
    counters.session += 1
    number, consents, blocks_ads = counters.session, person.consents, person.blocks_ads
    if rules.consent_by_visit:
        consents = scene.happens(CONSENT_SHARE, "consents", number)
        blocks_ads = scene.happens(AD_BLOCKER_SHARE, "blocks-ads", number)
    if touch.click_id and scene.happens(rules.unfilled_share, "unfilled", number):
        touch = touch._replace(click_id=f"{{{touch.click_name}}}")
    forwarded = scene.happens(rules.forwarded_share, "forwarded", number)
    source = _clicked_before(friend, started_ms) if friend and forwarded else None
    if source is not None:
        touch = _forwarded(source.touch, touch.origin)
    session = Session(
        *(number, person, person.storefront, device, started_ms, started_ms, touch),
        *(consents, blocks_ads),
        forwarded_from=source,
    )
    person.sessions.append(session)
    return session


def _clicked_before(friend: Person, at_ms: int) -> Session | None:
    """The friend's first visit with a click id, if it was before."""
    clicked = (s for s in friend.sessions if s.touch.click_id and s.ended_ms < at_ms)
    return next(clicked, None)


def _forwarded(touch: Touch, origin: Origin) -> Touch:
    """The link of another visit, opened from a chat: no referrer, and no click that an ad counts.

    What moves the person is still their own origin.
    """
    return touch._replace(origin=origin, referrer="", ad=None)


def _browse(rng: Random, session: Session, shop: Storefront) -> None:
    clock_ms = session.started_ms
    product: Product | None = None
    for place in range(1 if rng.random() < _BOUNCE_SHARE else 2 + int(exponential(rng, 2.2))):
        if rng.random() < _PRODUCT_PAGE_SHARE:
            product = shop.assortment.pick(rng)
            session.pages.append(PageView(clock_ms, product.path))
            session.micros.append(Micro(clock_ms + 900, "view-item", product.path, product))
        else:
            session.pages.append(PageView(clock_ms, _ENTRY_PATHS.pick(rng)))
        if place and product is not None and rng.random() < _ADD_TO_CART_SHARE:
            session.micros.append(Micro(clock_ms + 6_000, "add-to-cart", product.path, product))
        clock_ms += 8_000 + int(exponential(rng, 45_000))
    session.ended_ms = clock_ms


def _abandon(rng: Random, session: Session) -> None:
    filled = any(micro.kind == "add-to-cart" for micro in session.micros)
    if filled and rng.random() < _ABANDONED_CHECKOUT_SHARE:
        at_ms = step(rng, session, "/checkout")
        session.micros.append(Micro(at_ms + 500, "checkout", "/checkout", None))


def _sign_up(scene: Scene, session: Session, credit: tuple[tuple[int, float], ...]) -> None:
    at_ms = step(scene.rng, session, "/newsletter") + 7_000
    session.micros.append(Micro(at_ms, "newsletter-signup", "/newsletter", None))
    scene.counters.conversion += 1
    person = session.person
    conversion = Conversion(
        *(scene.counters.conversion, "lead", at_ms, person, person.emails[0], session),
        order=None,
        credit=credit,
    )
    session.conversions.append(conversion)
    person.conversions.append(conversion)
