"""Everything that Dagster loads; it is put together in `defs/`."""

from __future__ import annotations

from analytics_assets.defs.build import build_definitions

defs = build_definitions()
