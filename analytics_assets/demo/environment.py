"""Points this process at the sandbox, and at a lake and an instance of the sandbox's own."""

from __future__ import annotations

import json
import os
from pathlib import Path

from analytics_assets.defs.dagster_home import SHIPPED_SETTINGS
from analytics_assets.variables import VARIABLES

EXAMPLE = Path(__file__).with_name("analytics.toml")
"""Settings that fit the sandbox's shop, as an example of the file."""


def use_sandbox(environment: dict[str, str]) -> None:
    """Set the sandbox's variables, and unset those of the user's own accounts."""
    for name in VARIABLES:
        os.environ.pop(name, None)
    os.environ.update(environment)
    os.environ["ANALYTICS_CONFIG"] = str(EXAMPLE)
    home = Path(environment["DAGSTER_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").unlink(missing_ok=True)
    (home / "dagster.yaml").write_text(instance_settings(home), encoding="utf-8")


def instance_settings(home: Path) -> str:
    """The platform's `dagster.yaml` with an event log that is quick on one machine."""
    shipped = SHIPPED_SETTINGS.read_text(encoding="utf-8") if SHIPPED_SETTINGS.exists() else ""
    return (
        f"{shipped}\n"
        "event_log_storage:\n"
        "  module: analytics_assets.defs.pooled_event_log\n"
        "  class: PooledSqliteEventLogStorage\n"
        "  config:\n"
        f"    base_dir: {json.dumps(str(home / 'history' / 'runs'))}\n"
    )
