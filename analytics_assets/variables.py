"""Every environment variable of the platform, from the classes that declare them."""

from __future__ import annotations

from analytics_assets.activation.connection import Activation
from analytics_assets.alerts.channels import Alerting
from analytics_assets.platform import Platform, Warehouse
from analytics_assets.settings.environment import Environment
from analytics_assets.settings.state import State
from analytics_assets.vendors import VENDORS

DECLARED: tuple[type[Environment], ...] = (
    Platform,
    Warehouse,
    State,
    Activation,
    Alerting,
    *(resource for _, resource in VENDORS),
)
VARIABLES = tuple(name for declared in DECLARED for name, _, _ in declared.variables())
"""Their names."""
