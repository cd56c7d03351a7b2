"""The `analytics-assets` command."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from analytics_assets.errors import AnalyticsError

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
    from analytics_assets.demo.command import run_demo  # noqa: PLC0415

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
    from analytics_assets.cli.forget import run_forget  # noqa: PLC0415

    run_forget(person, yes=yes)


@cli.command()
@click.argument("one")
@click.argument("other")
def explain(one: str, other: str) -> None:
    """Say why ONE and OTHER are one person: identifiers, e-mail addresses or contact ids."""
    from analytics_assets.cli.explain import run_explain  # noqa: PLC0415

    run_explain(one, other)


@cli.command()
@click.argument("asset")
@click.option("--from", "first", type=_DAY, required=True, help="The first day.")
@click.option("--to", "last", type=_DAY, required=True, help="The last day.")
@click.option("--tenant", help="One site or account; otherwise all.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def wipe(asset: str, first: datetime, last: datetime, tenant: str | None, *, yes: bool) -> None:
    """Wipe days of an ASSET (vendor/endpoint): data, records of loads and Dagster's status."""
    from analytics_assets.cli.wipe import run_wipe  # noqa: PLC0415

    run_wipe(asset, (first.date(), last.date()), tenant, yes=yes)


@cli.command()
@click.argument("kind")
@click.option("--send", is_flag=True, help="Send what the plan says.")
@click.option("--undo", is_flag=True, help="Take back everything that was sent.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def activate(kind: str, *, send: bool, undo: bool, yes: bool) -> None:
    """Plan what is sent to SegMetrics of a KIND, such as contacts or invoices; or send it."""
    from analytics_assets.cli.activate import run_activate  # noqa: PLC0415

    run_activate(kind, send=send, undo=undo, yes=yes)


@cli.command()
@click.argument("name")
@click.argument("domain")
@click.option("--yes", is_flag=True, help="Do not ask.")
def create_site(name: str, domain: str, *, yes: bool) -> None:
    """Create a site NAME of DOMAIN at Session Story."""
    from analytics_assets.cli.create_site import run_create_site  # noqa: PLC0415

    run_create_site(name, domain, yes=yes)


@cli.command()
@click.option("--output", type=click.Path(path_type=Path), help="Another file.")
@click.option("--serve", is_flag=True, help="Write no file: serve the page over HTTP.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to serve it.")
@click.option("--port", default=3001, show_default=True, type=click.IntRange(0, 65535))
def lineage(output: Path | None, host: str, port: int, *, serve: bool) -> None:
    """Write the page that shows where every column comes from, beside the warehouse."""
    from analytics_assets.cli.lineage import run_lineage, serve_lineage  # noqa: PLC0415

    if serve:
        serve_lineage(host, port)
    else:
        run_lineage(output)


@cli.command()
@click.option("--from", "first", type=_DAY, help="First day of the backfill that is estimated.")
@click.option("--to", "last", type=_DAY, help="Its last day; otherwise the newest closed day.")
def doctor(first: datetime | None, last: datetime | None) -> None:
    """Look at settings, vendors, Dagster and the lake, and say what a backfill would take."""
    from analytics_assets.cli.doctor import run_doctor  # noqa: PLC0415

    sys.exit(run_doctor(first.date() if first else None, last.date() if last else None))


@cli.command()
@click.option("--keep-days", default=30, show_default=True, type=click.IntRange(1, 3650))
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def maintain(*, keep_days: int, dry_run: bool) -> None:
    """Remove logs of old runs and left-overs, and merge small files; no data or status goes."""
    from analytics_assets.cli.maintain import run_maintain  # noqa: PLC0415

    run_maintain(keep_days=keep_days, dry_run=dry_run)


def main() -> None:
    """Run the command; a user's error is one line."""
    try:
        cli()
    except AnalyticsError as error:
        click.secho(str(error), fg="red", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
