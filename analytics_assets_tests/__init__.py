"""Tests of the platform, against real sockets, real DuckDB and real Dagster runs."""
