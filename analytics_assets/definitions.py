"""Everything that Dagster loads: the platform's own definitions, and those that users add."""

from __future__ import annotations

import dagster as dg

from analytics_assets.defs.build import build_definitions, custom_definitions

defs = dg.Definitions.merge(build_definitions(), custom_definitions())
