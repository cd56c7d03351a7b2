"""Tests of the cross-vendor tables and of the report, on real DuckDB and small lakes."""
