"""The attribution models against their definitions, worked answers and random worlds."""
