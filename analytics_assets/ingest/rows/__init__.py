"""From received bytes to validated rows in Parquet."""
