"""What loading all definitions takes over `import dagster`."""

from __future__ import annotations

import importlib

import dagster as dg

from benchmarks.stopwatch import Stopwatch, report


def main() -> None:
    """Import the definitions and resolve every asset, check, job and schedule."""
    watch = Stopwatch()
    module = importlib.import_module("analytics_assets.definitions")
    definitions: dg.Definitions = module.defs
    repository = definitions.get_repository_def()
    assets = len(repository.asset_graph.materializable_asset_keys)
    report(assets, watch.stop())


if __name__ == "__main__":
    main()
