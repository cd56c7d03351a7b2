"""Persons behind identifiers, and their touches."""
