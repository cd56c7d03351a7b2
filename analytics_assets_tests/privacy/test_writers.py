"""Nobody who is forgotten comes back: not through a load that has begun, nor through a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analytics_assets.ingest.declare import Window
from analytics_assets.ingest.http.paging import Page
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.rewrite import rewriting
from analytics_assets.privacy.fingerprint import note_key
from analytics_assets.privacy.forget import carry_out, plan_to_forget
from analytics_assets.privacy.hashing import Privacy
from analytics_assets_tests.ingest.fake import SALES_CRAWL, FakeClient, load, tables
from analytics_assets_tests.privacy.small_lake import small_lake
from analytics_assets_tests.privacy.support import holding, rows

PRIVACY = Privacy("key")  # as the loader of the fake vendor has it
DAY = date(2026, 2, 1)
ANN = "ann@shop.example"
FOUND = [ANN, PRIVACY.hashed(ANN)]
SALES = [
    {"sale_id": "1", "date": DAY.isoformat(), "amount": "1.00", "email": ANN, "note": f"by {ANN}"},
    {"sale_id": "2", "date": DAY.isoformat(), "amount": "2.00", "email": "bob@shop.example"},
    {"sale_id": "3", "date": DAY.isoformat(), "amount": {"no": 1}, "email": ANN},
]


def forget(lake: Lake) -> None:
    note_key(lake, PRIVACY)
    with rewriting(lake) as connection:
        plan = plan_to_forget(connection, lake, tables(), [ANN], PRIVACY, lambda _, work: work)
        carry_out(connection, lake, tables(), plan)


def sales(lake: Lake) -> list[tuple[object, ...]]:
    return rows(lake.root, "acme/sales", "sale_id, amount, email, note")


def test_a_load_that_began_before_does_not_bring_the_person_back(tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    class SlowClient(FakeClient):
        def sales(self, window: Window) -> Iterator[Page]:
            yield from super().sales(window)
            forget(lake)  # while the load is on its way

    crawl = replace(SALES_CRAWL, fetch=SlowClient.sales)
    (outcome,) = load(tmp_path, SlowClient({("north", DAY): SALES}), [DAY], crawl=crawl)
    (record,) = outcome.records
    assert (record.rows_loaded, record.rows_rejected) == (2, 1)
    assert holding(tmp_path, FOUND) == []
    assert [row[0] for row in sales(lake)] == ["1", "2"]
    assert len(rows(tmp_path, "ops/rejected_rows", "payload")) == 1


def test_a_person_keeps_the_pseudonym_from_load_to_load(tmp_path: Path) -> None:
    """Or the same day loaded twice would differ, and joins between tables would break."""
    client = FakeClient({("north", DAY): SALES})
    load(tmp_path, client, [DAY])
    assert holding(tmp_path, FOUND) == ["acme/sales", "ops/rejected_rows"]
    forget(Lake(tmp_path))
    once = sales(Lake(tmp_path))
    load(tmp_path, client, [DAY])
    assert sales(Lake(tmp_path)) == once
    assert holding(tmp_path, FOUND) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from analytics_assets.lake.lake import Lake
from analytics_assets.privacy.hashing import Privacy
from analytics_assets_tests.privacy.small_lake import forget

replace, left = Path.replace, int(sys.argv[2])
def killing(self, target):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return replace(self, target)
Path.replace = killing
forget(Lake(Path(sys.argv[1])), "ann@shop.example", privacy=Privacy("key"))
"""


@pytest.mark.parametrize("moves", [0, 2])
def test_killed_at_any_move_all_files_are_old_or_all_are_new(tmp_path: Path, moves: int) -> None:
    """Before the journal stands nothing has happened; after it the next writer finishes."""
    contents = {
        "segmetrics/contacts": [{"contact_id": "1", "email": PRIVACY.hashed(ANN)}],
        "segmetrics/orders": [{"parent_contact_id": "1", "order_id": "5"}],
    }
    lake = small_lake(tmp_path, contents)
    note_key(lake, PRIVACY)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(moves)], check=False, env=environment
    )
    assert ended.returncode == -signal.SIGKILL
    lake.recover()
    held = holding(tmp_path, [*FOUND, "1"])
    assert held == (["segmetrics/contacts", "segmetrics/orders"] if moves == 0 else [])
    assert bool(rows(tmp_path, "ops/forgotten")) is (moves > 0)
    assert not [path for path in (tmp_path / "_staging").iterdir() if path.is_dir()]
