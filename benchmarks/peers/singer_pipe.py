"""A Singer tap, alone or piped into target-duckdb, as its users run it.

Imports are in the clock here, because the two programs import while the other waits.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb

from benchmarks.listings import ASKED
from benchmarks.stopwatch import Stopwatch, report


def main(listing: str, base_url: str, folder: str, target: str) -> None:
    """Run the tap and count its records, or those that the target loaded."""
    empty = Path(folder) / "tap.json"
    empty.write_text("{}", encoding="utf-8")
    database = Path(folder) / "loaded.duckdb"
    settings = Path(folder) / "target.json"
    settings.write_text(
        json.dumps(
            {
                "filepath": str(database),
                "default_target_schema": "bench",
                "primary_key_required": False,
            }
        ),
        encoding="utf-8",
    )
    told = {"BENCH_LISTING": listing, "BENCH_BASE_URL": base_url, "BENCH_CONFIG": str(empty)}
    watch = Stopwatch()
    tap = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.peers.singer_tap"],
        env={**os.environ, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert tap.stdout is not None  # noqa: S101  a pipe was asked for
    if target:
        program = Path(sys.executable).with_name(target)
        subprocess.run(
            [program, "--config", str(settings)],
            stdin=tap.stdout,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        tap.wait()
        measured = watch.stop()
        with duckdb.connect(str(database), read_only=True) as connection:
            found = connection.execute(
                f"SELECT count(*) FROM bench.{ASKED[listing].table}"
            ).fetchone()
        rows = int(found[0]) if found else 0
    else:
        rows = sum(line.startswith(b'{"type":"RECORD"') for line in tap.stdout)
        tap.wait()
        measured = watch.stop()
    report(rows, measured)


if __name__ == "__main__":
    main(*sys.argv[1:5])
