"""A PostgreSQL server of a test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from analytics_assets_tests.live.programs import free_port, until

_DEBIAN = Path("/usr/lib/postgresql")
_USER = "postgres"  # the server refuses to run as root; Debian's package makes this user
_STOPS_WITHIN_SECONDS = 30


def binaries() -> Path | None:
    """The folder of the server's programs, which Debian keeps out of the search path."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = sorted(_DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name))
    return folders[-1] if folders else None


@contextmanager
def postgres(programs: Path) -> Iterator[str]:
    """Run a server on a fresh folder; yields the URL of its database."""
    user = _USER if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)  # outside of pytest's own, which nobody else may enter
        if user:
            shutil.chown(folder, user)
        data, port = folder / "data", free_port()
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "dagster", "--auth=trust", "--no-sync"],
            user=user,
            cwd=folder,
            check=True,
            capture_output=True,
        )
        options = ["-D", str(data), "-k", name, "-h", "127.0.0.1", "-p", str(port)]
        with subprocess.Popen(
            [programs / "postgres", *options, "-c", "fsync=off"],
            user=user,
            cwd=folder,
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
                until(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL")
                yield f"postgresql+psycopg2://dagster@127.0.0.1:{port}/postgres"
            finally:
                server.terminate()
                with suppress(subprocess.TimeoutExpired):
                    server.wait(_STOPS_WITHIN_SECONDS)
                server.kill()
