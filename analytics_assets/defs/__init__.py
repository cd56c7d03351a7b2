"""Everything that Dagster loads: assets, checks, jobs, schedules, sensors and resources.

This folder, and each vendor's `resource.py`, are the only places that import Dagster.
"""
