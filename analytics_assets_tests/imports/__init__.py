"""The user's own files."""
