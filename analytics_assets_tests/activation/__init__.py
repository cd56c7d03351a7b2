"""Tests of what is sent back to SegMetrics."""
