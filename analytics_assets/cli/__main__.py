"""`python -m analytics_assets.cli` is `analytics-assets`."""

from __future__ import annotations

from analytics_assets.cli import main

main()
