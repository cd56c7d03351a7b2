"""Definitions of your own: assets, checks, schedules, dbt projects. All in this folder is loaded.

`dg scaffold defs` writes here. Linters and types do not look at what you add.
"""
