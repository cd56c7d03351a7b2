"""Rules that name channels."""
