"""Installs the peers into environments of their own, and runs them on the local vendor."""

from __future__ import annotations

import functools
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.measure import BENCH, LocalVendor, Sample, run, scratch

_PINS = Path(__file__).with_name("peers.txt")
_INSTALL_SECONDS = 600


@dataclass(frozen=True)
class Peer:
    """A peer: its environment, its module below `benchmarks.peers`, and what that is told.

    Attributes:
        loses_rows: it may end with fewer rows than came, without saying so.
    """

    environment: str
    module: str
    arguments: tuple[str, ...] = ()
    loses_rows: bool = False

    def measure(
        self,
        vendor: LocalVendor,
        listing: str,
        rows: int,
        *,
        full: int = 0,
        behaviour: Mapping[str, Any] | None = None,
    ) -> Sample:
        """One turn on a vendor of `rows` rows, with its time scaled as if they were `full`."""
        python = installed(self.environment)
        if isinstance(python, Sample):
            return python
        vendor.behave(**(behaviour or {}))
        with scratch() as folder:
            program: list[str | Path] = [python, "-m", f"benchmarks.peers.{self.module}"]
            sample = run([*program, listing, vendor.base_url, folder, *self.arguments])
        if sample.failure:
            return sample
        if sample.rows != rows and not self.loses_rows:
            return replace(sample, failure=f"{sample.rows:,} rows instead of {rows:,}")
        return scaled(sample, (full or rows) / rows)


def scaled(sample: Sample, factor: float) -> Sample:
    """The sample as it would be for `factor` times the rows, if time grows with rows."""
    return replace(
        sample,
        rows=round(sample.rows * factor),
        inner_seconds=sample.inner_seconds * factor,
        wall_seconds=sample.wall_seconds * factor,
        cpu_seconds=sample.cpu_seconds * factor,
    )


AIRBYTE = Peer("airbyte", "airbyte_read")
SINGER_TAP = Peer("singer", "singer_pipe", ("",))
DLT_ARROW = Peer("dlt", "dlt_arrow")
DLT_PARQUET = Peer("dlt", "dlt_rest_api", ("parquet",))
SLOW_PEERS = {
    "dlt-default": Peer("dlt", "dlt_rest_api", ("default",)),
    "airbyte-read-only": AIRBYTE,
    "singer-tap-only": SINGER_TAP,
    "singer-target": Peer("singer", "singer_pipe", ("target-duckdb",), loses_rows=True),
}
"""Peers that would need many minutes for a million rows."""


@functools.cache
def installed(name: str) -> Path | Sample:
    """The Python of a peer's environment, made if it is not there; or why there is none."""
    wanted = _requirements()[name]
    folder = BENCH / "peers" / name
    python = folder / "bin" / "python"
    marker = folder / "installed.txt"
    if marker.exists() and marker.read_text(encoding="utf-8") == " ".join(wanted):
        return python
    sys.stderr.write(f"installing {' '.join(wanted)}\n")
    venv.create(folder, clear=True, with_pip=True)
    ended = subprocess.run(
        [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted],
        capture_output=True,
        text=True,
        timeout=_INSTALL_SECONDS,
        check=False,
    )
    if ended.returncode:
        words = (ended.stderr.strip().splitlines() or ["no reason given"])[-1]
        return Sample(failure=f"skipped: {name} cannot be installed: {words}")
    marker.write_text(" ".join(wanted), encoding="utf-8")
    return python


def _requirements() -> dict[str, list[str]]:
    lines = _PINS.read_text(encoding="utf-8").splitlines()
    entries = [line.split() for line in lines if line and not line.startswith("#")]
    return {name: wanted for name, *wanted in entries}
