"""A limit on requests that holds across threads and processes.

One small file per vendor, guarded by a file lock, holds what all who ask that vendor must know:
when the last requests were sent, the limit that the vendor states, and until when it wants to be
left alone. The window slides, so that the vendor may count in fixed or in sliding windows.

Moments are seconds since the machine started, because the clock on the wall can be set. After a
restart all that the file lists counts as sent just now.
"""

from __future__ import annotations

import fcntl
import hashlib
import math
import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from analytics_assets.errors import ConfigurationError, VendorPausedError
from analytics_assets.settings.state import state_folder, state_place

AT_ONCE = 8
"""Requests that a client has under way; the vendor's limit slows them where there is one."""
WINDOW_SECONDS = 60.0
PATIENCE_SECONDS = 300.0
"""The longest pause that a run waits for; one that is longer ends it."""
LONGEST_PAUSE_SECONDS = 31 * 86_400.0
"""No quota is counted over a longer period than a month; a longer pause is taken for that."""
_SHORTEST_SLEEP_SECONDS = 0.001  # a rounding error must not become a busy loop
_MARGIN_PART = 1 / 60  # requests may reach the vendor closer together than they were sent
_RESET_SLACK_SECONDS = 5.0  # clocks differ; a reset later than a window is about another limit
_UNLIMITED = 6_000  # a minute: from here on only the vendor's own answers are a brake
_HEAD = struct.Struct("<16sdddd")
_MOMENT = struct.Struct("<d")
_LONGEST_LOG = 2 * _UNLIMITED  # in entries; then the older half is cut off


class Stated(NamedTuple):
    """The limit as an answer states it: requests in all, and left until the window ends.

    `reset_at` is in unix seconds.
    """

    limit: int
    remaining: int | None = None
    reset_at: float | None = None


class _Head(NamedTuple):
    """The beginning of the file; zeros where nothing is known.

    The end of a pause is kept in unix seconds too, because it outlasts a restart of the machine.
    """

    boot: bytes = bytes(16)
    paused_until: float = 0.0
    stated_limit: float = 0.0
    stated_at: float = 0.0
    paused_until_unix: float = 0.0


def boot_clock() -> float:
    """Seconds since the machine started, its sleep included; only Linux has that clock."""
    clock: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    return time.time() if clock is None else time.clock_gettime(clock)


def boot_id() -> bytes:
    """Sixteen bytes that name this start of the machine; zeros where the system names none."""
    try:
        text = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        return bytes.fromhex(text.strip().replace("-", ""))[:16]
    except (OSError, ValueError):
        return bytes(16)


class RateLimit:
    """At most `per_window` requests in any window, over all processes that share `name`.

    A window is a minute; other lengths are for tests, so that they take seconds.
    """

    def __init__(  # noqa: PLR0913  what a test replaces
        self,
        name: str,
        per_window: int,
        *,
        window_seconds: float = WINDOW_SECONDS,
        directory: Path | None = None,
        clock: Callable[[], float] = boot_clock,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Create the limit; nothing is read or written before it binds."""
        self.per_window = max(1, per_window)
        self.window_seconds = window_seconds
        self.clock = clock
        self.wall = wall
        self.sleep = sleep
        self._directory = directory
        self._vendor = name.partition(" ")[0]
        self._name = hashlib.sha256(name.encode()).hexdigest()[:24]
        self._span = window_seconds * (1 + _MARGIN_PART)

    @property
    def _path(self) -> Path:
        return (self._directory or state_place()) / self._name

    @property
    def allowed(self) -> int:
        """Requests in a window: ours, or the vendor's where it has stated fewer."""
        if self.is_free:
            return self.per_window
        with self._log() as log:
            return self._allowed(log.head)

    def wait(self) -> float:
        """Take a slot, sleeping until one is free; returns the seconds slept.

        Raises:
            ConfigurationError: the file cannot be kept.
            VendorPausedError: the vendor wants to be left alone for longer than a run waits.
        """
        slept = 0.0
        while not self.is_free and (delay := self._take()) > 0:
            self.sleep(delay)
            slept += delay
        return slept

    def pause(self, seconds: float) -> None:
        """Let everybody wait: the vendor has refused a request as one too many."""
        with self._log() as log:
            now = self.clock()
            longer = max(min(seconds, LONGEST_PAUSE_SECONDS), _pause_left(log.head, now))
            ends = self.wall() + longer
            log.head = log.head._replace(paused_until=now + longer, paused_until_unix=ends)

    def follow(self, stated: Stated, sent_at: float) -> None:
        """Believe an answer, as far as it is stricter, to a request sent at `sent_at` (`clock`).

        Others may use up the same limit where no file of ours sees them: what the vendor counts
        beyond our requests is noted as if it had been sent by us.
        """
        if stated.limit >= _UNLIMITED and self.is_free:
            return
        now = self.clock()
        resets_at = None if stated.reset_at is None else now + stated.reset_at - self.wall()
        if (resets_at or now) > now + self.window_seconds + _RESET_SLACK_SECONDS:
            return
        with self._log() as log:
            # Some vendors state one limit here and another there: the lower holds for a window.
            known = log.head.stated_limit
            is_old = now - log.head.stated_at > self.window_seconds
            if not known or is_old or stated.limit <= known:
                log.head = log.head._replace(stated_limit=stated.limit, stated_at=now)
            if stated.remaining is None or not 0 <= stated.remaining <= stated.limit:
                return
            used = self._allowed(log.head) - stated.remaining
            began = sent_at - self._span
            if used > 0 and not (log.count >= used and log.sent(-used) > began):
                ends = resets_at or now + self.window_seconds
                log.add_unseen(used, began, min(now, ends - self.window_seconds))

    @property
    def is_free(self) -> bool:
        """Whether there is nothing to wait for: a very high limit, and no word from the vendor."""
        return self.per_window >= _UNLIMITED and not self._path.exists()

    def _allowed(self, head: _Head) -> int:
        return max(1, min(self.per_window, int(head.stated_limit) or self.per_window))

    def _take(self) -> float:
        """Record a send now and return 0, or return the seconds until a slot is free."""
        with self._log() as log:
            now = self.clock()
            if (paused := _pause_left(log.head, now)) > PATIENCE_SECONDS:
                raise self._paused(paused)
            if paused > 0:
                return max(_SHORTEST_SLEEP_SECONDS, paused)
            allowed = self._allowed(log.head)
            if allowed >= _UNLIMITED:
                return 0.0
            if log.count >= allowed:
                oldest = log.sent(-allowed)
                busy = oldest + self._span - now
                if busy > 0 and oldest <= now:  # later than now: the file is damaged
                    return max(_SHORTEST_SLEEP_SECONDS, busy)
            log.append(now)
        return 0.0

    def _paused(self, seconds: float) -> VendorPausedError:
        until = datetime.fromtimestamp(self.wall() + seconds, UTC)
        what = f"{self._vendor} wants to be left alone until {until:%Y-%m-%d %H:%M} UTC"
        return VendorPausedError(what, todo="Run it again after that")

    @contextmanager
    def _log(self) -> Iterator[_Log]:
        folder = self._directory or state_folder()
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            file = os.open(folder / self._name, flags, 0o600)
        except OSError as error:
            what = f"the limit of requests cannot be kept in {folder}: {error.strerror}"
            raise ConfigurationError(what, todo="Set ANALYTICS_STATE to another folder") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX)  # of this opening of the file: threads wait too
            log = _Log(file)
            log.follow_boot(boot_id(), self.clock(), self.wall())
            yield log
        finally:
            os.close(file)


def _pause_left(head: _Head, now: float) -> float:
    left = head.paused_until - now
    return left if 0 < left <= LONGEST_PAUSE_SECONDS else 0.0  # longer: the file is damaged


class _Log:
    """The locked file: a head, then the moments of requests in order, the last ones last."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._first = _HEAD.size
        self.count = max(0, os.fstat(file).st_size - self._first) // _MOMENT.size

    @property
    def head(self) -> _Head:
        data = os.pread(self._file, _HEAD.size, 0)
        values = _HEAD.unpack(data) if len(data) == _HEAD.size else ()
        return _Head(*values) if all(map(math.isfinite, values[1:])) else _Head(boot_id())

    @head.setter
    def head(self, head: _Head) -> None:
        os.pwrite(self._file, _HEAD.pack(*head), 0)

    def follow_boot(self, boot: bytes, now: float, unix: float) -> None:
        """After a reboot, count earlier requests as sent now and keep the end of a pause."""
        head = self.head
        if head.boot != boot:
            ends = head.paused_until_unix
            self.head = _Head(boot, now + ends - unix, head.stated_limit, now, ends)
            self._write([now] * min(self.count, _UNLIMITED))

    def sent(self, index: int) -> float:
        """When a request was sent, counted from the end: -1 is the last."""
        data = os.pread(self._file, _MOMENT.size, self._place(self.count + index))
        return float(_MOMENT.unpack(data)[0])

    def append(self, moment: float) -> None:
        os.pwrite(self._file, _MOMENT.pack(moment), self._place(self.count))
        self.count += 1
        if self.count > _LONGEST_LOG:
            self._write(self._read()[-_UNLIMITED:])

    def add_unseen(self, used: int, began: float, moment: float) -> None:
        """Add requests of others at `moment`, so that `used` have been sent since `began`."""
        known = self._read()
        missing = used - sum(1 for sent in known if sent > began)
        self._write(sorted([*known, *[moment] * missing]))

    def _read(self) -> list[float]:
        data = os.pread(self._file, self.count * _MOMENT.size, self._first)
        return [moment for (moment,) in _MOMENT.iter_unpack(data)]

    def _write(self, moments: list[float]) -> None:
        data = b"".join(_MOMENT.pack(moment) for moment in moments)
        os.pwrite(self._file, data, self._first)
        os.ftruncate(self._file, self._first + len(data))
        self.count = len(moments)

    def _place(self, index: int) -> int:
        return self._first + index * _MOMENT.size
