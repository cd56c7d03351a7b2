"""Where columns come from: read from SQL, noted, sent to Dagster, shown as a page."""
