"""Conversions, put together from all vendors' records of them."""
