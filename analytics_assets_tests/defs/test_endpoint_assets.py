"""What Dagster is told, day by day, for single-day and ranged runs alike."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.dom import minidom

import dagster as dg
import pytest
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

from analytics_assets.defs.agreement_checks import agreement_checks
from analytics_assets.defs.endpoint_assets import crawl_assets
from analytics_assets.defs.resources import PlatformResource, WarehouseResource
from analytics_assets.errors import VendorUnavailableError
from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.ingest.declare import Client
from analytics_assets.settings.environment import variable
from analytics_assets_tests.ingest.fake import (
    JOURNEY_CRAWL,
    SALES_CRAWL,
    FakeClient,
    tables,
    vendor,
)

DAYS = [date(2026, 2, n) for n in range(1, 6)]
CLIENTS: list[FakeClient] = []


class AcmeResource(VendorConnection):
    """Hands out the client of the test."""

    vendor = "acme"
    personal_data = True
    base_url: str | None = variable("ACME_BASE_URL", "Address", default="http://127.0.0.1:1")
    api_key: str | None = variable("ACME_API_KEY", "Key", secret=True)

    def address(self) -> str:
        return self.setting("base_url")

    def missing(self) -> str:
        return "" if self.setting("api_key") else "ACME_API_KEY"

    def open_client(self, timezone: str) -> Client:
        assert timezone
        return CLIENTS[-1]


def sale(sale_id: str, day: date, **more: Any) -> dict[str, Any]:
    return {"sale_id": sale_id, "date": day.isoformat(), "amount": "10.00", **more}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


@pytest.fixture
def client() -> Iterator[FakeClient]:
    rows = {("north", day): [sale(day.isoformat(), day)] for day in DAYS}
    CLIENTS.append(FakeClient(rows))
    yield CLIENTS[-1]
    CLIENTS.clear()


def run(  # noqa: PLR0913  a run has many parts
    instance: dg.DagsterInstance,
    tmp_path: Path,
    first: date,
    last: date | None = None,
    *,
    crawl: Any = SALES_CRAWL,
    selection: list[dg.AssetKey] | None = None,
    api_key: str = "secret-key",
    pii_key: str = "key-of-the-tests",
) -> dg.ExecuteInProcessResult:
    partitions = dg.DailyPartitionsDefinition("2026-01-01", timezone="Europe/Madrid")
    acme = vendor(crawl)

    @dg.multi_asset(
        specs=[dg.AssetSpec("downstream", deps=[["acme", "sales"]], partitions_def=partitions)],
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def downstream() -> None:
        """Waits for the blocking checks of the sales."""

    definitions = dg.Definitions(
        assets=[crawl_assets(acme, crawl, partitions, tables(crawl)), downstream],
        asset_checks=agreement_checks(acme, partitions),
        resources={
            "platform": PlatformResource(lake_location=str(tmp_path / "lake"), pii_key=pii_key),
            "warehouse": WarehouseResource(database=str(tmp_path / "warehouse.duckdb")),
            "acme": AcmeResource(api_key=api_key),
        },
        executor=dg.in_process_executor,
    )
    job = definitions.resolve_implicit_global_asset_job_def()
    tags = {
        ASSET_PARTITION_RANGE_START_TAG: first.isoformat(),
        ASSET_PARTITION_RANGE_END_TAG: (last or first).isoformat(),
    }
    return job.execute_in_process(
        instance=instance,
        partition_key=None if last else first.isoformat(),
        tags=tags if last else {},
        asset_selection=selection,
        raise_on_error=False,
    )


def materialised(instance: dg.DagsterInstance, *key: str) -> dict[str | None, dict[str, Any]]:
    records = instance.fetch_materializations(dg.AssetKey(list(key)), limit=1000).records
    return {
        record.partition_key: {
            name: value.value
            for name, value in record.asset_materialization.metadata.items()  # type: ignore[union-attr]
        }
        for record in records
    }


def checks(instance: dg.DagsterInstance, name: str, *key: str) -> dict[str | None, str]:
    history = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey(list(key)), name), limit=1000
    )
    return {record.partition: record.status.value for record in history}


def failure(result: dg.ExecuteInProcessResult) -> str:
    (event,) = [e for e in result.all_events if e.is_step_failure]
    data = event.step_failure_data.user_failure_data
    assert data is not None
    assert data.description is not None
    return data.description


@pytest.mark.parametrize("ranged", [False, True])
def test_a_day_has_a_materialisation_and_its_checks(
    instance: dg.DagsterInstance, client: FakeClient, tmp_path: Path, *, ranged: bool
) -> None:
    """Dagster loses the day of a check in ranged runs unless it is told."""
    last = DAYS[2] if ranged else None
    assert run(instance, tmp_path, DAYS[0], last).success
    days = [day.isoformat() for day in (DAYS[:3] if ranged else DAYS[:1])]
    found = materialised(instance, "acme", "sales")
    assert sorted(map(str, found)) == days
    assert all(metadata["dagster/partition_row_count"] == 1 for metadata in found.values())
    assert len(client.asked) == 1
    for name in ("row_count", "day_and_key"):
        assert checks(instance, name, "acme", "sales") == dict.fromkeys(days, "SUCCEEDED")
    assert sorted(map(str, materialised(instance, "downstream"))) == days


def test_days_are_held_against_earlier_loads_and_only_warn(
    instance: dg.DagsterInstance, client: FakeClient, tmp_path: Path
) -> None:
    """In a ranged run each day has its own result; a day without anything to compare has none."""
    assert run(instance, tmp_path, DAYS[0], DAYS[2]).success
    assert checks(instance, "restatement", "acme", "sales") == dict.fromkeys(
        (day.isoformat() for day in DAYS[:3]), "PLANNED"
    )
    client.rows["north", DAYS[1]] = [sale(str(n), DAYS[1], colour="red") for n in range(3)]
    result = run(instance, tmp_path, DAYS[1], DAYS[2])
    assert result.success
    found = {
        (e.check_name, e.partition): e
        for e in result.get_asset_check_evaluations()
        if e.check_name in {"restatement", "schema_drift"}
    }
    restated = found["restatement", DAYS[1].isoformat()]
    assert not restated.passed
    assert restated.severity is dg.AssetCheckSeverity.WARN
    assert "rows 1 -> 3" in (restated.description or "")
    assert found["restatement", DAYS[2].isoformat()].passed
    drift = found["schema_drift", DAYS[1].isoformat()]
    assert not drift.passed
    assert "colour" in (drift.description or "")
    assert sorted(map(str, materialised(instance, "downstream"))) == [
        day.isoformat() for day in DAYS[:3]
    ]


def test_the_newest_day_shows_rows_without_persons_and_a_picture(
    instance: dg.DagsterInstance, client: FakeClient, tmp_path: Path
) -> None:
    """Events are kept for good: neither a person's hash nor free text or an id may be in them."""
    text = "a|b ann@shop.example"
    client.rows["north", DAYS[1]] = [sale("7", DAYS[1], email="ann@shop.example", note=text)]
    assert run(instance, tmp_path, DAYS[0], DAYS[1]).success
    shown = materialised(instance, "acme", "sales")
    assert "sample" not in shown[DAYS[0].isoformat()]
    newest = shown[DAYS[1].isoformat()]
    heading, _, row = newest["sample"].splitlines()
    assert heading == "| date | amount |"
    assert row == "| 2026-02-02 | 10.0000 |"
    assert newest["amount"] == 10.0
    picture = newest["rows, last 30 days"].partition("base64,")[2].partition(")")[0]
    drawn = minidom.parseString(b64decode(picture))  # noqa: S318  it is ours
    assert len(drawn.getElementsByTagName("rect")) == 30


def test_an_empty_day_says_so(
    instance: dg.DagsterInstance, client: FakeClient, tmp_path: Path
) -> None:
    """A quiet day must not look like a call that failed."""
    client.rows.clear()
    assert run(instance, tmp_path, DAYS[0]).success
    (metadata,) = materialised(instance, "acme", "sales").values()
    assert metadata["dagster/partition_row_count"] == 0
    assert metadata["note"] == "the vendor has no rows for this day"


def test_a_failed_day_alone_is_failed(
    instance: dg.DagsterInstance, client: FakeClient, tmp_path: Path
) -> None:
    client.errors["north", DAYS[2]] = VendorUnavailableError("acme answered 500")
    result = run(instance, tmp_path, DAYS[0], DAYS[4])
    assert not result.success
    assert failure(result) == ("acme/sales: 1 of 5 days failed. 2026-02-03: acme answered 500")
    done = [day.isoformat() for day in DAYS if day != DAYS[2]]
    assert sorted(map(str, materialised(instance, "acme", "sales"))) == done
    states = checks(instance, "row_count", "acme", "sales")
    assert states.pop(DAYS[2].isoformat()) == "FAILED"
    assert set(states.values()) == {"SUCCEEDED"}
    for name in ("schema_drift", "volume", "restatement"):  # Dagster fails what is left open
        states = checks(instance, name, "acme", "sales")
        assert states.pop(DAYS[2].isoformat()) == "PLANNED"
        assert set(states.values()) == {"SUCCEEDED"}
    assert materialised(instance, "downstream") == {}


def test_too_many_rejected_rows_block_what_is_downstream(
    instance: dg.DagsterInstance, client: FakeClient, tmp_path: Path
) -> None:
    client.rows["north", DAYS[1]] = [sale("1", DAYS[1]), {**sale("2", DAYS[1]), "amount": "x"}]
    result = run(instance, tmp_path, DAYS[0], DAYS[2])
    assert not result.success
    assert checks(instance, "row_count", "acme", "sales")[DAYS[1].isoformat()] == "FAILED"
    assert materialised(instance, "acme", "sales")[DAYS[1].isoformat()]["rows"] == 1
    assert materialised(instance, "downstream") == {}


def test_a_total_that_does_not_fit_fails_the_blocking_check(
    instance: dg.DagsterInstance, client: FakeClient, tmp_path: Path
) -> None:
    client.total = 7
    assert not run(instance, tmp_path, DAYS[0]).success
    assert checks(instance, "row_count", "acme", "sales") == {DAYS[0].isoformat(): "FAILED"}


def test_a_crawl_tells_of_every_table_even_if_one_is_selected(
    instance: dg.DagsterInstance, client: FakeClient, tmp_path: Path
) -> None:
    client.rows["north", DAYS[0]] = [sale("1", DAYS[0], items=[{"sale_id": "1", "name": "hat"}])]
    selection = [dg.AssetKey(["acme", "items"])]
    assert run(instance, tmp_path, DAYS[0], crawl=JOURNEY_CRAWL, selection=selection).success
    for name in ("sales", "items"):
        (metadata,) = materialised(instance, "acme", name).values()
        assert metadata["rows"] == 1


@pytest.mark.parametrize(("items", "state"), [(1, "SUCCEEDED"), (2, "FAILED")])
def test_tables_that_must_count_the_same_are_compared_by_day(
    instance: dg.DagsterInstance, client: FakeClient, tmp_path: Path, items: int, state: str
) -> None:
    """Two calls of one vendor that count differently are the sign of a lost row."""
    for day in DAYS[:2]:
        sold = [{"sale_id": "1", "name": "hat"}] * (items if day == DAYS[1] else 1)
        client.rows["north", day] = [sale("1", day, items=sold)]
    result = run(instance, tmp_path, DAYS[0], DAYS[1], crawl=JOURNEY_CRAWL)
    assert checks(instance, "items_of_sales", "acme", "sales") == {
        DAYS[0].isoformat(): "SUCCEEDED",
        DAYS[1].isoformat(): state,
    }
    assert result.success == (state == "SUCCEEDED")


def test_a_vendor_without_credentials_fails_with_the_missing_variable(
    instance: dg.DagsterInstance, client: FakeClient, tmp_path: Path
) -> None:
    result = run(instance, tmp_path, DAYS[0], api_key="")
    assert failure(result) == (
        "acme has no credentials: ACME_API_KEY not set. Set it in .env or in the environment"
    )
    assert not client.asked


def test_personal_data_is_not_written_without_a_key(
    instance: dg.DagsterInstance, client: FakeClient, tmp_path: Path
) -> None:
    assert "ANALYTICS_PII_KEY" in failure(run(instance, tmp_path, DAYS[0], pii_key=""))
    assert not client.asked


def test_a_failure_is_not_retried_and_shows_no_other_error_above_it(
    instance: dg.DagsterInstance, client: FakeClient, tmp_path: Path
) -> None:
    client.errors["north", DAYS[0]] = VendorUnavailableError("acme answered 503")
    result = run(instance, tmp_path, DAYS[0])
    (event,) = [e for e in result.all_events if e.is_step_failure]
    assert event.step_failure_data.error is not None
    assert event.step_failure_data.error.cause is None
    assert event.step_failure_data.error.context is None
    assert len(client.asked) == 1
