"""Dagster's home: the folder of its history and settings, made with the settings shipped here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

import analytics_assets
from analytics_assets.settings.state import dagster_home

SHIPPED_SETTINGS = Path(analytics_assets.__file__).parent.parent / "dagster.yaml"
"""The settings that this platform needs; an installed wheel has no such file."""


def make_home(home: Path) -> None:
    """Make the folder where it is not there, and link the shipped settings where it has none."""
    home.mkdir(parents=True, exist_ok=True)
    settings = home / SHIPPED_SETTINGS.name
    if SHIPPED_SETTINGS.exists() and not settings.exists():
        settings.symlink_to(SHIPPED_SETTINGS)


@contextmanager
def open_instance() -> Iterator[dg.DagsterInstance]:
    """The instance of Dagster's home, which is made where it is not there."""
    make_home(dagster_home())
    with dg.DagsterInstance.from_config(str(dagster_home())) as instance:
        yield instance
