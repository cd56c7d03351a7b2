"""What an alert tells of: failed runs, failed checks and overdue days, as lines of one message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics_assets.redaction import redact

_SHOWN_LINES = 10
_LONGEST_LINE = 300


@dataclass(frozen=True)
class Digest:
    """What is new since the last message.

    Attributes:
        runs: a line for each run that failed.
        checks: a line for each check that failed.
        overdue: a line for each table that lacks a day it should have by now.
    """

    runs: Sequence[str] = ()
    checks: Sequence[str] = ()
    overdue: Sequence[str] = ()

    @property
    def subject(self) -> str:
        """What happened, counted; empty where nothing did."""
        counted = (
            _counted(len(self.runs), "run failed", "runs failed"),
            _counted(len(self.checks), "check failed", "checks failed"),
            _counted(len(self.overdue), "table is overdue", "tables are overdue"),
        )
        return ", ".join(filter(None, counted))

    @property
    def text(self) -> str:
        """The whole message, without secrets and e-mail addresses."""
        parts = [self.subject]
        for lines in (self.runs, self.checks, self.overdue):
            parts += [_short(line) for line in lines[:_SHOWN_LINES]]
            if len(lines) > _SHOWN_LINES:
                parts.append(f"and {len(lines) - _SHOWN_LINES} more")
        return redact("\n".join(parts))


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}" if count else ""


def _short(line: str) -> str:
    text = redact(" ".join(line.split()))  # before the cut, which could leave a part of a secret
    return f"- {text[:_LONGEST_LINE]}"
