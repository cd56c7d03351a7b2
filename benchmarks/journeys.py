"""Paths of a made-up shop, in the shapes that models take; the same rows for the same seed."""

from __future__ import annotations

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
_PATHS = """
    SELECT
        path AS journey_id,
        string_agg(channel, ' > ' ORDER BY age DESC) AS journey,
        string_agg(age::VARCHAR, ' > ' ORDER BY age DESC) AS ages,
        any_value(conversions) AS conversions,
        any_value(revenue) AS revenue
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
    schema = _touches(np.random.default_rng(seed), 1, 0).schema
    with pq.ParquetWriter(folder / "touches.parquet", schema) as out:
        for number, begin in enumerate(range(0, paths, _CHUNK)):
            draw = np.random.default_rng((seed, number))
            out.write_table(_touches(draw, min(_CHUNK, paths - begin), begin))
    with duckdb.connect() as connection:
        for name, source, select in (
            ("paths", "touches", _PATHS),
            ("distinct", "paths", _DISTINCT),
        ):
            connection.execute(
                f"COPY (FROM '{folder / source}.parquet' {select}) TO '{folder / name}.parquet' "
                "(FORMAT parquet)"
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
