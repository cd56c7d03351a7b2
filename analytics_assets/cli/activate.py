"""Plan what is sent to SegMetrics of a KIND, such as contacts or invoices; or send it."""

from __future__ import annotations

import uuid

import click
from rich.console import Console
from rich.table import Table

from analytics_assets.activation.connection import Activation, open_workplace
from analytics_assets.activation.kinds import DELETES, KINDS
from analytics_assets.activation.plan import ACTIONS, Plan
from analytics_assets.activation.sync import kind_named, planned
from analytics_assets.cli.common import use_environment
from analytics_assets.errors import VendorUnavailableError
from analytics_assets.platform import Platform, Warehouse
from analytics_assets.tables import all_tables
from analytics_assets.vendors.segmetrics.resource import SegMetricsResource


@click.command()
@click.argument("name", type=click.Choice([kind.name for kind in KINDS]))
@click.option("--send", is_flag=True, help="Send what the plan says.")
@click.option("--undo", is_flag=True, help="Take back everything that was sent.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(name: str, *, send: bool, undo: bool, yes: bool) -> None:
    """Plan what is sent to SegMetrics of a KIND; send it with --send."""
    use_environment()
    console = Console()
    kind, activation = kind_named(name), Activation()
    if send:
        activation.require(kind.name)
    segmetrics = SegMetricsResource()
    place = open_workplace(
        Platform(),
        Warehouse(),
        segmetrics,
        all_tables(),
        uuid.uuid4().hex,
        lambda line: console.print(line, highlight=False, soft_wrap=True),
    )
    with planned(place, kind, sending=send or undo, undo=undo) as found:
        show(console, found.plan)
        if not (send or undo) or not found.plan.count(*ACTIONS):
            return
        deletes = undo or not kind.deletes or DELETES in activation.enabled()
        if not undo:  # who undoes wants everything to go
            found.plan.refuse_large(saves=True, withdrawals=deletes)
        if not yes:
            click.confirm("Take all of it back?" if undo else "Send it?", abort=True)
        writer = segmetrics.open_writer(place.config.segmetrics.identify_parameters)
        try:
            sent = found.send(writer, saves=not undo, withdrawals=deletes)
        finally:
            writer.close()
    if sent.failed:
        what = f"{sent.failed} objects were not accepted: {'; '.join(sent.failures)}"
        raise VendorUnavailableError(what, todo="The next run tries them again")
    console.print(f"[green]✓[/green] {sent.accepted} objects accepted")


def show(console: Console, plan: Plan) -> None:
    """Print a plan."""
    grid = Table(box=None, header_style="dim")
    grid.add_column("action")
    grid.add_column("objects", justify="right")
    grid.add_column("such as", overflow="fold")
    for action in ACTIONS:
        if count := plan.count(action):
            grid.add_row(action, f"{count:,}", "\n".join(plan.samples.get(action, [])))
    console.print(grid if plan.count(*ACTIONS) else "nothing to do: the source has no rows")
    approved = "approved" if plan.mapping.is_approved else "not approved"
    console.print(
        f"{plan.kind.name}: mapping {plan.mapping.fingerprint} ({approved}: the daily run "
        f"{'sends' if plan.mapping.is_approved else 'only plans'})",
        highlight=False,
        soft_wrap=True,
    )
