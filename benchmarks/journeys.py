"""Paths of a made-up shop, in the shapes that models take; the same rows for the same seed."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CHANNELS = 12
_LONGEST = 50
_REPEATED, _CONVERTING, _WITH_LEAD = 0.2, 0.144, 0.5
_HOURS = 720
_CHUNK = 1_000_000
_ROW_GROUP = 122_880  # as DuckDB, which writes the distinct paths, has it
_PATHS = """
    SELECT
        path AS journey_id,
        string_agg(channel, ' > ' ORDER BY age DESC) AS journey,
        string_agg(age::VARCHAR, ' > ' ORDER BY age DESC) AS ages,
        any_value(conversions) AS conversions,
        any_value(revenue) AS revenue
    FROM touches
    GROUP BY path
    ORDER BY path
"""
_DISTINCT = """
    SELECT
        journey,
        sum(conversions)::BIGINT AS conversions,
        sum(revenue) AS revenue,
        sum(1 - conversions)::BIGINT AS nulls
    GROUP BY journey
    ORDER BY journey
"""


def write_journeys(folder: Path, paths: int, seed: int = 1) -> None:
    """Write `touches.parquet` (a row a touch), `paths.parquet` and `distinct.parquet`.

    12 channels by Zipf's law, a fifth of the touches repeats the channel before, paths of 4 touches
    on average and 50 at most, 14.4 % of them convert. Paths as text are joined by ` > `.
    """
    with duckdb.connect() as connection, ExitStack() as files:
        connection.execute("SET enable_progress_bar = false")
        writers: dict[str, pq.ParquetWriter] = {}
        for number, begin in enumerate(range(0, paths, _CHUNK)):
            draw = np.random.default_rng((seed, number))
            touches = _touches(draw, min(_CHUNK, paths - begin), begin)
            connection.register("touches", touches)
            found = {"touches": touches, "paths": connection.sql(_PATHS).to_arrow_table()}
            for name, table in found.items():
                if name not in writers:
                    writer = pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
                    writers[name] = files.enter_context(writer)
                writers[name].write_table(table, row_group_size=_ROW_GROUP)
        files.close()
        connection.execute(
            f"COPY (FROM '{folder / 'paths.parquet'}' {_DISTINCT}) "
            f"TO '{folder / 'distinct.parquet'}' (FORMAT parquet)"
        )


def _touches(draw: np.random.Generator, paths: int, begin: int) -> pa.Table:
    lengths = draw.choice(np.arange(1, _LONGEST + 1), paths, p=_zipf(_LONGEST, 1.71))
    count = int(lengths.sum())
    codes = draw.choice(CHANNELS, count, p=_zipf(CHANNELS, 0.9))
    repeats = draw.random(count) < _REPEATED
    repeats[0] = False
    codes = codes[np.maximum.accumulate(np.where(repeats, 0, np.arange(count)))]
    rows = np.repeat(np.arange(paths), lengths)
    ages = draw.random(count) * _HOURS
    ages = ages[np.lexsort((-ages, rows))]
    conversions = (draw.random(paths) < _CONVERTING).astype(np.int64)
    revenue = conversions * np.round(draw.gamma(2, 50, paths), 2)
    lead = np.where(draw.random(paths) < _WITH_LEAD, draw.random(paths) * _HOURS, np.nan)
    names = pa.array(["Direct", *(f"channel {n:02}" for n in range(1, CHANNELS))])
    return pa.table(
        {
            "path": rows + begin,
            "channel": names.take(pa.array(codes)),
            "age": ages,
            "conversions": conversions[rows],
            "revenue": revenue[rows],
            "lead_age": lead[rows],
        }
    )


def _zipf(size: int, exponent: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    weights = 1 / np.arange(1, size + 1) ** exponent
    return np.asarray(weights / weights.sum())
