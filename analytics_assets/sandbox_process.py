"""Starts the vendor sandbox as a program of its own; nothing of it is ever imported."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from analytics_assets.errors import ConfigurationError

_MODULE = "analytics_assets.sandbox"
_READY = "sandbox listening on "


def command(*arguments: str) -> list[str]:
    """The command line of the sandbox."""
    return [sys.executable, "-m", _MODULE, *arguments]


def replace_with_sandbox(arguments: Sequence[str]) -> None:
    """Become the sandbox."""
    os.execv(sys.executable, command(*arguments))  # noqa: S606  our own module


@contextmanager
def running_sandbox(*arguments: str) -> Iterator[dict[str, str]]:
    """Run a sandbox on a free port of this machine; yields the environment that points at it.

    Raises:
        ConfigurationError: the sandbox ended before it listened.
    """
    with subprocess.Popen(  # noqa: S603  our own module
        command("--port", "0", *arguments), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith(_READY):
                what = f"the sandbox did not start: {line.strip() or 'no output'}"
                raise ConfigurationError(what, todo="Run `analytics-assets sandbox` to see why")
            port = urlsplit(line.removeprefix(_READY).strip()).port
            yield printed_environment("--port", str(port), *arguments)
        finally:
            process.terminate()


def printed_environment(*arguments: str) -> dict[str, str]:
    """The variables that `sandbox --print-env` prints."""
    printed = subprocess.run(  # noqa: S603  our own module
        command("--print-env", *arguments), capture_output=True, text=True, check=True
    )
    pairs = (line.split("=", 1) for line in printed.stdout.splitlines() if "=" in line)
    return dict(pairs)
