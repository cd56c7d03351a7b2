"""The records of loads: a record per table, day and tenant, and one per call for a window.

The classes are the tables: each field has its DuckDB type and the description of its column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, get_type_hints

STAMPS = ("loaded_at", "load_id", "run_id")
"""Fields that every table has, as columns below an underscore."""

_SUMS = "MAP(VARCHAR, DECIMAL(38,4))"


@dataclass(frozen=True)
class LoadRecord:
    """One row of `ops.loads`: what a load did to a table's day and tenant."""

    vendor: Annotated[str, "VARCHAR", "The vendor."]
    endpoint: Annotated[str, "VARCHAR", "The endpoint's table."]
    day: Annotated[date, "DATE", "The day that was loaded."]
    tenant: Annotated[str, "VARCHAR", "The site or account."]
    window_first: Annotated[date, "DATE", "First day of the call that fetched the day."]
    window_last: Annotated[date, "DATE", "Last day of the call that fetched the day."]
    window_declared: Annotated[
        int | None, "BIGINT", "Rows that the vendor declared for the window."
    ]
    window_fetched: Annotated[int, "BIGINT", "Rows that came for the window."]
    rows_fetched: Annotated[int, "BIGINT", "Rows that came for the day."]
    rows_loaded: Annotated[int, "BIGINT", "Rows counted in the published file."]
    rows_rejected: Annotated[int, "BIGINT", "Rows that could not be read."]
    rows_duplicate: Annotated[int, "BIGINT", "Rows that came twice and were kept once."]
    rows_without_key: Annotated[int, "BIGINT", "Rows of the file whose key is null."]
    rows_outside_day: Annotated[int, "BIGINT", "Rows of the file that are of another day."]
    first_event_at: Annotated[str | None, "TIMESTAMPTZ", "Earliest instant of the day's rows."]
    last_event_at: Annotated[str | None, "TIMESTAMPTZ", "Latest instant of the day's rows."]
    loaded_at: str
    load_id: str
    run_id: str
    requests: Annotated[
        float, "DOUBLE", "Requests of the call, shared out over its days and tables."
    ] = 0
    retries: Annotated[float, "DOUBLE", "Repeated requests, shared out likewise."] = 0
    bytes_received: Annotated[float, "DOUBLE", "Bytes of the call, shared out likewise."] = 0
    seconds: Annotated[float, "DOUBLE", "Duration of the call, shared out likewise."] = 0.0
    note: Annotated[str, "VARCHAR", "Why there are no rows, or what is odd about them."] = ""
    rows_before: Annotated[
        int | None, "BIGINT", "Rows of the day until then; null where it was not loaded."
    ] = None
    money_before: Annotated[
        dict[str, str] | None, _SUMS, "These sums until then; null likewise."
    ] = None
    money: Annotated[
        dict[str, str],
        _SUMS,
        "The sum of each money column, in the vendor's unit.",
    ] = field(default_factory=dict)
    undeclared: Annotated[
        list[str], "VARCHAR[]", "Fields of the call that no column declares: see `_extra`."
    ] = field(default_factory=list)
    unfit: Annotated[
        list[str], "VARCHAR[]", "Fields of the call with values of another type: see `_extra`."
    ] = field(default_factory=list)
    empty_columns: Annotated[
        list[str], "VARCHAR[]", "Columns without a value in any row of the day."
    ] = field(default_factory=list)
    reasons: Annotated[dict[str, int], "MAP(VARCHAR, BIGINT)", "Rejected rows by reason."] = field(
        default_factory=dict
    )
    timezone: Annotated[str, "VARCHAR", "The zone of its days."] = ""


@dataclass(frozen=True)
class Call:
    """One row of `ops.calls`: one call of a crawl for a window of a tenant."""

    vendor: Annotated[str, "VARCHAR", "The vendor."]
    crawl: Annotated[str, "VARCHAR", "The crawl; its tables are those of the load id."]
    tenant: Annotated[str, "VARCHAR", "The site or account."]
    window_first: Annotated[date, "DATE", "First day that was asked for."]
    window_last: Annotated[date, "DATE", "Last day that was asked for."]
    requests: Annotated[int, "BIGINT", "Requests."]
    retries: Annotated[int, "BIGINT", "Repeated requests among them."]
    bytes_received: Annotated[int, "BIGINT", "Bytes as they came."]
    seconds: Annotated[float, "DOUBLE", "From the first request until all rows were read."]
    loaded_at: str
    load_id: str
    run_id: str


def described(record: type[LoadRecord | Call]) -> Iterator[tuple[str, str, str]]:
    """The name, DuckDB type and description of each column that is the record's own."""
    for name, hint in get_type_hints(record, include_extras=True).items():
        if name not in STAMPS:
            kind, description = hint.__metadata__
            yield name, kind, description


def as_row(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a record under the names of their columns."""
    return {f"_{name}" if name in STAMPS else name: value for name, value in values.items()}
