"""Forgetting people, wiping days, and what is marked as personal."""
