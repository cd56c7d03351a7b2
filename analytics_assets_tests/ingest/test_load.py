"""Loading days: what is published, what is kept, what is asked again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analytics_assets.errors import (
    CredentialsRefusedError,
    LakeError,
    MemoryTooSmallError,
    UnexpectedAnswerError,
    VendorUnavailableError,
)
from analytics_assets.ingest.declare import Window
from analytics_assets.ingest.http.paging import Page
from analytics_assets.ingest.load import windows
from analytics_assets.ingest.rows.workspace import Limits
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.warehouse import build_warehouse, open_warehouse
from analytics_assets_tests.ingest.fake import (
    JOURNEY_CRAWL,
    NOW,
    SALES_CRAWL,
    FakeClient,
    load,
    tables,
)

D1, D2, D3 = date(2026, 2, 1), date(2026, 2, 2), date(2026, 2, 3)


def sale(sale_id: str, day: date, **more: Any) -> dict[str, Any]:
    return {"sale_id": sale_id, "date": day.isoformat(), "amount": "10.00", **more}


def query(root: Path, sql: str, crawl: Any = SALES_CRAWL) -> list[tuple[Any, ...]]:
    path = root / "warehouse.duckdb"
    build_warehouse(path, Lake(root), tables(crawl))
    with open_warehouse(path) as connection:
        return connection.execute(sql).fetchall()


def test_a_day_loaded_twice_does_not_double(tmp_path: Path) -> None:
    client = FakeClient({("north", D1): [sale("1", D1), sale("2", D1)]})
    content = "SELECT * EXCLUDE (_loaded_at, _load_id, _run_id) FROM acme.sales ORDER BY ALL"
    load(tmp_path, client, [D1])
    first = query(tmp_path, content)
    load(tmp_path, client, [D1])
    assert query(tmp_path, content) == first
    assert len(first) == 2


def test_an_empty_day_is_a_file_and_not_a_failed_call(tmp_path: Path) -> None:
    load(tmp_path, FakeClient({("north", D1): [sale("1", D1)]}), [D1])
    (outcome,) = load(tmp_path, FakeClient(), [D1])
    assert outcome.done
    assert [record.rows_loaded for record in outcome.records] == [0]
    assert (tmp_path / f"acme/sales/day={D1}/north.parquet").exists()
    assert query(tmp_path, "SELECT count(*) FROM acme.sales") == [(0,)]


def test_one_call_serves_many_days_and_each_day_has_its_own_file(tmp_path: Path) -> None:
    client = FakeClient({("north", D1): [sale("1", D1)], ("north", D3): [sale("3", D3)]})
    outcomes = load(tmp_path, client, [D1, D2, D3])
    assert client.asked == [("north", D1, D3)]
    assert [o.records[0].rows_loaded for o in outcomes] == [1, 0, 1]
    assert query(tmp_path, "SELECT day, sale_id FROM acme.sales ORDER BY 1") == [
        (D1, "1"),
        (D3, "3"),
    ]


def test_a_day_that_fails_for_good_leaves_the_others_loaded(tmp_path: Path) -> None:
    days = [D1 + timedelta(n) for n in range(8)]
    client = FakeClient({("north", day): [sale(day.isoformat(), day)] for day in days})
    client.errors["north", days[5]] = VendorUnavailableError("acme answered 500")
    outcomes = load(tmp_path, client, days)
    assert [o.done for o in outcomes] == [True] * 5 + [False] + [True] * 2
    assert query(tmp_path, "SELECT count(*) FROM acme.sales") == [(7,)]


def test_a_wrong_credential_is_not_tried_again_for_every_day(tmp_path: Path) -> None:
    client = FakeClient(tenant_ids=("north", "south"))
    client.errors["north", D1] = CredentialsRefusedError("acme answered 401")
    outcomes = load(tmp_path, client, [D1, D2, D3])
    assert len(client.asked) == 1
    assert not any(o.done for o in outcomes)


def test_a_failed_tenant_keeps_its_old_day_and_only_it_is_asked_again(tmp_path: Path) -> None:
    rows = {(t, D1): [sale(t, D1)] for t in ("north", "south")}
    load(tmp_path, FakeClient(dict(rows), ("north", "south")), [D1])
    client = FakeClient(dict(rows), ("north", "south"))
    client.rows["north", D1] = [sale("new", D1)]
    client.errors["south", D1] = VendorUnavailableError("acme answered 503")
    (outcome,) = load(tmp_path, client, [D1])
    assert list(outcome.failures) == ["south"]
    held = "SELECT site_id, sale_id FROM acme.sales ORDER BY 1"
    assert query(tmp_path, held) == [("north", "new"), ("south", "south")]

    client.errors.clear()
    client.asked.clear()
    (again,) = load(tmp_path, client, [D1])
    assert again.done
    assert client.asked == [("south", D1, D1)]
    assert {record.tenant for record in again.records} == {"north", "south"}

    client.asked.clear()
    load(tmp_path, client, [D1])
    assert len(client.asked) == 2, "a finished day is asked whole again"


def repeated(number: int) -> FakeClient:
    """A day whose rows all come twice."""
    return FakeClient(
        {("north", D1): [sale(f"{n % number:09}" * 100, D1) for n in range(2 * number)]}
    )


def test_a_limit_for_reading_does_not_stop_what_needs_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Repeated rows are found in more memory than rows are read in."""
    monkeypatch.setattr(Limits, "within", lambda _: Limits(1, 1_000_000, 48))
    (outcome,) = load(tmp_path, repeated(40_000), [D1])
    assert outcome.done
    assert query(tmp_path, "SELECT count(*) FROM acme.sales") == [(40_000,)]


def test_a_day_that_does_not_fit_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB's words alone do not name the setting."""
    monkeypatch.setattr(Limits, "within", lambda _: Limits(1, 1_000_000, 48, elastic=False))
    (outcome,) = load(tmp_path, repeated(40_000), [D1])
    assert isinstance(outcome.failures["north"], MemoryTooSmallError)
    assert "memory_mb" in str(outcome.failures["north"])


def test_a_short_answer_is_not_published_and_the_old_day_stays(tmp_path: Path) -> None:
    load(tmp_path, FakeClient({("north", D1): [sale("1", D1)]}), [D1])
    client = FakeClient({("north", D1): []})
    client.errors["north", D1] = UnexpectedAnswerError("declares 9 rows but sent 0")
    (outcome,) = load(tmp_path, client, [D1])
    assert not outcome.done
    assert query(tmp_path, "SELECT sale_id FROM acme.sales") == [("1",)]


def test_rows_of_another_day_are_refused(tmp_path: Path) -> None:
    """A wrong parameter name makes a vendor answer with its default period."""
    client = FakeClient({("north", D1): [sale("1", D2)]})
    (outcome,) = load(tmp_path, client, [D1])
    assert "were not asked for" in str(outcome.failures["north"])
    assert query(tmp_path, "SELECT count(*) FROM acme.sales") == [(0,)]


def test_a_day_that_is_not_over_for_the_tenant_is_refused(tmp_path: Path) -> None:
    late_evening = datetime(2026, 2, 1, 22, 59, tzinfo=UTC)  # 23:59 in Madrid
    client = FakeClient()
    (outcome,) = load(tmp_path, client, [D1], now=late_evening)
    assert "is not over" in str(outcome.failures["north"])
    assert not client.asked
    (outcome,) = load(tmp_path, client, [D1], now=late_evening + timedelta(minutes=1))
    assert outcome.done


def test_rejected_rows_are_kept_with_reasons_and_replaced_with_their_day(tmp_path: Path) -> None:
    bad = {"sale_id": "2", "date": D1.isoformat(), "amount": {"oops": 1}, "email": "a@b.example"}
    client = FakeClient({("north", D1): [sale("1", D1), bad]})
    (outcome,) = load(tmp_path, client, [D1])
    (record,) = outcome.records
    assert (record.rows_fetched, record.rows_loaded, record.rows_rejected) == (2, 1, 1)
    ((payload, reasons),) = query(tmp_path, "SELECT payload, reasons FROM ops.rejected_rows")
    assert "oops" in payload
    assert "a@b.example" not in payload
    assert reasons == ["amount: is not an amount"]
    client.rows["north", D1] = [sale("1", D1)]
    load(tmp_path, client, [D1])
    assert query(tmp_path, "SELECT count(*) FROM ops.rejected_rows") == [(0,)]


def test_a_row_that_comes_twice_is_kept_once_and_counted(tmp_path: Path) -> None:
    client = FakeClient({("north", D1): [sale("1", D1), sale("2", D1), sale("1", D1, note="new")]})
    (outcome,) = load(tmp_path, client, [D1])
    (record,) = outcome.records
    assert (record.rows_fetched, record.rows_loaded, record.rows_duplicate) == (3, 2, 1)
    assert query(tmp_path, "SELECT note FROM acme.sales WHERE sale_id = '1'") == [("new",)]


def test_tables_of_one_crawl_follow_the_latest_load_of_their_parent(tmp_path: Path) -> None:
    """An item that the vendor has removed must not linger from an older load."""
    items = [{"sale_id": "1", "name": "hat"}, {"sale_id": "1", "name": "coat"}]
    client = FakeClient({("north", D1): [sale("1", D1, items=items), sale("2", D1)]})
    load(tmp_path, client, [D1], crawl=JOURNEY_CRAWL)
    client.rows["north", D2] = [sale("1", D1, items=items[:1])]
    load(tmp_path, client, [D2], crawl=JOURNEY_CRAWL, now=NOW + timedelta(hours=1))
    current = query(tmp_path, "SELECT name FROM acme.items", JOURNEY_CRAWL)
    assert current == [("hat",)]
    assert query(tmp_path, "SELECT count(*) FROM acme.items_history", JOURNEY_CRAWL) == [(3,)]
    assert query(tmp_path, "SELECT sale_id, day FROM acme.sales ORDER BY 1", JOURNEY_CRAWL) == [
        ("1", D2),
        ("2", D1),
    ]


def test_a_sandbox_never_writes_to_a_live_lake(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.prepare(tables(), "live")
    with pytest.raises(LakeError, match="ANALYTICS_LAKE"):
        lake.prepare(tables(), "sandbox")


def test_every_load_is_recorded_once(tmp_path: Path) -> None:
    client = FakeClient({("north", D1): [sale("1", D1)]})
    load(tmp_path, client, [D1, D2])
    recorded = "SELECT day, tenant, rows_loaded, requests FROM ops.loads ORDER BY day"
    assert query(tmp_path, recorded) == [(D1, "north", 1, 0.5), (D2, "north", 0, 0.5)]
    calls = "SELECT crawl, tenant, window_first, window_last, requests FROM ops.calls"
    assert query(tmp_path, calls) == [("sales", "north", D1, D2, 1)]


def test_a_record_is_published_with_its_day(tmp_path: Path) -> None:
    """A run that is killed would leave days that no record knows, and that look as if missing."""
    seen: list[list[tuple[Any, ...]]] = []

    class WatchedClient(FakeClient):
        def sales(self, window: Window) -> Iterator[Page]:
            recorded = "SELECT day, rows_loaded FROM ops.loads ORDER BY day"
            seen.append(query(tmp_path, recorded))
            yield from super().sales(window)

    client = WatchedClient({("north", D1): [sale("1", D1)]})
    crawl = replace(SALES_CRAWL, fetch=WatchedClient.sales, window_days=1)
    load(tmp_path, client, [D1, D2, D3], crawl=crawl)
    assert seen == [[], [(D1, 1)], [(D1, 1), (D2, 0)]]
    for table in ("loads", "calls"):
        assert len(list(tmp_path.glob(f"ops/{table}/month=2*/*.parquet"))) == 1, "merged at the end"


def test_personal_data_stands_in_no_file_even_while_it_is_loaded(tmp_path: Path) -> None:
    """A crash would leave it behind."""

    class WatchedClient(FakeClient):
        def sales(self, window: Window) -> Iterator[Page]:
            yield from super().sales(window)
            for path in tmp_path.rglob("*"):
                assert not path.is_file() or b"joe@" not in path.read_bytes()

    client = WatchedClient({("north", D1): [sale("1", D1, email="joe@shop.example")] * 3})
    watched = replace(SALES_CRAWL, fetch=WatchedClient.sales)
    (outcome,) = load(tmp_path, client, [D1], crawl=watched)
    assert outcome.done


def test_nothing_is_left_in_staging(tmp_path: Path) -> None:
    client = FakeClient({("north", D1): [sale("1", D1)]})
    client.errors["north", D2] = VendorUnavailableError("acme answered 503")
    load(tmp_path, client, [D1, D2])
    assert list((tmp_path / "_staging").iterdir()) == []


@pytest.mark.parametrize(
    ("days", "longest", "expected"),
    [
        ([D1, D2, D3], 31, [[D1, D2, D3]]),
        ([D1, D3], 31, [[D1], [D3]]),
        ([D3, D1, D2], 2, [[D1, D2], [D3]]),
        ([], 31, []),
    ],
)
def test_windows_are_consecutive_and_not_too_long(
    days: list[date], longest: int, expected: list[list[date]]
) -> None:
    assert list(windows(days, longest)) == expected


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path: Path) -> Iterator[None]:
    yield
    for path in tmp_path.rglob(".*"):
        if path.name != ".warehouse.duckdb.pinned":  # the views that snapshots are read through
            pytest.fail(f"{path} was left behind")


def test_why_there_are_no_rows_is_told(tmp_path: Path) -> None:
    """An endpoint that is not set up would look like a quiet day."""

    def nothing_set(client: FakeClient, window: Window) -> Iterator[Page]:
        del client, window
        yield Page([], note="nothing is set")
        yield Page([], note="nothing is set")

    told: list[str] = []
    crawl = replace(SALES_CRAWL, fetch=nothing_set)
    (outcome,) = load(tmp_path, FakeClient(), [D1], crawl=crawl, report=told.append)
    assert [record.note for record in outcome.records] == ["nothing is set"]
    assert told == ["north 2026-02-01: 0 rows in 0 requests (nothing is set)"]
