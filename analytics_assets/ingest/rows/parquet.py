"""Parquet files put together row group by row group: nothing is decoded and encoded again.

A Parquet file is its row groups, then a footer that says where each column of each stands. Files
with the same columns become one by copying the groups' bytes and adding up their footers. The
footer is a Thrift struct in compact form; only the fields that hold places in the file are touched
(https://github.com/apache/parquet-format, `parquet.thrift`).
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyarrow import parquet

_MAGIC = b"PAR1"
_BLOCK_BYTES = 1024 * 1024
_TAIL_BYTES = 8  # the footer's length and the magic

# Thrift's compact types.
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_ZIGZAG = frozenset({_I16, _I32, _I64})
_LONG_LIST = 15

# Fields of parquet.thrift: FileMetaData, RowGroup, ColumnChunk, ColumnMetaData.
_SCHEMA, _NUM_ROWS, _ROW_GROUPS = 2, 3, 4
_COLUMNS, _GROUP_OFFSET, _ORDINAL = 1, 5, 7
_CHUNK_OFFSET, _META, _OFFSET_INDEX, _COLUMN_INDEX = 2, 3, 4, 6
_PLACES_IN_META = (9, 10, 11, 14)  # data, index and dictionary pages, bloom filter

Struct = dict[int, tuple[int, Any]]


def join_files(parts: Sequence[Path], target: Path) -> None:
    """Write the rows of `parts`, which have the same columns, to the new file `target`.

    Raises:
        ValueError: a part is not a Parquet file, or its columns differ from the first one's.
    """
    if len(parts) == 1:
        _footer_text(parts[0])  # which refuses what is no Parquet file
        shutil.copyfile(parts[0], target)
        return
    whole: Struct = {}
    with target.open("wb") as out:
        out.write(_MAGIC)
        for part in parts:
            text, size_bytes = _footer_text(part)
            footer = _Reader(text).struct()
            moved = out.tell() - len(_MAGIC)
            with part.open("rb") as rows:
                rows.seek(len(_MAGIC))
                _copy(rows, out, size_bytes - len(_MAGIC))
            groups = footer[_ROW_GROUPS][1][1]
            for group in groups:
                _move(group, moved)
            if not whole:
                whole = footer
                continue
            if footer[_SCHEMA] != whole[_SCHEMA]:
                msg = f"{part.name} has other columns than {parts[0].name}"
                raise ValueError(msg)
            whole[_ROW_GROUPS][1][1].extend(groups)
            whole[_NUM_ROWS] = (_I64, whole[_NUM_ROWS][1] + footer[_NUM_ROWS][1])
        for number, group in enumerate(whole[_ROW_GROUPS][1][1]):
            if _ORDINAL in group:
                group[_ORDINAL] = (_I16, number)
        written = bytearray()
        _write_struct(written, whole)
        out.write(written + struct.pack("<I", len(written)) + _MAGIC)


def columns_without_values(path: Path) -> list[str]:
    """The plain columns that are null in every row, by the file's own statistics."""
    footer = parquet.read_metadata(path)
    filled: set[str] = set()
    names: list[str] = []
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        columns = [group.column(n) for n in range(group.num_columns)]
        names = [c.path_in_schema for c in columns if "." not in c.path_in_schema]
        filled |= {c.path_in_schema for c in columns if not _is_empty(c)}
    return [name for name in names if name not in filled]


def _is_empty(column: Any) -> bool:
    known = column.statistics
    return bool(known and known.has_null_count and known.null_count == column.num_values)


def _copy(source: Any, target: Any, size_bytes: int) -> None:
    """Copy exactly so many bytes: what follows in the source is its footer."""
    left = size_bytes
    while left:
        block = source.read(min(left, _BLOCK_BYTES))
        if not block:
            msg = "the file ends before its footer"
            raise ValueError(msg)
        target.write(block)
        left -= len(block)


def _footer_text(path: Path) -> tuple[bytes, int]:
    """The footer's bytes, and where they begin."""
    with path.open("rb") as file:
        size_bytes = file.seek(0, 2)
        file.seek(max(0, size_bytes - _TAIL_BYTES))
        length, magic = struct.unpack("<I4s", file.read(_TAIL_BYTES).rjust(_TAIL_BYTES, b"\0"))
        begins = size_bytes - _TAIL_BYTES - length
        if magic != _MAGIC or begins < len(_MAGIC):
            msg = f"{path.name} is not a Parquet file"
            raise ValueError(msg)
        file.seek(begins)
        return file.read(length), begins


def _move(group: Struct, by_bytes: int) -> None:
    """Add an offset to everything in a row group that is a place in the file."""
    _shift(group, (_GROUP_OFFSET,), by_bytes)
    for column in group[_COLUMNS][1][1]:
        _shift(column, (_CHUNK_OFFSET, _OFFSET_INDEX, _COLUMN_INDEX), by_bytes)
        _shift(column[_META][1], _PLACES_IN_META, by_bytes)


def _shift(fields: Struct, places: Sequence[int], by_bytes: int) -> None:
    for place in places:
        kind, value = fields.get(place, (0, 0))
        if value:  # 0 stands for "none"
            fields[place] = (kind, value + by_bytes)


@dataclass
class _Reader:
    """Reads Thrift's compact form: a struct is its fields by id, with their types."""

    data: bytes
    place: int = 0

    def struct(self) -> Struct:
        fields: Struct = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 0x0F
            number = number + step if step else _unzigzag(self._varint())
            fields[number] = (kind, self._value(kind))
        return fields

    def _value(self, kind: int) -> Any:
        if kind in _ZIGZAG:
            value: Any = _unzigzag(self._varint())
        elif kind in (_TRUE, _FALSE):
            value = kind == _TRUE
        elif kind == _BYTE:
            value = self._byte()
        elif kind == _DOUBLE:
            value = self._take(8)
        elif kind == _BINARY:
            value = self._take(self._varint())
        elif kind in (_LIST, _SET):
            value = self._list()
        elif kind == _STRUCT:
            value = self.struct()
        else:
            msg = f"a Parquet footer has no fields of type {kind}"
            raise ValueError(msg)
        return value

    def _list(self) -> tuple[int, list[Any]]:
        head = self._byte()
        size, of = head >> 4, head & 0x0F
        if size == _LONG_LIST:
            size = self._varint()
        read = self._byte if of in (_TRUE, _FALSE) else lambda: self._value(of)
        return of, [read() for _ in range(size)]

    def _byte(self) -> int:
        self.place += 1
        return self.data[self.place - 1]

    def _take(self, size: int) -> bytes:
        self.place += size
        return self.data[self.place - size : self.place]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004  the highest bit says that more follows
                return value
            shift += 7


def _write_struct(out: bytearray, fields: Struct) -> None:
    previous = 0
    for number, (kind, value) in fields.items():
        step = number - previous
        if 0 < step <= 0x0F:  # noqa: PLR2004  as much as half a byte holds
            out.append(step << 4 | kind)
        else:
            out.append(kind)
            _write_varint(out, _zigzag(number))
        if kind not in (_TRUE, _FALSE):
            _write_value(out, kind, value)
        previous = number
    out.append(0)


def _write_value(out: bytearray, kind: int, value: Any) -> None:
    if kind in _ZIGZAG:
        _write_varint(out, _zigzag(value))
    elif kind in (_BYTE, _TRUE, _FALSE):
        out.append(value)
    elif kind == _DOUBLE:
        out += value
    elif kind == _BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind == _STRUCT:
        _write_struct(out, value)
    else:
        of, values = value
        if len(values) < _LONG_LIST:
            out.append(len(values) << 4 | of)
        else:
            out.append(_LONG_LIST << 4 | of)
            _write_varint(out, len(values))
        for item in values:
            _write_value(out, of, item)


def _write_varint(out: bytearray, value: int) -> None:
    while value > 0x7F:  # noqa: PLR2004  seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _unzigzag(value: int) -> int:
    return value >> 1 if value % 2 == 0 else -((value + 1) >> 1)
