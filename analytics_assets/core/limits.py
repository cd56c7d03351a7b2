"""A per-minute request limit that holds across threads and processes.

The send times of the last minute live in one small file per vendor, guarded by a file lock, so that
several runs on one machine share the vendor's documented limit.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_WINDOW_SECONDS = 60.0
_SHORTEST_SLEEP_SECONDS = 0.001  # a rounding error must not become a busy loop
_MARGIN_SECONDS = 0.25  # requests may reach the vendor closer together than they were sent
_UNLIMITED_PER_MINUTE = 6_000  # from here on the vendor's headers are the only brake
_FLOAT = struct.Struct("<d")


def default_directory() -> Path:
    """Where processes of one user meet to share limits."""
    return Path(tempfile.gettempdir()) / f"analytics-assets-limits-{os.getuid()}"


class RateLimit:
    """At most `per_minute` requests in any 60 seconds, over all processes that share `name`."""

    def __init__(
        self,
        name: str,
        per_minute: int,
        *,
        directory: Path | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Create the limit; nothing is written before the first `wait`."""
        self.per_minute = max(1, per_minute)
        self._clock = clock
        self._sleep = sleep
        folder = directory or default_directory()
        self._path = folder / hashlib.sha256(name.encode()).hexdigest()[:24]

    def lower_to(self, per_minute: int) -> None:
        """Follow a lower limit that the vendor states in its headers; it never raises ours."""
        self.per_minute = max(1, min(self.per_minute, per_minute))

    def wait(self) -> float:
        """Take a slot, sleeping until one is free; returns the seconds slept."""
        if self.per_minute >= _UNLIMITED_PER_MINUTE:
            return 0.0
        slept = 0.0
        while (delay := self._take()) > 0:
            self._sleep(delay)
            slept += delay
        return slept

    def _take(self) -> float:
        """Record a send now and return 0, or return the seconds until a slot is free."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            data = file.read()
            now = self._clock()
            oldest = now - _WINDOW_SECONDS - _MARGIN_SECONDS
            whole = len(data) - len(data) % _FLOAT.size
            sent = [t for (t,) in _FLOAT.iter_unpack(data[:whole]) if oldest < t <= now]
            if len(sent) >= self.per_minute:
                return max(_SHORTEST_SLEEP_SECONDS, float(sent[-self.per_minute] - oldest))
            file.truncate(0)
            file.write(b"".join(_FLOAT.pack(t) for t in [*sent, now]))
        return 0.0
