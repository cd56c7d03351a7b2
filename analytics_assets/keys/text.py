"""Text from outside as a person reads it: decoded, normalised, without invisible characters."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

ROUNDS = 10
"""How often a text is decoded at most: a text that was encoded more often stays as it then is."""

_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_JSON = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+|\\/")
# Unicode's default ignorable characters that are no format characters: fillers, variation selectors
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def until_stable(step: Callable[[str], str], text: str) -> str:
    """`step` applied until it changes nothing, at most `ROUNDS` times."""
    for _ in range(ROUNDS):
        after = step(text)
        if after == text:
            break
        text = after
    return text


def readable(text: str) -> str:
    r"""A text as a person reads it, its case kept.

    Percent-encoding (UTF-8), HTML entities and JSON escapes are decoded as often as they were
    encoded; the rest is in Unicode's form NFKC (UAX #15), which composes letters and turns
    fullwidth signs into plain ones; control, zero-width and other invisible characters are gone,
    and white space is single spaces.

    >>> readable(" Promoci%25C3%25B3n\u200b ")
    'Promoción'
    >>> readable("ann&#64;x.example"), readable("ann\\u0040x.example"), readable("ann＠x.example")
    ('ann@x.example', 'ann@x.example', 'ann@x.example')
    >>> readable("100%baumwolle")  # no UTF-8, so no encoding
    '100%baumwolle'
    """
    return until_stable(decoded_once, text)


def folded(text: str) -> str:
    r"""A readable text without case, by Unicode's full case folding (The Unicode Standard 3.13).

    Turkish letters fold as everywhere else: `I` to `i`, `İ` to `i` with a dot above, and the
    dotless `ı` stays.

    >>> folded("STRASSE") == folded("straße")
    True
    >>> folded("İ") == "i\u0307", folded("ı") == "ı"
    (True, True)
    """
    return until_stable(lambda part: decoded_once(part).casefold(), text)


def decoded_once(text: str) -> str:
    """One round of `readable`."""
    if "%" in text:
        text = _PERCENT.sub(_percent_decoded, text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    if "\\" in text:
        text = _JSON.sub(_json_decoded, text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _IGNORABLE.sub("", text))
    text = " ".join(text.split())
    if not text.isprintable():
        text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf"))
    return text


def _percent_decoded(encoded: re.Match[str]) -> str:
    try:
        return bytes.fromhex(encoded[0].replace("%", "")).decode()
    except UnicodeDecodeError:
        return encoded[0]


def _json_decoded(escaped: re.Match[str]) -> str:
    if escaped[0] == "\\/":
        return "/"
    units = bytes.fromhex(escaped[0].replace("\\u", ""))
    try:
        return units.decode("utf-16-be")
    except UnicodeDecodeError:  # half of a surrogate pair
        return escaped[0]
