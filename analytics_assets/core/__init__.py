"""What every vendor shares: HTTP, paging, declarations, ingest, the lake, the Dagster factory.

Nothing in here knows a vendor. The way of the data: `http` and `paging` bring pages, `ingest` turns
their bytes into validated rows, `lake` publishes a day's file, `warehouse` shows it, and `assets`
with `emitter` report it to Dagster.
"""
