"""A line of the doctor's report: what was found, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rich.text import Text

from analytics_assets.errors import AnalyticsError
from analytics_assets.redaction import redact, visible

_MARKS = {"good": ("✓", "green"), "note": ("·", "dim"), "attention": ("✗", "red")}


@dataclass(frozen=True)
class Line:
    """One finding; `attention` means that something does not work until somebody acts."""

    state: Literal["good", "note", "attention"]
    what: str
    todo: str = ""

    def shown(self) -> Text:
        """The line for a terminal, without secrets."""
        mark, style = _MARKS[self.state]
        words = f"{self.what}. {self.todo}" if self.todo else self.what
        return Text.assemble((mark, style), " ", visible(redact(" ".join(words.split()))))


def good(what: str) -> Line:
    """Something works."""
    return Line("good", what)


def note(what: str, todo: str = "") -> Line:
    """Something may be as intended."""
    return Line("note", what, todo)


def attention(what: str, todo: str) -> Line:
    """Something does not work."""
    return Line("attention", what, todo)


def failed(error: AnalyticsError) -> Line:
    """An error, which says both."""
    return Line("attention", error.what, error.todo)
