"""The environment that `make dev` runs in: `.env`, and Dagster's home below the project."""

from __future__ import annotations

import os
from pathlib import Path

from dotenv import load_dotenv

_HOME = Path("data/dagster")


def use_environment() -> None:
    """Take from `.env` what is not set, and Dagster's home from where `make dev` makes it."""
    load_dotenv(Path(".env").absolute(), override=False)
    if not os.environ.get("DAGSTER_HOME") and (_HOME / "dagster.yaml").exists():
        os.environ["DAGSTER_HOME"] = str(_HOME.absolute())
