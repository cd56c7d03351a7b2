"""Keeps secrets, personal data and tricks of the screen out of every message.

Secrets are known by value: a client registers those it holds, and `redact` replaces them wherever
they turn up. E-mail addresses are masked as well, because paths and vendor messages may hold them.
Every pattern is bounded, so that it takes time in proportion to the text.
"""

from __future__ import annotations

import re
import threading
from urllib.parse import quote

_MASK = "[redacted]"
_SHORTEST_SECRET = 4  # shorter values would mask ordinary words
_LONGEST_SECRET = 2_000  # characters; a signed token has some hundred
_EMAIL = re.compile(r"[\w.+-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_PERSONAL_NUMBER = re.compile(
    r"(?<![\w.:-])(?:"
    r"(?!127\.)(?:[0-9]{1,3}\.){3}[0-9]{1,3}"  # IPv4, but for this machine
    r"|(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4}){1,7}"  # IPv6
    r"|\+[0-9](?:[ ().-]{0,2}[0-9]){6,14}"  # a telephone, E.164: 15 digits at most
    r"|[0-9]{3}[ -][0-9]{2}[ -][0-9]{4}"  # social security
    r"|[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?"  # IBAN, ISO 13616
    r"|(?:[0-9]{4}[ -]){3}[0-9]{4}|[0-9]{9,19}"  # a card, a telephone without its country
    r")(?![\w-])"
)
# Controls, line ends of Unicode, what turns the direction of text, and what has no width.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufdd0-\ufdef\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_registering = threading.Lock()
_secrets: list[str] = []  # longest first, so that a part does not hide the rest; never changed


def register_secrets(*values: str | None) -> None:
    """Remember values that must never be shown, as they are and as URLs spell them."""
    global _secrets  # noqa: PLW0603  replaced whole, because other threads may be reading it
    new = {value for value in values if value and len(value) >= _SHORTEST_SECRET}
    with _registering:
        known = {*_secrets, *new, *(quote(value, safe="") for value in new)}
        _secrets = sorted(known, key=len, reverse=True)


def redact(text: str) -> str:
    """Return `text` without any registered secret or e-mail address."""
    for secret in _secrets:
        text = text.replace(secret, _MASK)
    return _EMAIL.sub(_MASK, text)


def foreign(text: str, longest: int = 300) -> str:
    """Words that others have written, as one short line that is safe to show.

    Secrets, addresses and numbers of persons are hidden; characters that control a screen or cannot
    be seen are spelled out. The text is cut before patterns run over it; of the cut end as much is
    left out as half a secret could be.
    """
    window = 2 * longest + _LONGEST_SECRET
    line = " ".join(text[:window].split())
    shown = visible(_PERSONAL_NUMBER.sub(_MASK, redact(line)))
    if len(text) > window:
        shown = shown[:-_LONGEST_SECRET]
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def visible(text: str) -> str:
    """The text with characters that cannot be seen, or control a screen, spelled as escapes."""
    return _INVISIBLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
