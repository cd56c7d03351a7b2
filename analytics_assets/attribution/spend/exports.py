"""Files for other tools, as Parquet and CSV, made anew from what is published.

`marketing_mix` has one row per shop, week and country, without gaps, as marketing-mix models such
as Robyn (https://facebookexperimental.github.io/Robyn) and Meridian
(https://developers.google.com/meridian) take it: `week` (its Monday), `country`, `is_whole_week`,
`conversions`, `revenue`, `net_revenue`, `shop`, and of every channel `<channel>_spend`,
`<channel>_impressions` and `<channel>_clicks`. Money is in whole units of the base currency.

`cohort_ltv` has one row per shop, month of first order, channel of first touch and age in months.
Money is in minor units. `ltv_minor` is null where the cohort's first orders are before the known
days.
"""

from __future__ import annotations

import uuid
from pathlib import Path

import duckdb

from analytics_assets.attribution.engine.compute import create, prepare
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.attribution.engine.statements import statement
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.staging import lake_errors

_FOLDER = "exports"
_FORMATS = {"parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "FORMAT csv, HEADER"}
_MEASURES = {"spend": "DECIMAL(18,2)", "impressions": "BIGINT", "clicks": "BIGINT"}


def exports_folder(warehouse: Path) -> Path:
    """The folder of the files, beside the warehouse."""
    return warehouse.with_name(_FOLDER)


def write_exports(
    connection: duckdb.DuckDBPyConnection, folder: Path, settings: Settings
) -> dict[str, int]:
    """Write all files; returns the rows of each export.

    Args:
        connection: on the warehouse; temporary tables are made in it.
        folder: where the files go; each is replaced as a whole.
        settings: the settings of attribution.

    Raises:
        LakeError: the folder cannot be written.
    """
    prepare(connection, Run.of_no_days(settings))
    create(connection, "marketing_mix")
    selects = {
        "marketing_mix": _wide(connection),
        "cohort_ltv": statement("cohort_ltv"),
    }
    with lake_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        return {name: _write(connection, name, sql, folder) for name, sql in selects.items()}


def _wide(connection: duckdb.DuckDBPyConnection) -> str:
    """SQL of a column for every channel and measure, beside conversions and revenue."""
    sales = statement("marketing_mix_sales")
    channels = [
        literal(channel)
        for (channel,) in connection.execute(
            "SELECT DISTINCT channel FROM marketing_mix ORDER BY channel"
        ).fetchall()
    ]
    if not channels:
        return sales
    measures = ", ".join(
        f"coalesce(spent.{name}, 0)::{kind} AS {name}" for name, kind in _MEASURES.items()
    )
    columns = ", ".join(f"any_value({name}) AS {name}" for name in _MEASURES)
    return (
        f"FROM (PIVOT (SELECT sales.*, channels.channel, {measures} FROM ({sales}) AS sales "
        "CROSS JOIN (SELECT DISTINCT channel FROM marketing_mix) AS channels "
        "LEFT JOIN marketing_mix AS spent USING (shop, week, country, channel)) "
        f"ON channel IN ({', '.join(channels)}) USING {columns})"
    )


def _write(connection: duckdb.DuckDBPyConnection, name: str, sql: str, folder: Path) -> int:
    relation = quoted(f"export_{name}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS {sql}")
    rows = 0
    for suffix, options in _FORMATS.items():
        place = folder / f"{name}.{suffix}"
        temporary = place.with_name(f".{place.name}.{uuid.uuid4().hex}")
        target = literal(str(temporary))
        try:
            written = connection.execute(
                f"COPY (FROM {relation} ORDER BY ALL) TO {target} ({options})"
            )
            rows = int((written.fetchone() or [0])[0])
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)
    return rows
