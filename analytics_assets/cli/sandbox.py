"""Start the vendor sandbox, a program of its own (try `sandbox --help`)."""

from __future__ import annotations

import click

from analytics_assets.sandbox_process import replace_with_sandbox


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Start the vendor sandbox, a program of its own."""
    replace_with_sandbox(["--help" if argument == "-h" else argument for argument in arguments])
