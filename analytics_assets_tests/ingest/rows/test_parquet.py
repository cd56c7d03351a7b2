"""Joined Parquet files: every reader must find the rows that the parts held, and no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics_assets.ingest.rows.parquet import join_files

_COLUMNS = """
    n,
    n % 7 = 0 AS flag,
    CASE WHEN n % 3 > 0 THEN 'text ' || n % 50 END AS text,
    (n / 3)::DECIMAL(18, 4) AS money,
    TIMESTAMPTZ '2026-01-01 00:00:00+00' + INTERVAL (n) MINUTE AS at,
    [n, n + 1] AS listed,
    {'a': n, 'b': [n::VARCHAR]} AS nested,
    NULL::VARCHAR AS empty
"""


def written(path: Path, first: int, rows: int, columns: str = _COLUMNS, options: str = "") -> Path:
    duckdb.execute(
        f"COPY (SELECT {columns} FROM range({first}, {first + rows}) AS t(n)) "
        f"TO '{path}' (FORMAT parquet {options})"
    )
    return path


def read_by_duckdb(path: Path) -> list[tuple[Any, ...]]:
    return duckdb.execute(f"SELECT * FROM read_parquet('{path}')").fetchall()


@pytest.mark.parametrize("sizes", [[5], [1, 1], [3, 0, 4], [5000, 1, 3000], [0], [1] * 20])
def test_every_row_is_read_by_both_readers(sizes: list[int], tmp_path: Path) -> None:
    """A row group whose place is wrong by a byte is garbage, or the rows of another."""
    parts = [
        written(tmp_path / f"{n}.part", 10_000 * n, size, options=", ROW_GROUP_SIZE 2048")
        for n, size in enumerate(sizes)
    ]
    whole = tmp_path / "whole.parquet"
    join_files(parts, whole)
    expected = [row for part in parts for row in read_by_duckdb(part)]
    assert read_by_duckdb(whole) == expected
    table = pq.read_table(whole)
    assert table.equals(pa.concat_tables([pq.read_table(part) for part in parts]))
    assert table["n"].to_pylist() == [row[0] for row in expected]


def test_rows_are_found_by_what_the_footer_says_of_them(tmp_path: Path) -> None:
    """Statistics, dictionaries and bloom filters of another group would hide rows."""
    options = (
        ", COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 2048, DICTIONARY_SIZE_LIMIT 64"
    )
    parts = [written(tmp_path / f"{n}.part", 5_000 * n, 5_000, options=options) for n in range(4)]
    whole = tmp_path / "whole.parquet"
    join_files(parts, whole)
    for n in (0, 4_999, 5_000, 12_345, 19_999):
        found = duckdb.execute(f"SELECT n FROM read_parquet('{whole}') WHERE n = {n}").fetchall()
        assert found == [(n,)]
    texts = "SELECT count(*) FROM read_parquet(?) WHERE text = 'text 7'"
    expected = sum(duckdb.execute(texts, [str(part)]).fetchall()[0][0] for part in parts)
    assert duckdb.execute(texts, [str(whole)]).fetchall() == [(expected,)]
    about = pq.ParquetFile(whole).metadata
    assert about.num_rows == 20_000
    starts = [about.row_group(n).column(0).statistics.min for n in range(about.num_row_groups)]
    assert starts == sorted(starts)
    assert starts[-1] > 15_000


def test_a_joined_file_can_be_joined_again(tmp_path: Path) -> None:
    """What moved once moves by another distance the second time."""
    one, two, three = (written(tmp_path / f"{n}", 100 * n, 90) for n in range(3))
    join_files([one, two], tmp_path / "first")
    join_files([tmp_path / "first", three], tmp_path / "second")
    found = read_by_duckdb(tmp_path / "second")
    assert [row[0] for row in found] == [*range(90), *range(100, 190), *range(200, 290)]


def test_what_pyarrow_wrote_is_joined_too(tmp_path: Path) -> None:
    """Fields of the footer that DuckDB never writes must survive being read and written."""
    parts = []
    for n in range(3):
        part = tmp_path / f"{n}.part"
        values = list(range(1_000 * n, 1_000 * n + 700))
        table = pa.table({"n": values, "text": [f"value {v % 9}" for v in values]})
        pq.write_table(table, part, row_group_size=250, write_page_index=True, compression="snappy")
        parts.append(part)
    join_files(parts, tmp_path / "whole")
    table = pq.read_table(tmp_path / "whole")
    assert table.equals(pa.concat_tables([pq.read_table(part) for part in parts]))
    assert pq.read_table(tmp_path / "whole", filters=[("n", "==", 2_345)])["n"].to_pylist() == [
        2345
    ]


def test_files_that_cannot_be_one_are_refused(tmp_path: Path) -> None:
    """Columns would stand below the names of others, or half a file pass for a whole one."""
    one = written(tmp_path / "one", 0, 5)
    other = written(tmp_path / "other", 0, 5, columns="n AS m")
    cut, text = tmp_path / "cut", tmp_path / "text"
    cut.write_bytes(one.read_bytes()[:-3])
    text.write_bytes(b"")
    for parts, words in (
        ([one, other], "other has other columns than one"),
        ([cut], "cut is not a Parquet file"),
        ([one, text], "text is not a Parquet file"),
    ):
        with pytest.raises(ValueError, match=words):
            join_files(parts, tmp_path / "whole")
