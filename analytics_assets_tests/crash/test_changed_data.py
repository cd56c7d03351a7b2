"""What is said when a vendor's data is not what it was: new fields, other types, other numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import dagster as dg

from analytics_assets.attribution.engine.tables import ATTRIBUTION_TABLES
from analytics_assets_tests.crash.runs import check, failures, metadata, query, run, states
from analytics_assets_tests.crash.support import set_faults

DAY = date(2026, 5, 1)
ASSET = "sealmetrics/conversions_raw"
PATH = "sealmetrics/stats/conversions/raw"


def test_a_restated_day_tells_what_changed(
    shop: dict[str, str], instance: dg.DagsterInstance
) -> None:
    """Numbers of last week that moved overnight would be taken for a fault of the platform."""
    set_faults(shop, f"late:{PATH}:*:1")
    assert failures(run(instance, [ASSET], DAY)) == []
    assert "rows_before" not in metadata(instance, ASSET, DAY)
    held = "SELECT count(*), sum(amount) FROM sealmetrics.conversions_raw"
    ((rows_before, amount_before),) = query(held)

    set_faults(shop, "")
    assert run(instance, [ASSET], DAY).success
    ((rows, amount),) = query(held)
    assert rows > rows_before
    told = metadata(instance, ASSET, DAY)
    assert told["rows_before"] == rows_before
    change = f"rows {rows_before} -> {rows}; amount {amount_before} -> {amount}"
    assert told["change_since_last_load"] == change
    recorded = query(
        "SELECT rows_before, rows_loaded, money_before['amount'], money['amount'] FROM ops.loads "
        "WHERE rows_before IS NOT NULL"
    )
    assert [sum(Decimal(column) for column in side) for side in zip(*recorded, strict=True)] == [
        rows_before,
        rows,
        amount_before,
        amount,
    ]

    assert run(instance, [ASSET], DAY).success
    assert metadata(instance, ASSET, DAY)["change_since_last_load"] == "none"


def test_a_new_field_is_kept_and_named(shop: dict[str, str], instance: dg.DagsterInstance) -> None:
    """Nobody would learn that a vendor sends more than before."""
    set_faults(shop, f"newfield:{PATH}:*:loyalty_tier")
    result = run(instance, [ASSET], DAY)
    assert result.success
    assert metadata(instance, ASSET, DAY)["undeclared_fields"] == "loyalty_tier"
    ((kept, rows),) = query(
        "SELECT count(_extra->>'$.loyalty_tier.added'), count(*) FROM sealmetrics.conversions_raw"
    )
    assert kept == rows > 0
    assert query("SELECT DISTINCT undeclared FROM ops.loads WHERE rows_loaded > 0") == [
        (["loyalty_tier"],)
    ]
    logged = instance.all_logs(result.run_id)
    warnings = [entry.user_message for entry in logged if entry.level == 30]
    assert warnings == [
        "sealmetrics/conversions_raw: fields that no column declares, kept in _extra: loyalty_tier"
    ]


def test_a_changed_type_fails_with_the_fields_name(
    shop: dict[str, str], instance: dg.DagsterInstance
) -> None:
    """A column that cannot be read any more must not pass as a quiet day."""
    set_faults(shop, f"retyped:{PATH}:*:amount")
    downstream = [f"attribution/{table.name}" for table in ATTRIBUTION_TABLES]
    assert not run(instance, [ASSET, *downstream], DAY).success
    state, words = check(instance, ASSET, "row_count", DAY)
    ((rejected,),) = query("SELECT count(*) FROM ops.rejected_rows")
    assert rejected > 0
    assert state == "FAILED"
    assert (
        "100.0% of the rows are rejected, more than 5.0%: "
        f"amount: is not an amount ({rejected} rows)" in words
    )
    for table in downstream:
        assert "MATERIALIZED" not in states(instance, table).values()
    reasons = query("SELECT DISTINCT unnest(reasons) FROM ops.rejected_rows")
    assert reasons == [("amount: is not an amount",)]


def test_a_malformed_row_is_kept_whole_and_a_few_are_no_failure(
    shop: dict[str, str], instance: dg.DagsterInstance
) -> None:
    """One bad row in a hundred must neither be lost nor stop a night's load."""
    set_faults(shop, "malformed:sealmetrics/microconversions/raw:1:country")
    asset = "sealmetrics/microconversions_raw"
    assert failures(run(instance, [asset], DAY, date(2026, 5, 2))) == []
    ((payload, reasons),) = query("SELECT payload, reasons FROM ops.rejected_rows")
    assert '"unexpected"' in payload
    assert reasons == ["country: is not a text"]
    assert {check(instance, asset, "row_count", day)[0] for day in (DAY, date(2026, 5, 2))} == {
        "SUCCEEDED"
    }
