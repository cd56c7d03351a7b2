"""Requests per minute, counted in windows that begin with the first request.

A minute can be made shorter, so that limits are met in seconds.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import NamedTuple

WINDOW_SECONDS = 60
RELAXED_PER_MINUTE = 60_000


class Usage(NamedTuple):
    """How much of a limit a caller has used in the current window."""

    limit: int
    remaining: int
    reset_epoch_seconds: int
    retry_after_seconds: int
    exceeded: bool


@dataclass(slots=True)
class _Window:
    begun: float
    used: int = 0


class Limiter:
    """Counts requests by key."""

    def __init__(self, window_seconds: float = WINDOW_SECONDS) -> None:
        """Start with no windows."""
        self._windows: dict[str, _Window] = {}
        self._window_seconds = window_seconds

    def count(self, key: str, limit: int) -> Usage:
        """Count one request; those beyond the limit use nothing up."""
        now = time.time()
        window = self._windows.get(key)
        if window is None or now >= window.begun + self._window_seconds:
            window = self._windows[key] = _Window(now)
        exceeded = window.used >= limit
        window.used += not exceeded
        end = window.begun + self._window_seconds
        wait = max(1, math.ceil(end - now))
        return Usage(limit, limit - window.used, math.ceil(end), wait, exceeded)

    def reset(self) -> None:
        """Forget all windows."""
        self._windows.clear()
