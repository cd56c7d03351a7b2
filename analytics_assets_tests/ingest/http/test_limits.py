"""The limit on requests holds, over processes too, and costs nothing where it does not bind."""

from __future__ import annotations

import math
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_assets.errors import ConfigurationError, VendorPausedError
from analytics_assets.ingest.http import limits
from analytics_assets.ingest.http.limits import LONGEST_PAUSE_SECONDS, RateLimit, Stated

_CHILD = """
import sys
from pathlib import Path
from analytics_assets.ingest.http.limits import RateLimit
slept = []
limit = RateLimit("shared", 3, directory=Path(sys.argv[1]), clock=lambda: 1000.0 + sum(slept),
                  sleep=slept.append)
limit.wait()
print(sum(slept))
"""


class Clock:
    """A clock that moves only when somebody sleeps or lets time pass."""

    def __init__(self) -> None:
        self.now = 1000.0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@dataclass
class Window:
    """How a vendor may count: in windows that begin with a request, with the clock, or slide."""

    limit: int
    kind: str
    begun: float = -math.inf
    counted: list[float] = field(default_factory=list)

    def take(self, now: float) -> Stated | None:
        """Count a request; None is a 429."""
        if self.kind == "sliding":
            self.begun = now - 60
        elif now >= self.begun + 60:
            self.begun = now if self.kind == "first request" else now // 60 * 60
        self.counted = [t for t in self.counted if t >= self.begun]
        if len(self.counted) >= self.limit:
            return None
        self.counted.append(now)
        reset = math.ceil(min(self.counted) if self.kind == "sliding" else self.begun) + 60
        return Stated(self.limit, self.limit - len(self.counted), float(reset))


KINDS = pytest.mark.parametrize("kind", ["first request", "clock", "sliding"])


def limit(folder: Path, per_minute: int, clock: Clock, name: str = "shared") -> RateLimit:
    return RateLimit(
        name, per_minute, directory=folder, clock=clock.read, wall=clock.read, sleep=clock.sleep
    )


def test_requests_beyond_the_limit_wait_for_the_window(tmp_path: Path) -> None:
    """The vendor would answer 429."""
    clock = Clock()
    waits = [limit(tmp_path, 3, clock).wait() for _ in range(5)]
    assert waits[:3] == [0.0, 0.0, 0.0]
    assert waits[3] >= 60.0
    assert waits[4] == 0.0


@given(pauses=st.lists(st.floats(0, 40), min_size=1, max_size=40), per_minute=st.integers(1, 5))
def test_no_window_of_a_minute_holds_more_than_the_limit(
    pauses: list[float], per_minute: int
) -> None:
    """A burst at the edge of two minutes would break a sliding limit."""
    clock = Clock()
    sent = []
    with tempfile.TemporaryDirectory() as folder:
        shared = limit(Path(folder), per_minute, clock)
        for pause in pauses:
            clock.now += pause
            shared.wait()
            sent.append(clock.now)
    for first, later in zip(sent, sent[per_minute:], strict=False):
        assert later - first > 60.0


def test_two_limits_of_one_name_share_the_slots(tmp_path: Path) -> None:
    """Two runs at once would each use up the whole quota."""
    clock = Clock()
    first, second = limit(tmp_path, 2, clock), limit(tmp_path, 2, clock)
    assert [first.wait(), second.wait()] == [0.0, 0.0]
    assert first.wait() > 0


def test_limits_of_different_names_do_not(tmp_path: Path) -> None:
    """One slow vendor would hold up the others."""
    clock = Clock()
    assert limit(tmp_path, 1, clock, "a").wait() == 0.0
    assert limit(tmp_path, 1, clock, "b").wait() == 0.0


def test_another_process_sees_the_slots_that_are_taken(tmp_path: Path) -> None:
    """Each of several runs would believe that it is alone."""
    clock = Clock()
    for _ in range(2):
        limit(tmp_path, 3, clock).wait()

    def child() -> float:
        command = [sys.executable, "-c", _CHILD, str(tmp_path)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert child() == 0.0
    assert child() >= 60.0


@KINDS
@pytest.mark.parametrize("per_minute", [1, 60, 120])
def test_a_known_limit_costs_no_refusal_and_no_time(
    tmp_path: Path, kind: str, per_minute: int
) -> None:
    """A 429 may lock the account; a limiter that is too careful makes a backfill days longer."""
    clock = Clock()
    began = clock.now
    vendor, shared = Window(per_minute, kind), limit(tmp_path, per_minute, clock)
    for _ in range(per_minute * 5):
        shared.wait()
        sent_at = clock.now
        clock.now += 0.2  # the way there
        stated = vendor.take(clock.now)
        assert stated is not None
        clock.now += 0.2  # and back
        shared.follow(stated, sent_at)
    ideal = 4 * 60 + per_minute * 0.4  # the last window's requests, one after the other
    assert clock.now - began <= 1.05 * ideal


@pytest.mark.parametrize("kind", ["first request", "clock"])
@settings(max_examples=30)
@given(data=st.data())
def test_what_others_use_up_is_noticed_in_the_headers(kind: str, data: st.DataObject) -> None:
    """A colleague's script on the same key would make every run of ours meet 429."""
    clock = Clock()
    vendor = Window(20, kind)
    with tempfile.TemporaryDirectory() as folder:
        shared = limit(Path(folder), 20, clock)
        vendor.take(clock.now)
        refused = 0
        for others in data.draw(st.lists(st.integers(0, 6), min_size=30, max_size=60)):
            shared.wait()
            sent_at = clock.now
            stated = vendor.take(sent_at)
            refused += stated is None
            for _ in range(others):  # between our request and the answer: it does not count them
                vendor.take(clock.now)
            if stated is None:
                shared.pause(vendor.begun + 61 - clock.now)
            else:
                shared.follow(stated, sent_at)
            clock.now += 0.5
    # Only what others send after our last answer can surprise us: once, then all wait.
    assert refused <= clock.now // 60


@pytest.mark.parametrize(
    ("stated", "free_after"),
    [
        (Stated(60, 0, 1030.0), 31.0),  # others have used up all: until the reset and the margin
        (Stated(60, 0), 61.0),  # no reset is stated: at worst the window has just begun
        (Stated(60, 1, 1030.0), 0.0),
        (Stated(60, 59, 1030.0), 0.0),
        (Stated(60), 0.0),
        (Stated(60, 61), 0.0),  # nonsense
        (Stated(50_000, 0, 1000.0 + 86_400), 0.0),  # a limit of a day, not of a minute
    ],
)
def test_the_last_slot_is_not_taken_twice(
    tmp_path: Path, stated: Stated, free_after: float
) -> None:
    """`X-RateLimit-Remaining: 0` is a 429 that can still be avoided, by every process."""
    clock = Clock()
    shared, another = limit(tmp_path, 60, clock), limit(tmp_path, 60, clock)
    shared.wait()
    shared.follow(stated, clock.now)
    assert another.wait() == pytest.approx(free_after)


def test_a_lower_limit_is_followed_by_every_process(tmp_path: Path) -> None:
    """A process that has just begun would ask at the pace that the vendor refuses."""
    clock = Clock()
    shared, another = limit(tmp_path, 60_000, clock), limit(tmp_path, 10, clock)
    shared.follow(Stated(2), clock.now)
    assert (shared.allowed, another.allowed) == (2, 2)
    assert [another.wait(), shared.wait()] == [0.0, 0.0]
    assert another.wait() > 0


def test_a_higher_limit_counts_when_the_lower_one_is_a_window_old(tmp_path: Path) -> None:
    """SealMetrics states 60 at its login and 120 elsewhere: a run must not stay at 60."""
    clock = Clock()
    shared = limit(tmp_path, 120, clock)
    shared.follow(Stated(60), clock.now)
    shared.follow(Stated(240), clock.now)
    assert shared.allowed == 60
    clock.now += 61
    shared.follow(Stated(240), clock.now)
    assert shared.allowed == 120, "the vendor's 240 must not undo what the user has set"


@pytest.mark.parametrize("per_minute", [1, 60, 60_000])
def test_a_pause_holds_up_every_process(tmp_path: Path, per_minute: int) -> None:
    """Each of several runs would meet a 429 of its own, and some vendors ban for that."""
    clock = Clock()
    refused, another = limit(tmp_path, per_minute, clock), limit(tmp_path, per_minute, clock)
    refused.pause(7)
    refused.pause(3)
    assert another.wait() == pytest.approx(7)
    assert limit(tmp_path, per_minute, clock, "other vendor").wait() == 0.0


def test_a_pause_has_an_end(tmp_path: Path) -> None:
    """One absurd header, or a damaged file, would stop all loads for days."""
    clock = Clock()
    shared = limit(tmp_path, 60, clock)
    shared.pause(1e9)
    with pytest.raises(VendorPausedError):
        shared.wait()
    clock.now += LONGEST_PAUSE_SECONDS + 1
    assert shared.wait() == 0.0


def test_a_long_pause_outlasts_the_process_and_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart would ask hours before the vendor wants to be asked."""
    clock, passed = Clock(), 0.0
    shared = RateLimit(
        *("shared", 60),
        directory=tmp_path,
        clock=clock.read,
        wall=lambda: 1_780_000_000.0 + passed,
        sleep=clock.sleep,
    )
    shared.pause(36_000)
    monkeypatch.setattr(limits, "boot_id", lambda: b"another start...")
    clock.now, passed = 10.0, 30_000.0
    with pytest.raises(VendorPausedError, match="shared wants to be left alone until 2026-05-29"):
        shared.wait()
    clock.now += 6_001
    assert shared.wait() == 0.0


def test_a_very_high_limit_touches_no_file(tmp_path: Path) -> None:
    """Every request to the sandbox would pay for a file lock."""
    shared = limit(tmp_path / "limits", 60_000, Clock())
    assert shared.wait() == 0.0
    shared.follow(Stated(60_000, 59_999, 1060.0), 1000.0)
    assert shared.allowed == 60_000
    assert not (tmp_path / "limits").exists()


def test_moments_of_the_future_do_not_block(tmp_path: Path) -> None:
    """A damaged file would hold every request until that time comes."""
    clock = Clock()
    limit(tmp_path, 1, clock).wait()
    clock.now -= 500
    assert limit(tmp_path, 1, clock).wait() == 0.0


@pytest.mark.parametrize("damage", [b"half", b"\xff" * 8, struct.pack("<d", math.inf)])
@pytest.mark.parametrize("is_whole", [True, False])
def test_a_damaged_file_is_no_obstacle(tmp_path: Path, damage: bytes, is_whole: bool) -> None:  # noqa: FBT001
    """A crash in the middle of a write would stop every later run."""
    clock = Clock()
    shared = limit(tmp_path, 2, clock)
    shared.wait()
    (file,) = tmp_path.iterdir()
    file.write_bytes((file.read_bytes() if is_whole else b"") + damage)
    assert shared.wait() <= 61.0, "at worst the damage counts as a request"
    assert shared.allowed == 2


def test_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    """A service that runs for months would fill the disk and slow down."""
    clock = Clock()
    shared = limit(tmp_path, 5_000, clock)
    for _ in range(13_000):
        clock.now += 0.02
        shared.wait()
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size < 200_000


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A full disk or a foreign folder would end in a traceback."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="ANALYTICS_STATE"):
        limit(tmp_path / "file" / "folder", 60, Clock()).wait()


def test_the_clock_on_the_wall_moves_no_limit(tmp_path: Path) -> None:
    """A clock that is set forward would double the requests of a minute."""
    clock, wall = Clock(), Clock()
    shared = RateLimit(
        "shared", 2, directory=tmp_path, clock=clock.read, wall=wall.read, sleep=clock.sleep
    )
    shared.wait()
    shared.wait()
    wall.now += 3_600
    assert shared.wait() == pytest.approx(61.0)


def test_a_stated_reset_is_of_the_wall(tmp_path: Path) -> None:
    """Unix seconds against seconds since the start of the machine would be 50 years of waiting."""
    clock, wall = Clock(), Clock()
    wall.now = 1_780_000_000.0
    shared = RateLimit(
        "shared", 60, directory=tmp_path, clock=clock.read, wall=wall.read, sleep=clock.sleep
    )
    shared.follow(Stated(60, 0, wall.now + 30), clock.now)
    assert shared.wait() == pytest.approx(31.0)


def test_after_a_restart_what_was_sent_counts_as_sent_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seconds of two starts of a machine cannot be compared, and the vendor still counts."""
    clock = Clock()
    shared = limit(tmp_path, 2, clock)
    shared.wait()
    shared.wait()
    monkeypatch.setattr(limits, "boot_id", lambda: b"another start..!")
    clock.now = 5.0
    assert shared.wait() == pytest.approx(61.0)
    assert shared.wait() == 0.0
