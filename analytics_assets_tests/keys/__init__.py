"""Keys: spellings of one value are one key, in Python and in SQL."""
