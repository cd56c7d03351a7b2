"""What a contender says about itself when it is done; peers use it, so it imports nothing."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

_KIB = 1024


class Stopwatch:
    """Wall and CPU time from the first request on, imports and preparations excluded."""

    def __init__(self) -> None:
        """Start."""
        self._began, self._cpu_began = time.monotonic(), cpu_seconds()

    def stop(self) -> dict[str, float | int]:
        """What was used until now."""
        return {
            "inner_seconds": round(time.monotonic() - self._began, 4),
            "cpu_seconds": round(cpu_seconds() - self._cpu_began, 4),
            "peak_bytes": peak_bytes(),
        }


def report(rows: int, measured: dict[str, float | int], **more: Any) -> None:
    """Print a contender's result as the last line of its output."""
    sys.stdout.write(f"\n{json.dumps({'rows': rows, **measured, **more})}\n")
    sys.stdout.flush()


def cpu_seconds() -> float:
    """User and system time of this process with its threads, and of its children that ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_bytes() -> int:
    """The most memory that this process, or one of its children that ended, has had.

    Linux tells it for this process alone; elsewhere `ru_maxrss` may count the parent's from before.
    """
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _KIB
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return max(children, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB)
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return max(children, int(line.split()[1]) * _KIB)
