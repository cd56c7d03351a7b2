"""How tables become paths; nothing is copied that can be read where it is."""

from __future__ import annotations

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
)

_COUNTED_EXACTLY = 2**53  # float64 holds every integer up to here
_LIST_OF_TEXT = pa.large_list(pa.large_string())
_LIST_OF_HOURS = pa.large_list(pa.float64())
_WORTHS = ("conversions", "revenue")
_OF_A_PATH = (*_WORTHS, "lead_age", "opportunity_age")


def read_paths(table: Any, *, counted: bool = True) -> Paths:
    """Paths from an Arrow or pandas table, or anything that Arrow can read.

    Columns: `path` (list of channel names, the oldest touch first) and `conversions` (int); and if
    present `revenue` (number) and `nulls` (int), else 0; `ages` (for every touch the hours from it
    to the conversion); `lead_age` and `opportunity_age` (hours, null where there was none). A null
    path is an empty one.

    Args:
        table: what to read.
        counted: whether `conversions` must be there.

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
    """The paths that brought something, from rows of touches as `attribute_touches` takes them.

    Raises:
        AttributionInputError: a column is missing, of another type, or has nulls where none may be.
    """
    reader = table if isinstance(table, pa.RecordBatchReader) else _arrow(table).to_reader()
    kept = [batch.filter(_brings_something(batch)) for batch in reader]
    read = pa.Table.from_batches(kept, reader.schema)
    ids = _cast(read, "path", pa.int64()).to_numpy()
    begins = np.ones(len(ids), np.bool_)
    begins[1:] = ids[1:] != ids[:-1]
    starts = np.flatnonzero(begins)
    channels, codes = _channels(_names(read, "channel"))
    firsts = read.select([name for name in _OF_A_PATH if name in read.column_names]).take(starts)
    return Paths(
        channels=channels,
        codes=codes,
        offsets=np.append(starts, len(ids)),
        touches=None,
        conversions=_counts(firsts, "conversions"),
        revenue=_numbers(firsts, "revenue"),
        nulls=np.zeros(len(starts), np.int64),
        ages_hours=_numbers(read, "age") if "age" in read.column_names else None,
        lead_ages_hours=_milestones(firsts, "lead_age"),
        opportunity_ages_hours=_milestones(firsts, "opportunity_age"),
    )


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
    """Where conversions or revenue are not 0; nulls and NaN too, for they are told of later."""
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
    """The channels of touches, sorted, each once; and of every touch, its channel's index.

    Raises:
        AttributionInputError: a touch has none.
    """
    is_encoded = pa.types.is_dictionary(names.type)
    encoded = names.unify_dictionaries() if is_encoded else names.dictionary_encode()
    if not len(names):
        return (), np.zeros(0, np.int32)
    if not names.null_count:
        known = encoded.chunk(0).dictionary.to_pylist()
        indices = [chunk.indices.to_numpy() for chunk in encoded.chunks]
        codes = np.concatenate(indices, dtype=np.int32, casting="unsafe")
        used = np.bincount(codes, minlength=len(known)) > 0  # a dictionary may hold others
        channels = {name for name, is_used in zip(known, used, strict=True) if is_used}
        if None not in channels:
            places = {name: place for place, name in enumerate(sorted(channels))}
            return tuple(places), np.array([places.get(name, -1) for name in known], np.int32)[
                codes
            ]
    raise AttributionInputError(
        "A touch has no channel", todo=f"Name it, for instance {UNATTRIBUTED}."
    )


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
    values = _numbers(table, name)
    counts = values.astype(np.int64)
    if (counts != values).any() or (counts < 0).any() or values.sum() > _COUNTED_EXACTLY:
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
        return np.full(len(table), np.nan)
    values: Floats = _cast(table, name, pa.float64()).to_numpy()
    return values
