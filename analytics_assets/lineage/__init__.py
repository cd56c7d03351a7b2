"""Where columns come from: read from the SQL, noted in `columns.json`, shown as a page."""
