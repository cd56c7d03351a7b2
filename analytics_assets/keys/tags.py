"""Campaign tags: campaign, source, medium, term and content."""

from __future__ import annotations

import re

from analytics_assets.keys.placeholders import is_placeholder
from analytics_assets.keys.text import decoded_once, until_stable
from analytics_assets.keys.urls import Parameter

TAG = Parameter("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id")
"""The parameters of an address that carry campaign tags."""

_PLUS = re.compile(r"(?<=\w)\+(?=\w)")  # how forms write a space; `google+` ends with a plus


def tag_text(value: str | None) -> str | None:
    """A tag as a person reads it, its case kept; None where it is a placeholder.

    >>> tag_text("Summer%20Sale"), tag_text("Summer+Sale"), tag_text("Shoes &amp; Socks")
    ('Summer Sale', 'Summer Sale', 'Shoes & Socks')
    >>> tag_text("(not set)"), tag_text("{{campaign.name}}"), tag_text(" ")
    (None, None, None)
    """
    if value is None:
        return None
    text = until_stable(_read, value)
    return None if is_placeholder(text) else text


def tag_key(value: str | None) -> str | None:
    r"""A tag as it is compared: without case, composed and decomposed letters alike.

    >>> tag_key("PROMOCIÓN Otoño") == tag_key("promocio\u0301n oton\u0303o")
    True
    """
    if value is None:
        return None
    key = until_stable(lambda text: _read(text).casefold(), value)
    return None if is_placeholder(key) else key


def has_tag(url: str | None) -> bool:
    """Whether an address has campaign tags.

    >>> has_tag("https://shop.example/?a=1&utm_source=news"), has_tag("https://shop.example/")
    (True, False)
    """
    return TAG.find(url) is not None


def _read(text: str) -> str:
    return _PLUS.sub(" ", decoded_once(text))
