"""Load the last days of every vendor from a built-in sandbox, over real HTTP."""

from __future__ import annotations

import sys

import click

from analytics_assets.demo.command import run_demo


@click.command()
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 180))
@click.option("--seed", default=7, show_default=True, help="The sandbox's world.")
@click.option("--faults", default="", help="Break the sandbox's answers, as `sandbox --faults`.")
def command(days: int, seed: int, faults: str) -> None:
    """Load the last days of every vendor from a built-in sandbox, over real HTTP."""
    sys.exit(run_demo(days=days, seed=seed, faults=faults))
