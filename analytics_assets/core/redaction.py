"""Keeps secrets and personal data out of every message.

Secrets are known by value: a client registers those it holds, and `redact` replaces them wherever
they turn up. E-mail addresses are masked as well, because paths and vendor messages may hold them.
"""

from __future__ import annotations

import re

_MASK = "[redacted]"
_SHORTEST_SECRET = 4  # shorter values would mask ordinary words
_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
_secrets: set[str] = set()


def register_secrets(*values: str | None) -> None:
    """Remember values that must never be shown."""
    _secrets.update(value for value in values if value and len(value) >= _SHORTEST_SECRET)


def redact(text: str) -> str:
    """Return `text` without any registered secret or e-mail address."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return _EMAIL.sub(_MASK, text)
