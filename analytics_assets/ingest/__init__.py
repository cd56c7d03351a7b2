"""From a declared endpoint to published days, in plain Python."""
