"""Alerts: what is sent, and by which channel."""
