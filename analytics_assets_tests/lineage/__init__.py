"""Where columns come from: read from SQL, noted, told to Dagster, shown as a page."""
