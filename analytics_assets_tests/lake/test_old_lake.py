"""A lake of former times is read and continued: `old_lake.zip`, from before lakes had fingerprints.

It holds three days of the fake vendor's sales at two tenants, loaded with the key `key`: rows with
addresses, an undeclared field and a refused row each. South's third day failed; Bob is forgotten.
"""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from analytics_assets.lake.lake import Lake
from analytics_assets.lake.rewrite import rewriting
from analytics_assets.lake.warehouse import build_warehouse, open_warehouse
from analytics_assets.privacy.fingerprint import key_check
from analytics_assets.privacy.forget import carry_out, plan_to_forget, refuse_what_is_left
from analytics_assets.privacy.hashing import Privacy
from analytics_assets_tests.ingest.fake import FakeClient, load, tables
from analytics_assets_tests.privacy.support import holding

OLD = Path(__file__).with_name("old_lake.zip")
DAYS = [date(2026, 2, 1), date(2026, 2, 2), date(2026, 2, 3)]
PRIVACY = Privacy("key")
ANN, BOB = "ann@shop.example", "bob@shop.example"


def sale(day: date, number: int, email: str) -> dict[str, Any]:
    return {"sale_id": f"new-{number}", "date": day.isoformat(), "amount": "1.00", "email": email}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    with zipfile.ZipFile(OLD) as stored:
        stored.extractall(tmp_path / "lake")
    return Lake(tmp_path / "lake")


def rows(lake: Lake, sql: str) -> list[tuple[Any, ...]]:
    """What the warehouse says, built as the first run after an update builds it."""
    lake.prepare(tables(), "sandbox")
    warehouse = lake.root.with_name("w.duckdb")
    build_warehouse(warehouse, lake, tables())
    with open_warehouse(warehouse) as connection:
        return connection.execute(sql).fetchall()


def test_it_is_read(lake: Lake) -> None:
    counted = rows(lake, "SELECT day, site_id, count(*) FROM acme.sales GROUP BY ALL ORDER BY ALL")
    sites = [(day, site, 2) for day in DAYS for site in ("north", "south")]
    assert counted == sites[:-1]
    hashed = rows(lake, "SELECT DISTINCT email FROM acme.sales WHERE email NOT LIKE 'forgotten-%'")
    assert hashed == [(PRIVACY.hashed(ANN),)]
    assert rows(lake, "SELECT count(*) FROM ops.rejected_rows") == [(5,)]
    assert rows(lake, "SELECT sum(rows_loaded) FROM ops.loads") == [(10,)]


def test_a_day_that_failed_is_continued_where_it_stopped(lake: Lake) -> None:
    """Asking again for what is there costs hours at a vendor that allows one request a minute."""
    client = FakeClient({("south", DAYS[2]): [sale(DAYS[2], 1, ANN)]}, ("north", "south"))
    (outcome,) = load(lake.root, client, [DAYS[2]])
    assert outcome.done
    assert rows(lake, f"SELECT count(*) FROM acme.sales WHERE day = DATE '{DAYS[2]}'") != [(0,)]
    assert rows(lake, "SELECT count(*) FROM acme.sales WHERE sale_id = 'new-1'") == [(1,)]


def test_people_keep_their_hashes_and_the_forgotten_stay_forgotten(lake: Lake) -> None:
    """With another normal form of an address every known person would become a stranger."""
    day = date(2026, 2, 4)
    client = FakeClient({("north", day): [sale(day, 1, ANN), sale(day, 2, BOB)]})
    load(lake.root, client, [day])
    persons = rows(lake, "SELECT email, count(*) FROM acme.sales GROUP BY 1 ORDER BY 2, 1")
    assert len(persons) == 2
    assert (PRIVACY.hashed(ANN), 6) in persons
    assert holding(lake.root, [PRIVACY.hashed(BOB), BOB]) == []
    marker = lake.marker()
    assert marker is not None
    assert marker.key_check == key_check(PRIVACY)


def test_somebody_can_be_forgotten_in_it(lake: Lake) -> None:
    with rewriting(lake) as connection:
        plan = plan_to_forget(connection, lake, tables(), [ANN], PRIVACY, lambda _, work: work)
        carry_out(connection, lake, tables(), plan)
        refuse_what_is_left(connection, lake, tables(), plan.person, lambda _, work: work)
    assert holding(lake.root, [PRIVACY.hashed(ANN), ANN]) == []
    assert rows(lake, "SELECT count(*) FROM acme.sales") == [(10,)]
