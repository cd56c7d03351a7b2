"""Tests of the vendors' clients, models and declarations."""
