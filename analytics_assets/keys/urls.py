"""Parameters of an address."""

from __future__ import annotations

import re

from analytics_assets.keys.placeholders import is_placeholder
from analytics_assets.keys.text import readable


class Parameter:
    """A parameter of addresses under any of several names, as patterns that Python and RE2 share.

    Case is ignored, letter by letter, because the two disagree on case beyond ASCII; `_` in a name
    also matches `-` and nothing: `order_id` is `orderId` and `order-id`.
    """

    def __init__(self, *names: str) -> None:
        spellings = "|".join(_any_case(name) for name in names)
        self.names = rf"(?:{spellings})"
        """Finds one of the names."""
        self.first = rf"[?&;]({spellings})=([^&# \t\r\n]+)"
        """Finds the first of the parameters: group 1 is its name, group 2 its value."""

    def find(self, url: str | None) -> tuple[str, str] | None:
        """Name and value of the first of the parameters as an address spells them.

        An address that was encoded as a whole is decoded; an escape inside a value is kept.
        """
        if not url:
            return None
        found = re.search(self.first, url)
        if not found and ("%" in url or "\\" in url) and re.search(self.names, url):
            found = re.search(self.first, readable(url))
        return (found[1], found[2]) if found else None


def parameter_value(value: str) -> str | None:
    """The value of a parameter as a person reads it; None where it is a placeholder."""
    return None if is_placeholder(value) else readable(value)


def _any_case(name: str) -> str:
    return "".join(
        f"[{letter}{letter.upper()}]" if letter.isalpha() else "[_-]?" if letter == "_" else letter
        for letter in name
    )
