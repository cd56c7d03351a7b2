"""Paths from tables, without a copy wherever Arrow can share its memory."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics_assets.attribution.models.paths import (
    UNATTRIBUTED,
    AttributionInputError,
    Codes,
    Floats,
    Integers,
    Paths,
    narrowest,
)

_COUNTED_EXACTLY = 2**53  # float64 holds every integer up to here
_LIST_OF_TEXT = pa.large_list(pa.large_string())
_LIST_OF_HOURS = pa.large_list(pa.float64())
_WORTHS = ("conversions", "revenue")
_OF_A_PATH = (*_WORTHS, "lead_age", "opportunity_age")
_OF_A_TOUCH = ("channel", "age")


def read_paths(table: Any, *, counted: bool = True) -> Paths:
    """Paths from an Arrow or pandas table, or anything that Arrow can read.

    Columns: `path` (list of channel names, the oldest touch first) and `conversions` (int);
    optional `revenue` (number) and `nulls` (int), else 0; `ages` (for every touch the hours from it
    to the conversion); `lead_age` and `opportunity_age` (hours, null where there was none). A null
    path is an empty one.

    Args:
        table: the table to read.
        counted: whether `conversions` is required.

    Raises:
        AttributionInputError: a column is missing, of another type, has nulls or negative counts.
    """
    read = _arrow(table)
    lists = _column(read, "path")
    if not _is_list_of_names(lists.type):
        lists = _cast(read, "path", _LIST_OF_TEXT)
    lengths = _lengths(lists)
    channels, codes = _channels(_flat(lists))
    rows = len(read)
    return Paths(
        channels=channels,
        codes=codes,
        offsets=np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))),
        touches=None,
        conversions=(
            _counts(read, "conversions")
            if counted or "conversions" in read.column_names
            else np.zeros(rows, np.int64)
        ),
        revenue=_numbers(read, "revenue") if "revenue" in read.column_names else np.zeros(rows),
        nulls=_counts(read, "nulls") if "nulls" in read.column_names else np.zeros(rows, np.int64),
        ages_hours=_ages(read, lengths) if "ages" in read.column_names else None,
        lead_ages_hours=_milestones(read, "lead_age"),
        opportunity_ages_hours=_milestones(read, "opportunity_age"),
    )


def read_touches(table: Any) -> Paths:
    """The paths with conversions or revenue, from rows of touches as for `attribute_touches`.

    Raises:
        AttributionInputError: a column is missing, of another type, or has nulls where none may be.
    """
    reader = table if isinstance(table, pa.RecordBatchReader) else _arrow(table).to_reader()
    _column(reader.schema.empty_table(), "path")  # without rows nothing asks for it
    of_paths, of_touches = _present(reader.schema, _OF_A_PATH), _present(reader.schema, _OF_A_TOUCH)
    paths, touches, begins = [], [], [np.zeros(0, np.bool_)]
    previous = None
    for batch in reader:
        kept = batch.filter(_brings_something(batch))
        ids = _cast(kept, "path", pa.int64()).to_numpy(zero_copy_only=False)
        begins.append(np.append(ids[:1] != previous, ids[1:] != ids[:-1]))
        previous = ids[-1] if len(ids) else previous
        paths.append(kept.select(of_paths.names).filter(pa.array(begins[-1])))
        touches.append(kept.select(of_touches.names))
    firsts = pa.Table.from_batches(paths, of_paths)
    read = pa.Table.from_batches(touches, of_touches)
    channels, codes = _channels(_names(read, "channel"))
    return Paths(
        channels=channels,
        codes=codes,
        offsets=np.append(np.flatnonzero(np.concatenate(begins)), len(codes)),
        touches=None,
        conversions=_counts(firsts, "conversions"),
        revenue=_numbers(firsts, "revenue"),
        nulls=np.zeros(len(firsts), np.int64),
        ages_hours=_numbers(read, "age") if "age" in read.column_names else None,
        lead_ages_hours=_milestones(firsts, "lead_age"),
        opportunity_ages_hours=_milestones(firsts, "opportunity_age"),
    )


def _present(schema: pa.Schema, names: Iterable[str]) -> pa.Schema:
    return pa.schema([schema.field(name) for name in names if name in schema.names])


def _arrow(table: Any) -> pa.Table:
    return table if isinstance(table, pa.Table) else pa.table(table)  # which imports pandas


def _column(table: pa.Table | pa.RecordBatch, name: str) -> Any:
    if name not in table.column_names:
        raise AttributionInputError(
            f"The table of paths has no column {name}",
            todo=f"Its columns are {table.schema.names}",
        )
    return table[name]


def _cast(table: pa.Table | pa.RecordBatch, name: str, type_: pa.DataType) -> Any:
    column = _column(table, name)
    try:
        return column.cast(type_)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise AttributionInputError(
            f"Column {name} of the paths is {column.type}, not {type_}", todo="Convert it first."
        ) from error


def _brings_something(touches: pa.RecordBatch) -> Any:
    """Rows with conversions or revenue; nulls and NaN are kept, since they are refused later."""
    something = (pc.not_equal(_number(touches, name), 0) for name in _WORTHS)
    return pc.fill_null(pc.or_kleene(*something), fill_value=True)


def _number(table: pa.RecordBatch, name: str) -> Any:
    column = _column(table, name)
    is_number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    return column if is_number else _cast(table, name, pa.float64())


def _are_names(type_: pa.DataType) -> bool:
    plain = type_.value_type if pa.types.is_dictionary(type_) else type_
    return plain in {pa.string(), pa.large_string()}


def _is_list_of_names(type_: pa.DataType) -> bool:
    return isinstance(type_, pa.ListType | pa.LargeListType) and _are_names(type_.value_type)


def _names(table: pa.Table, name: str) -> Any:
    column = _column(table, name)
    return column if _are_names(column.type) else _cast(table, name, pa.large_string())


def _lengths(lists: Any) -> Integers:
    lengths: Integers = pc.list_value_length(lists).fill_null(0).to_numpy()
    return lengths


def _flat(lists: Any) -> Any:
    return pa.chunked_array([chunk.flatten() for chunk in lists.chunks], lists.type.value_type)


def _channels(names: Any) -> tuple[tuple[str, ...], Codes]:
    """The channels of the touches, sorted, each once; and the index of each touch's channel.

    Raises:
        AttributionInputError: a touch has none.
    """
    unnamed = AttributionInputError(
        "A touch has no channel", todo=f"Name it, for instance {UNATTRIBUTED}."
    )
    if names.null_count:
        raise unnamed
    if pa.types.is_dictionary(names.type):
        encoded = [_used(chunk) for chunk in names.chunks]
    else:
        with ThreadPoolExecutor(pa.cpu_count()) as threads:
            encoded = list(threads.map(_encoded, names.chunks))
    used: set[str] = set().union(*(known for known, _ in encoded))
    if None in used:
        raise unnamed
    places = {name: place for place, name in enumerate(sorted(used))}
    codes = np.empty(len(names), narrowest(len(places)))
    begin = 0
    for known, indices in encoded:
        end = begin + len(indices)
        if known:
            place = np.array([places[name] for name in known], codes.dtype)
            np.take(place, indices, out=codes[begin:end], mode="clip")  # no copy on the way
        begin = end
    return tuple(places), codes


def _encoded(names: Any) -> tuple[list[str], Codes]:
    """The distinct names, and the index of each name among them."""
    encoded = names.dictionary_encode()
    known = encoded.dictionary.to_pylist()
    return known, encoded.indices.to_numpy().astype(narrowest(len(known)))


def _used(names: Any) -> tuple[list[str], Codes]:
    """The same for names in a dictionary, which may hold names without a touch."""
    known = names.dictionary.to_pylist()
    indices = names.indices.to_numpy()
    used = np.bincount(indices, minlength=len(known)) > 0
    place = (np.cumsum(used) - 1).astype(narrowest(len(known)))
    return list(compress(known, used)), place[indices]


def _numbers(table: pa.Table, name: str) -> Floats:
    """A column of finite numbers.

    Raises:
        AttributionInputError: it is missing, of another type, or has a null or infinite value.
    """
    column = _cast(table, name, pa.float64())
    values: Floats = column.to_numpy()
    if column.null_count or not np.isfinite(values).all():
        raise AttributionInputError(
            f"Column {name} of the paths has a null or infinite value", todo="Write 0 for nothing."
        )
    return values


def _counts(table: pa.Table, name: str) -> Integers:
    column = _column(table, name)
    is_whole = pa.types.is_integer(column.type) and not column.null_count
    values = _cast(table, name, pa.int64()).to_numpy() if is_whole else _numbers(table, name)
    counts = values.astype(np.int64, copy=False)
    is_count = (is_whole or (counts == values).all()) and (counts >= 0).all()
    if not is_count or values.sum(dtype=np.float64) > _COUNTED_EXACTLY:
        raise AttributionInputError(
            f"Column {name} of the paths is not a count in every row", todo="Use integers from 0."
        )
    return counts


def _ages(table: pa.Table, lengths: Integers) -> Floats:
    lists = _cast(table, "ages", _LIST_OF_HOURS)
    ages: Floats = _flat(lists).to_numpy()
    if not np.array_equal(_lengths(lists), lengths):
        raise AttributionInputError(
            "A path and its ages differ in length", todo="Give every touch its age in hours."
        )
    if not np.isfinite(ages).all():
        raise AttributionInputError("A touch has no age", todo="Give every touch its age in hours.")
    return ages


def _milestones(table: pa.Table, name: str) -> Floats:
    """Hours from a milestone to the conversion, NaN where there is none."""
    if name not in table.column_names:
        return np.broadcast_to(np.float64(np.nan), len(table))
    values: Floats = _cast(table, name, pa.float64()).to_numpy()
    return values
