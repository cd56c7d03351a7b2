"""Attribution data platform: vendor endpoints as Dagster assets over one lake of Parquet files."""
