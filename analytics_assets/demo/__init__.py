"""`make demo`: the main job on the built-in sandbox, and what a person wants to see of it."""
