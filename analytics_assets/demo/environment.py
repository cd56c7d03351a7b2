"""Points this process at the sandbox, and at a lake and an instance of the sandbox's own."""

from __future__ import annotations

import os
from pathlib import Path

import analytics_assets
from analytics_assets.core.platform import PlatformResource, WarehouseResource
from analytics_assets.core.resource import EnvironmentResource
from analytics_assets.vendors import VENDORS


def use_sandbox(environment: dict[str, str]) -> None:
    """Set the sandbox's variables, and unset those of the user's own accounts."""
    resources: list[type[EnvironmentResource]] = [PlatformResource, WarehouseResource]
    resources += [resource for _, resource in VENDORS]
    for resource in resources:
        for name, _, _ in resource.variables():
            os.environ.pop(name, None)
    os.environ.update(environment)
    home = Path(environment["DAGSTER_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    settings = Path(analytics_assets.__file__).parent.parent / "dagster.yaml"
    if settings.exists():
        (home / settings.name).unlink(missing_ok=True)
        (home / settings.name).symlink_to(settings)
