"""The limit on requests holds, over processes too, and costs nothing where it does not bind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from analytics_assets.core.limits import RateLimit

_CHILD = """
import sys
from pathlib import Path
from analytics_assets.core.limits import RateLimit
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


def limit(folder: Path, per_minute: int, clock: Clock, name: str = "shared") -> RateLimit:
    return RateLimit(name, per_minute, directory=folder, clock=clock.read, sleep=clock.sleep)


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
    import tempfile  # noqa: PLC0415  hypothesis runs the body many times: a folder each

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


def test_a_lower_limit_is_followed_and_a_higher_one_is_not(tmp_path: Path) -> None:
    """A generous header would undo the limit that the user has set."""
    shared = limit(tmp_path, 10, Clock())
    for stated, expected in ((20, 10), (4, 4), (10, 4), (0, 1)):
        shared.lower_to(stated)
        assert shared.per_minute == expected


def test_a_very_high_limit_touches_no_file(tmp_path: Path) -> None:
    """Every request to the sandbox would pay for a file lock."""
    assert limit(tmp_path / "limits", 60_000, Clock()).wait() == 0.0
    assert not (tmp_path / "limits").exists()


def test_a_clock_that_was_set_back_does_not_block(tmp_path: Path) -> None:
    """Sends of the future would hold every request until that time comes."""
    clock = Clock()
    limit(tmp_path, 1, clock).wait()
    clock.now -= 500
    assert limit(tmp_path, 1, clock).wait() == 0.0


def test_a_damaged_file_is_no_obstacle(tmp_path: Path) -> None:
    """A crash in the middle of a write would stop every later run."""
    clock = Clock()
    shared = limit(tmp_path, 2, clock)
    shared.wait()
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + b"half")
    assert shared.wait() == 0.0
