"""Currencies by ISO 4217, and amounts in their smallest unit."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from iso4217 import Currency

from analytics_assets.keys.placeholders import is_placeholder
from analytics_assets.keys.text import folded

USUAL_DIGITS = 2
OTHER_DIGITS = {
    currency.code: currency.exponent
    for currency in Currency
    if currency.exponent not in (None, USUAL_DIGITS)
}
"""Decimals of the currencies that do not have two; ISO 4217 as the package `iso4217` ships it."""

_NO_CURRENCY = "XXX"  # ISO 4217: a transaction without a currency
_SIGNS = "€ EUR, £ GBP, zł PLN, ₹ INR, ₺ TRY, ₩ KRW, ₽ RUB, ₪ ILS, ₫ VND, ₴ UAH, us$ USD"
_SPELLINGS = {
    **dict(pair.split() for pair in _SIGNS.split(", ")),
    **dict.fromkeys(("euro", "euros"), "EUR"),
    **{f"{currency.number:03}": currency.code for currency in Currency if currency.number},
}
"""Signs of one currency alone, and ISO's numbers; `$` and `¥` are signs of several."""


def currency_key(code: str | None) -> str | None:
    """A currency's code as ISO 4217 writes it; None where no currency is given.

    What is neither a code nor the sign of one currency stays, in capitals, so that a missing rate
    for it is seen instead of being taken for the base currency.

    >>> currency_key(" eur "), currency_key("€"), currency_key("978"), currency_key("bitcoin")
    ('EUR', 'EUR', 'EUR', 'BITCOIN')
    >>> currency_key("undefined"), currency_key(""), currency_key("XXX")
    (None, None, None)
    """
    if code is None or is_placeholder(code):
        return None
    text = folded(code)
    key = _SPELLINGS.get(text) or text.upper()
    return None if key == _NO_CURRENCY else key


def minor_digits(currency: str) -> int:
    """Decimals of a currency by ISO 4217; two where it says none.

    >>> minor_digits("JPY"), minor_digits("EUR"), minor_digits("KWD")
    (0, 2, 3)
    """
    return OTHER_DIGITS.get(currency) or (0 if currency in OTHER_DIGITS else USUAL_DIGITS)


def minor_units(amount: Decimal, currency: str) -> int:
    """An amount as an integer of the currency's smallest unit, halves rounded away from zero.

    >>> minor_units(Decimal("10.505"), "KWD"), minor_units(Decimal("10.505"), "EUR")
    (10505, 1051)
    """
    return int(amount.scaleb(minor_digits(currency)).to_integral_value(ROUND_HALF_UP))
