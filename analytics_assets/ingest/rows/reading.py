"""The SQL that reads a vendor's rows, compiled from an endpoint's model.

Rows are in the spool as one JSON text a line. SQL leaves those that it does not know to pydantic.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from analytics_assets.ingest.declare import Endpoint
from analytics_assets.ingest.fields import INSTANT, LOCAL_DATE, Column
from analytics_assets.lake.sql import literal, quoted

EXTRA = "_extra"
EARLIEST = date(2000, 1, 1)  # before there were such vendors
_YEAR = timedelta(366)
_LEAST_OBJECT_BYTES = 1024 * 1024  # DuckDB reads in buffers of twice the longest row


@dataclass(frozen=True)
class Stamps:
    """The values that a load writes into all of its rows."""

    tenant: str
    loaded_at: str
    load_id: str
    run_id: str

    @property
    def sql(self) -> str:
        """The columns at the end of every row."""
        return (
            f"TIMESTAMPTZ {literal(self.loaded_at)} AS _loaded_at, "
            f"{literal(self.load_id)} AS _load_id, {literal(self.run_id)} AS _run_id"
        )


@dataclass(frozen=True)
class Reading:
    """How rows of an endpoint become rows of its table.

    Attributes:
        last: the last day that was asked for.
        searched: whether to look for addresses in texts and nested values.
        checked: whether values are tested, or known to be good.
    """

    endpoint: Endpoint
    stamps: Stamps
    last: date
    searched: bool = False
    checked: bool = True

    def taken(self, path: str, longest_bytes: int) -> str:
        """The rows whose values SQL knows, as they are in the table's file."""
        # random() keeps DuckDB from testing rows before, and so once more than, it reads them
        rows = self._rows(path, longest_bytes)
        return f"SELECT {self.columns} FROM ({rows}) WHERE _taken AND random() >= 0"

    def left(self, path: str, longest_bytes: int) -> str:
        """The positions of the rows whose values SQL does not know."""
        return _where_not_fine(f"SELECT _taken AS _fine FROM ({self._rows(path, longest_bytes)})")

    def _rows(self, path: str, longest_bytes: int) -> str:
        return (
            f"SELECT {self.values} FROM read_json({literal(path)}, {self.fields}, "
            f"{object_size(longest_bytes)}) AS _row"
        )

    @cached_property
    def columns(self) -> str:
        """The columns of the table's file."""
        names = [
            quoted(c.name) for c in self.endpoint.columns if c.name != self.endpoint.tenant_column
        ]
        tenant = self.endpoint.tenant_from
        source = quoted(tenant) if tenant else literal(self.stamps.tenant)
        own = f"{source} AS {quoted(self.endpoint.tenant_column)}"
        return ", ".join([own, *names, EXTRA, self.stamps.sql])

    @cached_property
    def values(self) -> str:
        """The values of a row, and whether SQL knows them all."""
        values = [
            f"{c.value(_field(c), searched=self.searched)} AS {quoted(c.name)}"
            for c in self.endpoint.columns
        ]
        extra = f"{'hide_json' if self.searched else 'hide_named'}(_row.{EXTRA})"
        # a condition behind WHEN is tested until it fails, elsewhere to its end
        taken = f"CASE WHEN {self._accepts()} THEN true ELSE false END AS _taken"
        return ", ".join([*values, f"{extra} AS {EXTRA}", taken])

    @cached_property
    def fields(self) -> str:
        """The fields of a row as `read_json` takes them."""
        kinds = {c.source: c.type.reads for c in self.endpoint.columns} | {EXTRA: "JSON"}
        fields = ", ".join(f"{literal(source)}: {literal(kind)}" for source, kind in kinds.items())
        return f"format = 'newline_delimited', columns = {{{fields}}}"

    @property
    def latest(self) -> date:
        """The latest date that is taken for one: a year beyond what was asked for.

        Later ones are words for never (9999-12-31). What is of another day within these years may
        be an answer to another question, which fails the day.
        """
        return self.last + _YEAR

    def _accepts(self) -> str:
        tests = [c.accepts(_field(c)) for c in self.endpoint.columns] if self.checked else []
        if self.endpoint.day_column:
            column = next(c for c in self.endpoint.columns if c.name == self.endpoint.day_column)
            value = column.value(_field(column))
            tests.append(f"{value} BETWEEN DATE '{EARLIEST}' AND DATE '{self.latest}'")
        return " AND ".join(tests) or "true"


def rows_of_other_shape(path: str, longest_bytes: int, shape: Sequence[str]) -> str:
    """The positions of rows whose fields, in their order, are not exactly those of `shape`."""
    fields = ", ".join(literal(name) for name in shape)
    return _positions(f"SELECT json_keys(json) = [{fields}] AS _fine", path, longest_bytes)


def rows_beyond(path: str, longest_bytes: int, declared: Iterable[str]) -> str:
    """The positions of rows that are no JSON object, or have other fields than `declared`.

    It takes twice the time of `rows_of_other_shape`.
    """
    fields = ", ".join(literal(name) for name in declared)
    fine = f"starts_with(ltrim(json), '{{') AND list_has_all([{fields}], json_keys(json))"
    return _positions(f"SELECT {fine} AS _fine", path, longest_bytes)


def _positions(select: str, path: str, longest_bytes: int) -> str:
    return _where_not_fine(
        f"{select} FROM read_ndjson_objects({literal(path)}, ignore_errors = true, "
        f"{object_size(longest_bytes)})"
    )


def _where_not_fine(sql: str) -> str:
    return (
        "SELECT _position FROM (SELECT row_number() OVER () - 1 AS _position, _fine "
        f"FROM ({sql})) WHERE _fine IS NOT TRUE ORDER BY _position"
    )


def object_size(longest_bytes: int) -> str:
    """The option of `read_json` to read rows of that size; what it allows, it takes as memory."""
    return f"maximum_object_size = {max(_LEAST_OBJECT_BYTES, longest_bytes + 1)}"


def day_sql(endpoint: Endpoint, first_day: date, timezone: str) -> str:
    """SQL of the local day that a row of the table belongs to."""
    column = next((c for c in endpoint.columns if c.name == endpoint.day_column), None)
    if column is None:
        return f"DATE '{first_day}'"
    if column.type is LOCAL_DATE:
        return quoted(column.name)
    if column.type is INSTANT:
        return f"timezone({literal(timezone)}, {quoted(column.name)})::DATE"
    msg = f"{endpoint.name}.{column.name} is neither a local date nor an instant"
    raise TypeError(msg)


def _field(column: Column) -> str:
    return f"_row.{quoted(column.source)}"
