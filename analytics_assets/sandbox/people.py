"""Brings persons into the world, with their devices and addresses."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from analytics_assets.sandbox.chance import Weighted
from analytics_assets.sandbox.records import Device, Person, Setup

if TYPE_CHECKING:
    from analytics_assets.sandbox.rules import Rules, Scene
    from analytics_assets.sandbox.shops import Storefront

CONSENT_SHARE = 0.64
AD_BLOCKER_SHARE = 0.2
SHARED_DEVICE_SHARE = 0.04
SECOND_DEVICE_SHARE = 0.3
SECOND_ADDRESS_SHARE = 0.1
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"

_SETUPS = Weighted(
    (
        (Setup("Phone", "Chrome", "Android"), 33),
        (Setup("Phone", "Safari", "iOS"), 26),
        (Setup("Phone", "Samsung Internet", "Android"), 5),
        (Setup("Desktop", "Chrome", "Windows"), 17),
        (Setup("Desktop", "Edge", "Windows"), 5),
        (Setup("Desktop", "Safari", "macOS"), 5),
        (Setup("Desktop", "Firefox", "Linux"), 3),
        (Setup("Tablet", "Safari", "iPadOS"), 4),
        (Setup("Tablet", "Chrome", "Android"), 2),
    )
)
_FIRST_NAMES = (
    *(
        "Lucia",
        "Mateo",
        "Sofia",
        "Hugo",
        "Martina",
        "Leo",
        "Carmen",
        "Pablo",
        "Ines",
        "Javier",
        "Marta",
    ),
    *(
        "Joao",
        "Beatriz",
        "Camille",
        "Louis",
        "Hannah",
        "Felix",
        "Olivia",
        "Harry",
        "Amelia",
        "Jack",
    ),
)
_LAST_NAMES = (
    *("Garcia", "Fernandez", "Lopez", "Sanchez", "Romero", "Navarro", "Torres", "Molina", "Ortega"),
    *(
        "Silva",
        "Costa",
        "Martin",
        "Bernard",
        "Weber",
        "Schulz",
        "Smith",
        "Jones",
        "Taylor",
        "Walker",
    ),
)


@cache
def _customers(rules: Rules) -> Weighted[Storefront]:
    return Weighted((shop, shop.weight) for shop in rules.shops)


def create_person(scene: Scene, number: int, neighbour: Person | None) -> Person:
    """A new person; some share the first device of the neighbour."""
    rng, rules = scene.rng, scene.rules
    storefront = _customers(rules).pick(rng)
    first = _FIRST_NAMES[int(rng.random() * len(_FIRST_NAMES))]
    last = _LAST_NAMES[int(rng.random() * len(_LAST_NAMES))]
    local_part = f"{first}.{last}.{number}".lower()
    emails: tuple[str, ...] = (f"{local_part}@mail.example",)
    if rng.random() < SECOND_ADDRESS_SHARE:
        is_same = scene.happens(rules.address_again_share, "address-again", number)
        again = emails[0].upper() + NO_BREAK_SPACE
        emails = (*emails, again if is_same else f"{local_part}@work.example")
    device_count = 2 if rng.random() < SECOND_DEVICE_SHARE else 1
    devices = [
        Device(scene.seed, number, place, _SETUPS.pick(rng)) for place in range(device_count)
    ]
    shares = rng.random() < SHARED_DEVICE_SHARE
    if shares and neighbour is not None and neighbour.storefront is storefront:
        devices[0] = neighbour.devices[0]
    return Person(
        number=number,
        storefront=storefront,
        country=storefront.countries.pick(rng),
        first_name=first,
        last_name=last,
        emails=emails,
        devices=tuple(devices),
        consents=rng.random() < CONSENT_SHARE,
        blocks_ads=rng.random() < AD_BLOCKER_SHARE,
    )
