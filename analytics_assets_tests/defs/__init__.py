"""Healing, freshness, alerts, doctor and maintain."""
