"""What others write is safe to show: on a screen, in a log, in a mail."""

from __future__ import annotations

import pytest

from analytics_assets.errors import AnalyticsError
from analytics_assets.redaction import foreign, register_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("two\nlines\r\nand a tab\t.", "two lines and a tab ."),
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("abc\u202edef", r"abc\u202edef"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("half \ud83d", r"half \ud83d"),
        ("caf\u00e9 \u65e5\u672c \U0001f600", "caf\u00e9 \u65e5\u672c \U0001f600"),
        ("mail ann.o-neil@shop.example now", "mail [redacted] now"),
        ("mail ann%40shop.example now", "mail [redacted] now"),
        ("from 10.1.2.3 and 2001:db8::1", "from [redacted] and [redacted]"),
        ("phone +49 (30) 901820-0", "phone [redacted]"),
        ("phone 600123456", "phone [redacted]"),
        ("card 4111 1111 1111 1111", "card [redacted]"),
        ("account ES91 2100 0418 4502 0005 1332", "account [redacted]"),
        ("number 123-45-6789", "number [redacted]"),
        ("asked 2026-03-02 to 2026-03-31", "asked 2026-03-02 to 2026-03-31"),
        ("at 2026-03-02T12:00:00Z", "at 2026-03-02T12:00:00Z"),
        ("10,000 of 31 days, page 12345", "10,000 of 31 days, page 12345"),
    ],
)
def test_foreign_words_are_shown_without_tricks_and_persons(text: str, shown: str) -> None:
    """A vendor's error body may hold what a user has typed, and a terminal obeys what it reads."""
    assert foreign(text) == shown


def test_a_secret_is_hidden_wherever_the_text_is_cut() -> None:
    """Half a secret at the cut end is half a secret in a log."""
    register_secrets("s3cr3t-of-this-test")
    for length in range(2_500, 2_700):
        assert "s3cr" not in foreign(
            "a@b.example " * 220 + "x" * (length % 97) + "s3cr3t-of-this-test"
        )
        assert "s3cr" not in foreign("y" * length + "s3cr3t-of-this-test" * 200)


@pytest.mark.parametrize("letter", ["a", "1", "a.", "1 ", "+", "a@", "@", ":", "%40", "A1 ", "-"])
def test_a_long_text_is_cut_before_patterns_run_over_it(letter: str) -> None:
    """A pattern whose time grows with the square of a text would never end on a large body."""
    assert len(foreign(letter * 5_000_000)) <= 300


def test_every_error_line_is_safe_to_show() -> None:
    """Names of sites and fields come from outside too."""
    assert str(AnalyticsError("site \x1b[2J\u202e")) == r"site \x1b[2J\u202e"
