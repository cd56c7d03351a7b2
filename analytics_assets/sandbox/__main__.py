"""``python -m analytics_assets.sandbox``: serve the sandbox, or print the environment for it."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import uvicorn

from analytics_assets.sandbox.app import create_app
from analytics_assets.sandbox.environment import sandbox_environment
from analytics_assets.sandbox.files import Files
from analytics_assets.sandbox.limits import WINDOW_SECONDS
from analytics_assets.sandbox.rules import KIND, WORLDS, rules_of
from analytics_assets.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

    from starlette.applications import Starlette

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8765, show_default=True, help="0 picks a free one.")
@click.option(
    "--start", type=_DAY, default="2026-01-01", show_default=True, help="First day that exists."
)
@click.option("--end", type=_DAY, help="Last day that exists (default: yesterday).")
@click.option("--seed", default=1, show_default=True, help="Another seed is another world.")
@click.option(
    "--scale",
    type=click.FloatRange(0.01),
    default=1.0,
    show_default=True,
    help="1 is about 350 sessions a day.",
)
@click.option(
    "--world",
    type=click.Choice(list(WORLDS)),
    default=KIND.name,
    show_default=True,
    help="nasty: shops, ids and dates as they really are.",
)
@click.option(
    "--without", default="", help="Rules of the nasty world to leave out, as never_share,spellings."
)
@click.option(
    "--imports",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the world's CSV files (orders, ad spend, rates) into this folder.",
)
@click.option(
    "--limits", type=click.Choice(["documented", "relaxed"]), default="relaxed", show_default=True
)
@click.option(
    "--limit-window-seconds",
    type=click.FloatRange(0.1),
    default=WINDOW_SECONDS,
    show_default=True,
    help="How long the minute of a limit is.",
)
@click.option("--faults", default="", help="kind[:vendor[/path][:count[:arg]]], comma separated.")
@click.option("--print-env", is_flag=True, help="Print NAME=value lines for the platform and end.")
def main(  # noqa: PLR0913 - one argument for each option
    *,
    host: str,
    port: int,
    start: datetime,
    end: datetime | None,
    seed: int,
    scale: float,
    world: str,
    without: str,
    imports: Path | None,
    limits: str,
    limit_window_seconds: float,
    faults: str,
    print_env: bool,
) -> None:
    """Serve synthetic web shops through the APIs of five analytics vendors."""
    first_day = start.date()
    if print_env:
        variables = sandbox_environment(
            port, host=host, limits=limits, start=f"{first_day}", world=world
        )
        for name, value in variables.items():
            click.echo(f"{name}={value}")
        return
    try:
        rules = rules_of(world, filter(None, without.split(",")))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--without") from error
    served = World(seed, scale, first_day, end.date() if end else None, rules)
    if served.end < served.start:
        message = f"no day exists from {served.start} to {served.end}"
        raise click.BadParameter(message, param_hint="--start and --end")
    try:
        app = create_app(
            served, limits=limits, faults=faults, limit_window_seconds=limit_window_seconds
        )
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--faults") from error
    if imports is not None:
        Files(served).write(imports)
    serve(app, host, port)


def serve(app: Starlette, host: str, port: int) -> None:
    """Serve until a signal to stop; says on standard output when it listens."""
    gc.set_threshold(50_000, 20, 50)  # the world is many small objects that stay
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            message = f"cannot listen on {host}:{port}: {error.strerror}"
            raise click.ClickException(message) from error
        config = uvicorn.Config(
            app, log_level="critical", access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        Server(config).run(sockets=[listener])
    sys.stdout.flush()
    os._exit(0)  # at once: taking a whole world apart object by object takes seconds


class Server(uvicorn.Server):
    """Announces its address, and ends with code 0 on a signal."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            click.echo(f"sandbox listening on http://{host}:{port}")

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Stop on a signal without raising it again afterwards."""
        stops = (signal.SIGINT, signal.SIGTERM)
        before = {stop: signal.signal(stop, self.handle_exit) for stop in stops}
        try:
            yield
        finally:
            for stop, handler in before.items():
                signal.signal(stop, handler)


if __name__ == "__main__":
    main(prog_name="python -m analytics_assets.sandbox")
