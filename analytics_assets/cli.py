"""The `analytics-assets` command."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from analytics_assets.core.errors import AnalyticsError

_DAY = click.DateTime(["%Y-%m-%d"])


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


@cli.command()
@click.argument("person", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(person: tuple[str, ...], *, yes: bool) -> None:
    """Forget a PERSON: an e-mail address or a SegMetrics contact id (or several)."""
    from analytics_assets.commands.forget import run_forget  # noqa: PLC0415  as above

    run_forget(person, yes=yes)


@cli.command()
@click.argument("asset")
@click.option("--from", "first", type=_DAY, required=True, help="The first day.")
@click.option("--to", "last", type=_DAY, required=True, help="The last day.")
@click.option("--tenant", help="One site or account; otherwise all.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def wipe(asset: str, first: datetime, last: datetime, tenant: str | None, *, yes: bool) -> None:
    """Wipe days of an ASSET (vendor/endpoint): data, records of loads and Dagster's status."""
    from analytics_assets.commands.wipe import run_wipe  # noqa: PLC0415  as above

    run_wipe(asset, (first.date(), last.date()), tenant, yes=yes)


def main() -> None:
    """Run the command; a user's error is one line."""
    try:
        cli()
    except AnalyticsError as error:
        click.secho(str(error), fg="red", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
