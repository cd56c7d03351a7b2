"""The `analytics-assets` command."""

from __future__ import annotations

import sys

import click

from analytics_assets.core.errors import AnalyticsError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Cross-vendor analytics: every vendor endpoint as a Dagster asset over one lake."""


@cli.command()
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 180))
@click.option("--seed", default=7, show_default=True, help="The sandbox's world.")
@click.option("--faults", default="", help="Break the sandbox's answers, as `sandbox --faults`.")
def demo(days: int, seed: int, faults: str) -> None:
    """Load the last days of every vendor from a built-in sandbox, over real HTTP."""
    from analytics_assets.demo.command import run_demo  # noqa: PLC0415  Dagster takes a second to import

    sys.exit(run_demo(days=days, seed=seed, faults=faults))


@cli.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """Start the vendor sandbox, a program of its own (try `sandbox --help`)."""
    from analytics_assets.sandbox_process import replace_with_sandbox  # noqa: PLC0415

    replace_with_sandbox(arguments)


def main() -> None:
    """Run the command; a user's error is one line."""
    try:
        cli()
    except AnalyticsError as error:
        click.secho(str(error), fg="red", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
