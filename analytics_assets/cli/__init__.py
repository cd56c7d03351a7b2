"""The `analytics-assets` command: one module per subcommand, imported when it is asked for."""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path

import click

from analytics_assets.errors import AnalyticsError

COMMANDS = (
    *("activate", "create-site", "demo", "doctor", "explain", "forget"),
    *("lineage", "load", "maintain", "sandbox", "wipe"),
)
"""The subcommands. Each is the function `command` of the module of its name; the first line of the
module's docstring is its line in the help, so that the help imports none of them."""


class _Commands(click.Group):
    """Subcommands that are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, for the help and for completion."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"analytics_assets.cli.{_module(cmd_name)}").command
        assert isinstance(command, click.Command)  # noqa: S101  what each module declares
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in the help."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, _summary(name)) for name in COMMANDS])


def _module(name: str) -> str:
    return name.replace("-", "_")


def _summary(name: str) -> str:
    """The first line of a module's docstring, read without importing the module."""
    path = Path(__file__).with_name(f"{_module(name)}.py")
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(None, "--version", package_name="analytics-assets")
def cli() -> None:
    """Cross-vendor analytics: every vendor endpoint as a Dagster asset over one lake."""


def main() -> None:
    """Run the command; a user's error is one line."""
    try:
        cli()
    except AnalyticsError as error:
        click.secho(str(error), fg="red", err=True)
        sys.exit(1)
