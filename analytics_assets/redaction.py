"""Keeps secrets and personal data out of every message.

Secrets are known by value: a client registers those it holds, and `redact` replaces them wherever
they turn up. E-mail addresses are masked as well, because paths and vendor messages may hold them.
"""

from __future__ import annotations

import re
import threading
from urllib.parse import quote

_MASK = "[redacted]"
_SHORTEST_SECRET = 4  # shorter values would mask ordinary words
_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
_registering = threading.Lock()
_secrets: list[str] = []  # longest first, so that a part does not hide the rest; never changed


def register_secrets(*values: str | None) -> None:
    """Remember values that must never be shown, as they are and as they stand in a URL."""
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
