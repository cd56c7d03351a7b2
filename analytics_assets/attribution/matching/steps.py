"""The steps that compute `conversion_matches` and `conversions`.

Each creates the temporary table `computed_<table>` on a connection to the warehouse, read-only or
not.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from analytics_assets.attribution.engine.compute import compute, create
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.attribution.matching.assign import OrderPair, Record, ScoredPair, assign
from analytics_assets.attribution.spend.currency import require_rates

SOURCES = (
    "segmetrics",
    "imports",
    "session_story",
    "wemasy",
    "sealmetrics",
    "sealmetrics_legacy",
)
"""Whose word counts first, after the reference vendor: who knows payments, then who knows order
ids and sessions, then the pixel."""

_RECORDS = (
    "reported_orders",
    "order_records",
    "visit_records",
    "pixel_records",
    "conversion_records",
)
_GROUPS = pa.schema(
    {
        "record_id": pa.string(),
        "group_id": pa.string(),
        "method": pa.string(),
        "score": pa.float64(),
        "place": pa.int32(),
    }
)


def compute_conversion_matches(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create `computed_conversion_matches` for every day that is read.

    It runs after `prepare` and `compute_rates`. `conversion_records`
    and `conversion_groups` stay for `compute_conversions`.

    Raises:
        ConfigurationError: a currency has no rate on the day of a record.
    """
    create(connection, *_RECORDS, "conversion_repeats", "conversion_pairs")
    _group(connection, run.settings)
    compute(connection, "conversion_matches")
    require_rates(
        connection,
        "(SELECT *, base_revenue_minor AS rate_to_base FROM computed_conversion_matches "
        "WHERE revenue_minor <> 0)",
    )


def compute_conversions(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create `computed_conversions` of what `compute_conversion_matches` found.

    It runs after `compute_rates`, and takes persons from `computed_identities`; without identities
    every conversion is anonymous.

    Raises:
        ConfigurationError: a currency has no rate on the day of a conversion.
    """
    del run  # bound as parameters
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS computed_identities "
        "(shop VARCHAR, identifier VARCHAR, person_id VARCHAR)"
    )
    create(connection, "first_orders", "renewals", "named_identities")
    compute(connection, "conversions")
    require_rates(connection, "computed_conversions")


def source_order(reference_vendor: str) -> list[str]:
    """All sources, those of the reference vendor first."""
    return sorted(SOURCES, key=lambda source: not source.startswith(reference_vendor))


def _group(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Create `conversion_groups`.

    grain: One row per record of a conversion, with the group of records that it belongs to.
    reads: conversion_pairs, conversion_records, conversion_repeats
    columns:
        record_id VARCHAR: The record.
        group_id VARCHAR: The record that the group is named after.
        method VARCHAR: How it was tied: `order id`, `scored`, or null for the first of a group.
        score DOUBLE: The probability of the tie; null for the first of a group.
        place INTEGER: Place of its source in the order in which sources are believed.
    lineage:
        record_id: conversion_records.record_id
        group_id: conversion_records.record_id, conversion_records.order_id, conversion_pairs.score
        method: conversion_records.order_id, conversion_pairs.score
        score: conversion_pairs.score
        place: conversion_records.source
    """
    sources = source_order(settings.reference_vendor)
    records = connection.execute(
        "SELECT record_id, source, order_id FROM conversion_records "
        "ANTI JOIN conversion_repeats USING (record_id) "
        "WHERE is_counted OR (order_id IS NOT NULL AND NOT is_step)"
    ).fetchall()
    by_order_id = connection.execute(
        "SELECT amounts_differ, seconds_apart, record_id, other_id FROM conversion_pairs "
        "WHERE method = 'order id'"
    ).fetchall()
    scored = connection.execute(
        "SELECT record_id, other_id, score FROM conversion_pairs WHERE method = 'scored'"
    ).fetchall()
    assigned = assign(
        [Record(*row) for row in records],
        [OrderPair(*row) for row in by_order_id],
        [ScoredPair(*row) for row in scored],
        sources,
        float(settings.matching.threshold),
    )
    source_of = {record_id: source for record_id, source, _ in records}
    rows = [
        vars(found) | {"place": sources.index(source_of[found.record_id])} for found in assigned
    ]
    groups = pa.Table.from_pylist(rows, schema=_GROUPS)
    connection.register("assigned_records", groups)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE conversion_groups AS SELECT * FROM assigned_records"
    )
    connection.unregister("assigned_records")
