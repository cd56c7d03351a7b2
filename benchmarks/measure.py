"""Starts the local vendor and the contenders, and collects what they measured."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).parent.parent
BENCH = ROOT / ".bench"
"""What benchmarks write: peers' environments, results, and temporary data."""


@dataclass(frozen=True)
class Sample:
    """One run of a contender.

    Attributes:
        inner_seconds: from the first request to the end, imports excluded.
        wall_seconds: the whole process.
        cpu_seconds: user and system time within `inner_seconds`, of all threads.
        failure: why there is no result; empty where there is one.
        more: what else the contender or the vendor counted.
    """

    rows: int = 0
    inner_seconds: float = 0.0
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    failure: str = ""
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LocalVendor:
    """The running vendor."""

    base_url: str

    def behave(self, **behaviour: Any) -> None:
        """Set what it does wrong, and let it count from zero."""
        self._control(f"?set={quote(json.dumps(behaviour))}")

    def served(self) -> dict[str, Any]:
        """What it served since then."""
        return self._control("")

    def _control(self, query: str) -> dict[str, Any]:
        with closing(http.client.HTTPConnection(urlsplit(self.base_url).netloc)) as connection:
            connection.request("GET", f"/control{query}")
            counted: dict[str, Any] = json.load(connection.getresponse())
        return counted


@contextmanager
def local_vendor(*, raw_rows: int = 0, legacy_rows: int = 0) -> Iterator[LocalVendor]:
    """Run the vendor with listings of so many rows."""
    command = [sys.executable, "-m", "benchmarks.server", f"--raw-rows={raw_rows}"]
    with subprocess.Popen(
        [*command, f"--legacy-rows={legacy_rows}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None  # noqa: S101  a pipe was asked for
            port = process.stdout.readline().strip()
            if not port:
                msg = "the local vendor did not start"
                raise RuntimeError(msg)
            yield LocalVendor(f"http://127.0.0.1:{port}")
        finally:
            process.kill()


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for what one run writes, removed afterwards."""
    BENCH.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=BENCH))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without the user's own settings of the platform."""
    ours = ("ANALYTICS_", "SEALMETRICS_", "WEMASY_", "SESSION_STORY_", "SEGMETRICS_", "DAGSTER_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return {**kept, "PYTHONPATH": str(ROOT), **(more or {})}


def run(
    command: Sequence[str | Path], *, more: Mapping[str, str] | None = None, timeout: float = 1800
) -> Sample:
    """Run a contender and read the line of JSON that it prints last."""
    began = time.monotonic()
    try:
        ended = subprocess.run(
            [str(part) for part in command],
            cwd=ROOT,
            env=clean_environment(more),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Sample(failure=f"not finished after {timeout:.0f} s", wall_seconds=timeout)
    wall = time.monotonic() - began
    lines = ended.stdout.strip().splitlines()
    try:
        measured = json.loads(lines[-1])
    except (IndexError, json.JSONDecodeError):
        words = (ended.stderr.strip().splitlines() or ["no output"])[-1]
        return Sample(failure=f"ended with {ended.returncode}: {words}", wall_seconds=wall)
    return Sample(
        rows=measured.pop("rows"),
        inner_seconds=measured.pop("inner_seconds"),
        cpu_seconds=measured.pop("cpu_seconds"),
        peak_bytes=measured.pop("peak_bytes"),
        wall_seconds=wall,
        more=measured,
    )


def contender(name: str, *arguments: object) -> list[str]:
    """The command of a contender of our own."""
    return [sys.executable, "-m", f"benchmarks.contenders.{name}", *map(str, arguments)]
