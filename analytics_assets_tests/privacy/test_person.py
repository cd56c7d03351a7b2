"""Who belongs to an address or a contact id, and what is left to others."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from analytics_assets.errors import LakeError
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.rewrite import rewriting, stored_tables
from analytics_assets.privacy.forgotten import publishing
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.privacy.verify_erasure import rows_about
from analytics_assets_tests.privacy.small_lake import DAY, TABLES, forget, put, small_lake
from analytics_assets_tests.privacy.support import holding, rows

HASHED, PLAIN = Privacy("key"), Privacy("key", plain=True)
ANN = "ann@shop.example"


def h(value: str) -> str:
    return HASHED.hashed(value)


def ann_and_bob(root: Path) -> Lake:
    """Ann has two contacts and shares an IP address with Bob."""
    return small_lake(
        root,
        {
            "segmetrics/contacts": [
                {"contact_id": "1", "email": h(ANN)},
                {"contact_id": "12", "email": h(ANN)},
                {"contact_id": "123", "email": h("joann@shop.example")},
            ],
            "segmetrics/contact_events": [
                {"parent_contact_id": "1", "contact_id": "9001", "ip_address": h("10.0.0.1")},
                {"parent_contact_id": "12", "contact_id": "12", "ip_address": h("10.0.0.2")},
                {"parent_contact_id": "123", "contact_id": "123", "ip_address": h("10.0.0.2")},
            ],
            "segmetrics/data_query": [
                {"record": json.dumps({"contact_id": 12, "with": h(ANN)})},
                {"record": json.dumps({"contact_id": 123, "order_id": 12})},
            ],
            "wemasy/sessions": [{"ip_address": h("10.0.0.1")}, {"ip_address": h("10.0.0.2")}],
            "sealmetrics_legacy/pages": [{"url": f"/thanks?e={h(ANN)}&again={h(ANN)}"}],
            "ops/rejected_rows": [
                {"payload": json.dumps({"contact_id": "1", "total": {}}), "reasons": ["total: no"]},
                {"payload": json.dumps({"contact_id": "123"}), "reasons": [f"e: {h(ANN)}"]},
            ],
            "ops/loads": [{"reasons": {f"e: {h(ANN)}": 1, "f: no": 2}}],
        },
    )


def pseudonyms(lake: Lake) -> dict[str, str]:
    return dict(rows(lake.root, "ops/forgotten", "identifier_hash, pseudonym"))


def test_every_contact_of_an_address_goes_and_keys_stay_distinct(tmp_path: Path) -> None:
    lake = ann_and_bob(tmp_path)
    forget(lake, "9001", privacy=HASHED)  # an id that only her events name
    names = pseudonyms(lake)
    assert len(set(names.values())) == len(names), "two rows would get the same key"
    contacts = rows(lake.root, "segmetrics/contacts", "contact_id, email")
    assert contacts[0] == ("123", h("joann@shop.example"))
    assert all(c.startswith("forgotten-") and e == names[h(ANN)] for c, e in contacts[1:])
    assert len({c for c, _ in contacts}) == 3


def test_what_somebody_else_has_as_well_stays_theirs(tmp_path: Path) -> None:
    """A household's address goes from the person's rows only; her own goes everywhere."""
    lake = ann_and_bob(tmp_path)
    forget(lake, ANN, privacy=HASHED)
    names = pseudonyms(lake)
    events = dict(rows(lake.root, "segmetrics/contact_events", "parent_contact_id, ip_address"))
    assert events.pop("123") == h("10.0.0.2")
    assert all(address.startswith("forgotten-") for address in events.values())
    sessions = rows(lake.root, "wemasy/sessions", "ip_address")
    assert sorted(sessions) == sorted([(h("10.0.0.2"),), (names[h("10.0.0.1")],)])


def test_identifiers_inside_text_and_json_are_replaced_exactly(tmp_path: Path) -> None:
    """12 must not be found in 123, and an order's number is no contact."""
    lake = ann_and_bob(tmp_path)
    forget(lake, ANN, privacy=HASHED)
    ann = pseudonyms(lake)[h(ANN)]
    assert rows(lake.root, "sealmetrics_legacy/pages", "url") == [(f"/thanks?e={ann}&again={ann}",)]
    records = [json.loads(r) for (r,) in rows(lake.root, "segmetrics/data_query", "record")]
    assert {"contact_id": 123, "order_id": 12} in records
    assert any(str(r["contact_id"]).startswith("forgotten-") and r["with"] == ann for r in records)
    rejected = rows(lake.root, "ops/rejected_rows", "payload, reasons")
    assert ('{"contact_id": "123"}', [f"e: {ann}"]) in rejected
    assert '"forgotten"' in [payload for payload, _ in rejected]
    assert ({f"e: {ann}": 1, "f: no": 2},) in rows(lake.root, "ops/loads", "reasons")


def test_plain_data_goes_in_every_spelling_and_nobody_elses_with_it(tmp_path: Path) -> None:
    lake = small_lake(
        tmp_path,
        {
            "session_story/visitors": [
                {"id": "v1", "email": "Ann@Shop.example", "name": "Ann", "ip_address": "10.0.0.9"},
                {"id": "v2", "email": "joann@shop.example", "name": "Jo", "ip_address": "10.0.0.8"},
            ],
            "wemasy/sessions": [{"ip_address": "10.0.0.9"}, {"ip_address": "10.0.0.8"}],
            "sealmetrics_legacy/pages": [
                {"url": "/a?e=ann%40shop.example,ANN@shop.example&x=joann@shop.example"}
            ],
            "ops/rejected_rows": [{"payload": '{"email":"ann@shop.example","first_name":"Ann"}'}],
        },
    )
    forget(lake, "ANN@shop.example ", privacy=PLAIN)
    assert holding(lake.root, [ANN, "ann%40shop.example", "Ann", "10.0.0.9"]) == []
    visitors = rows(lake.root, "session_story/visitors", "id, email, name, ip_address")
    assert visitors[1] == ("v2", "joann@shop.example", "Jo", "10.0.0.8")
    ((url,),) = rows(lake.root, "sealmetrics_legacy/pages", "url")
    assert url.endswith("&x=joann@shop.example")


def test_somebody_who_comes_up_again_under_new_ids_is_found_through_the_pseudonym(
    tmp_path: Path,
) -> None:
    lake = ann_and_bob(tmp_path)
    forget(lake, ANN, privacy=HASHED)
    table = TABLES["segmetrics/contacts"]
    fresh = {"contact_id": "77", "email": pseudonyms(lake)[h(ANN)]}
    put(lake.file(table, DAY, "other"), table, [fresh])
    plan = forget(lake, ANN, privacy=HASHED)
    assert [identifier.kind for identifier in plan.new] == ["contact"]
    assert holding(lake.root, ["77"]) == []


def test_columns_and_types_of_a_rewritten_file_stay(tmp_path: Path) -> None:
    lake = ann_and_bob(tmp_path)
    files = [
        lake.file(TABLES[f], DAY, "acme") for f in ("segmetrics/contacts", "ops/rejected_rows")
    ]
    described = [duckdb.execute(f"DESCRIBE FROM '{path}'").fetchall() for path in files]
    forget(lake, ANN, privacy=HASHED)
    assert [duckdb.execute(f"DESCRIBE FROM '{path}'").fetchall() for path in files] == described


def test_the_last_scan_finds_what_a_rewrite_has_missed(tmp_path: Path) -> None:
    """It must not trust the SQL that rewrites."""
    lake = ann_and_bob(tmp_path)
    plan = forget(lake, ANN, privacy=HASHED)
    misplaced = tmp_path / "wemasy" / "sessions" / f"day={DAY}" / "by-hand.parquet"
    for held in (f"x{h(ANN)}", h("10.0.0.1").upper()):
        duckdb.execute(f"COPY (SELECT '{held}' AS anything) TO '{misplaced}' (FORMAT parquet)")
        with rewriting(lake) as connection:
            found = {
                table.folder: rows_about(connection, table, plan.person)
                for table in stored_tables(lake, connection, TABLES.values())
            }
        assert {folder: files for folder, files in found.items() if files} == {
            "wemasy/sessions": {misplaced: 1}
        }


def test_a_writer_and_a_rewriter_never_publish_at_the_same_time(tmp_path: Path) -> None:
    """Or a file of before could take the place of the one that was rewritten."""
    import fcntl  # noqa: PLC0415  only this test asks who holds the lock

    lake = ann_and_bob(tmp_path)
    with duckdb.connect() as connection, (tmp_path / "_publication.lock").open("w") as lock:
        with publishing(lake, connection, HASHED), pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with rewriting(lake), pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)


def test_nobody_forgotten_costs_no_sql(tmp_path: Path) -> None:
    lake = ann_and_bob(tmp_path)
    with duckdb.connect() as connection, publishing(lake, connection, HASHED) as forgotten:
        assert forgotten.rows("FROM t", TABLES["segmetrics/contacts"].columns) == "FROM t"


def test_a_lake_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="ANALYTICS_LAKE"):
        forget(Lake(tmp_path / "nowhere"), ANN, privacy=HASHED)
