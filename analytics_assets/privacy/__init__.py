"""Personal data: how it is hashed, found, and forgotten."""
