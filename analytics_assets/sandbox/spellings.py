"""How vendors spell one and the same order id, address or currency."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from analytics_assets.sandbox.records import Conversion
    from analytics_assets.sandbox.world import World

_STRAY = (
    "{}\n",
    "{}\r\n",
    " {}\t",
    "{}\N{NO-BREAK SPACE}",
    "{}\N{ZERO WIDTH SPACE}",
    "\N{ZERO WIDTH NO-BREAK SPACE}{}",
)
"""Line breaks, blanks, zero-width characters and a byte-order mark, as pasted lists have them."""


class SentId(NamedTuple):
    """An order id as a vendor got it.

    Attributes:
        text: the value as sent; None where there is no such field.
        known: the order id that the text means; None if it means none.
    """

    text: str | None
    known: str | None


NO_ID = SentId(None, None)


def sent_order_id(world: World, vendor: str, conversion: Conversion) -> SentId:
    """The order id of a sale as a vendor got it."""
    order, rules, number = conversion.order, world.rules, conversion.number
    if order is None or not conversion.person.storefront.sends_order_ids:
        return NO_ID
    if world.chance("order-id", number) >= rules.order_id_shares.get(vendor, 1.0):
        return SentId(_one_of(world, rules.placeholders, "placeholder", vendor, number), None)
    formats = rules.spellings.get(vendor, ("{}",))
    if not order.order_id.isdecimal():  # no number, so no spreadsheet makes a fraction of it
        formats = tuple(text for text in formats if not text.endswith(".0"))
    text = _one_of(world, formats, "spelling", vendor, number) or "{}"
    return SentId(text.format(order.order_id), order.order_id)


def sent_email(world: World, holder: str, email: str) -> str:
    """An address as a vendor or a file holds it."""
    if not world.happens(world.rules.stray_share, "stray", holder, email):
        return email
    shouted = world.happens(0.3, "shouted", holder, email)
    text = _one_of(world, _STRAY, "which-stray", holder, email) or "{}"
    return text.format(email.upper() if shouted else email)


def plain_email(email: str) -> str:
    """The address without blanks and invisible characters, in lower case."""
    return "".join(sign for sign in email if sign.isprintable() and not sign.isspace()).lower()


def sent_currency(world: World, vendor: str, conversion: Conversion) -> str:
    """The currency of a sale as a vendor got it."""
    share, number = world.rules.undefined_currency_share, conversion.number
    shop = conversion.person.storefront
    is_base = shop.currency == world.main_shop.currency  # elsewhere nobody could say what it was
    garbled = is_base and world.happens(share, "currency", vendor, number)
    return "undefined" if garbled else shop.currency


def _one_of(world: World, texts: tuple[str, ...], *key: object) -> str | None:
    return texts[int(world.chance(*key) * len(texts))] if texts else None
