"""Starts the programs of `deploy/` on ports and folders of a test's own, and ends them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from analytics_assets.variables import VARIABLES

ROOT = Path(__file__).parent.parent.parent
START = ROOT / "deploy" / "start"
_STARTS_WITHIN_SECONDS = 120
_ENDS_WITHIN_SECONDS = 20
_PAUSE_SECONDS = 0.3
_SHOWN_CHARACTERS = 3000

Found = TypeVar("Found")


@dataclass(frozen=True)
class Web:
    """A webserver, asked the way its own pages ask it."""

    url: str

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of a GraphQL answer; an error fails the test."""
        answer = httpx.post(
            f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60
        ).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def has_loaded(self) -> bool:
        """Whether it serves the definitions."""
        query = "{repositoriesOrError{...on RepositoryConnection{nodes{name}}}}"
        with suppress(httpx.HTTPError):
            return bool(self.ask(query)["repositoriesOrError"].get("nodes"))
        return False


class Programs:
    """Programs of a deployment, each in a process group of its own, with a log each."""

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        """`environment` is what the programs see beside the search path and the locale."""
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ports = {name: str(free_port()) for name in ("CODE", "WEBSERVER", "VIEWERS")}
        kept = {k: v for k, v in os.environ.items() if k not in VARIABLES and k != "DAGSTER_HOME"}
        self._environment = {
            **kept,
            **environment,
            "BIN": str(Path(sys.executable).parent),
            **{f"{name}_PORT": port for name, port in self._ports.items()},
        }

    def start(self, name: str) -> None:
        """Start one of the programs that `deploy/start` knows."""
        with (self._logs / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(
                [START, name],
                env=self._environment,
                cwd=self._logs,  # without a .env
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def web(self, name: str = "webserver") -> Web:
        """Start a webserver and wait until it serves the definitions."""
        web = Web(f"http://127.0.0.1:{self._ports[name.upper()]}")
        self.start(name)
        until(web.has_loaded, f"{name} serves the definitions", self.words)
        return web

    def words(self) -> str:
        """The ends of all logs, for a failure."""
        logs = sorted(self._logs.glob("*.log"))
        return "\n".join(f"--- {p.name}\n{p.read_text()[-_SHOWN_CHARACTERS:]}" for p in logs)

    def kill(self) -> None:
        """Kill all programs and the runs they started at once, as a power cut does."""
        for process in self._running.values():
            os.killpg(process.pid, signal.SIGKILL)
        for process in self._running.values():
            process.wait()

    def end(self) -> None:
        """End all programs with the runs they started."""
        for process in self._running.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(_ENDS_WITHIN_SECONDS)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def deployed(environment: Mapping[str, str], logs: Path) -> Iterator[tuple[Web, Programs]]:
    """Code server, webserver and daemon; no schedule ticks by itself."""
    programs = Programs(environment, logs)
    try:
        programs.start("code")
        web = programs.web()
        stop_schedules(web)
        programs.start("daemon")
        yield web, programs
    finally:
        programs.end()


def stop_schedules(web: Web) -> None:
    """Stop what would start by the clock, so that a test does the same at any hour."""
    found = web.ask("{repositoriesOrError{...on RepositoryConnection{nodes{schedules{id}}}}}")
    stop = (
        "mutation($id: String!){stopRunningSchedule(id: $id){__typename "
        "...on PythonError{message}}}"
    )
    for repository in found["repositoriesOrError"]["nodes"]:
        for schedule in repository["schedules"]:
            answer = web.ask(stop, id=schedule["id"])["stopRunningSchedule"]
            assert answer["__typename"] == "ScheduleStateResult", answer


def until(
    look: Callable[[], Found],
    what: str,
    words: Callable[[], str] = str,
    seconds: float = _STARTS_WITHIN_SECONDS,
) -> Found:
    """Wait for what `look` finds; fails with `words` when it does not come."""
    ends = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < ends, f"{what}: not within {seconds} seconds\n{words()}"
        time.sleep(_PAUSE_SECONDS)
    return found


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def make_home(home: Path, *more: Path) -> Path:
    """A Dagster home with the project's own settings, and those of other files after them."""
    home.mkdir(parents=True)
    with (home / "dagster.yaml").open("wb") as settings:
        for path in (ROOT / "dagster.yaml", *more):
            with path.open("rb") as part:
                shutil.copyfileobj(part, settings)
    return home
