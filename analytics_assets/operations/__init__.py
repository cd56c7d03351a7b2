"""Keeps the platform running by itself: days that are missing are loaded, and people are told.

Healing loads failed days and gaps again; freshness says how old tables are; alerts tell of failed
runs, failed checks and overdue days; maintenance keeps Dagster's history and the lake small.
"""
