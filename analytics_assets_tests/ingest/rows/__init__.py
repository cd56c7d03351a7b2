"""Tests of reading and validating rows."""
