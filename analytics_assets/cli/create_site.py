"""Create a site NAME of DOMAIN at Session Story."""

from __future__ import annotations

import click
from rich.console import Console

from analytics_assets.activation.sites import create_site
from analytics_assets.cli.common import use_environment
from analytics_assets.vendors.session_story.resource import SessionStoryResource


@click.command()
@click.argument("name")
@click.argument("domain")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(name: str, domain: str, *, yes: bool) -> None:
    """Create a site NAME of DOMAIN at Session Story, unless there is one of that domain."""
    use_environment()
    if not yes:
        click.confirm(f"Create the site {name!r} ({domain}) at Session Story?", abort=True)
    site = create_site(SessionStoryResource(), name, domain)
    shown = ", ".join(f"{field}: {value}" for field, value in site.items())
    Console().print(f"[green]✓[/green] created: {shown}", highlight=False, soft_wrap=True)
