"""The checks of SegMetrics' import API: required fields, whole cents, dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from analytics_assets.sandbox.clock import parse_instant_ms
from analytics_assets.sandbox.http import Json

if TYPE_CHECKING:
    from collections.abc import Iterable

Row: TypeAlias = dict[str, Json]
BILLING_CYCLES = ("year", "month", "week", "day")
STATUSES = ("active", "inactive")
IMPORT_ZONE = "UTC"
"""The vendor states none for its dates without an offset."""


class Checks:
    """Collects what is wrong with a body, in the vendor's words."""

    def __init__(self, body: Json) -> None:
        """Check this body."""
        self.body: Row = body if isinstance(body, dict) else {}
        self.errors: list[str] = []

    def given(self, name: str) -> bool:
        """Whether a field holds something."""
        return is_given(self.body.get(name))

    def require(self, *names: str) -> None:
        """Fields that must be there."""
        self.errors += [f"missing '{name}' field " for name in names if not self.given(name)]

    def require_contact(self) -> None:
        """An id or an address."""
        if not self.given("contact_id") and not self.given("email"):
            self.errors.append("missing 'contact_id' or 'email' field ")
        if self.given("email") and "@" not in str(self.body["email"]):
            self.invalid("email")

    def whole(self, *names: str) -> None:
        """Amounts in cents and counts: integers, never floats."""
        for name in names:
            if self.given(name) and not is_whole(self.body[name]):
                self.errors.append(f"invalid '{name}' field, must be an integer")

    def dates(self, *names: str) -> None:
        """Dates and times that can be read."""
        for name in names:
            if self.given(name) and read_ms(self.body[name]) is None:
                self.invalid(name)

    def one_of(self, name: str, choices: Iterable[str]) -> None:
        """A word of a list."""
        if self.given(name) and self.body[name] not in tuple(choices):
            self.invalid(name)

    def listed(self, name: str) -> None:
        """A list, which may be empty."""
        if self.given(name) and not isinstance(self.body[name], list):
            self.invalid(name)

    def invalid(self, name: str) -> None:
        """Note a bad field."""
        self.errors.append(f"invalid '{name}' field")


def is_given(value: Json) -> bool:
    """Whether there is anything."""
    return value is not None and value != ""


def is_whole(value: Json) -> bool:
    """Whether a value is an integer."""
    return isinstance(value, int) and not isinstance(value, bool)


def read_ms(text: Json) -> int | None:
    """The instant a date or time names; None if it names none."""
    try:
        return parse_instant_ms(str(text), IMPORT_ZONE)
    except ValueError:
        return None
