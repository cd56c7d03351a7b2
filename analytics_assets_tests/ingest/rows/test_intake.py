"""From bytes to typed rows: what SQL takes, what pydantic decides, what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import Field

from analytics_assets.ingest.declare import Endpoint, Tenant, Window
from analytics_assets.ingest.fields import (
    Count,
    Flag,
    Id,
    Instant,
    Json,
    LocalDate,
    Money,
    PersonalName,
    PersonalText,
    Ratio,
    Row,
    Text,
    columns_of,
)
from analytics_assets.ingest.rows.intake import Intake
from analytics_assets.ingest.rows.reading import Stamps
from analytics_assets.ingest.rows.workspace import Limits, open_workspace
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.settings import AnalyticsConfig

DAY = date(2026, 2, 1)
STAMPS = Stamps("t", "2026-02-02T06:00:00+00:00", "load", "run")


class Everything(Row):
    """One row per field type."""

    id_: Id = Field(alias="_id")
    text: Text | None = None
    money: Money | None = None
    number: Count | None = Field(None, alias="numOfThings")
    share: Ratio | None = None
    flag: Flag | None = None
    day_of: LocalDate | None = None
    at: Instant | None = None
    nested: Json = None
    email: PersonalText | None = None
    name: PersonalName | None = None


ENDPOINT = Endpoint(
    name="everything", model=Everything, docs_url="", tenant_column="site_id", key=("_id",)
)


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    window = Window(Tenant("t", "Europe/Madrid"), DAY, DAY, AnalyticsConfig())
    with open_workspace(tmp_path, Privacy("key")) as workspace:
        yield Intake(ENDPOINT, window, workspace, STAMPS, tmp_path)


def values(intake: Intake, column: str) -> list[Any]:
    shown = '"at"::VARCHAR' if column == "at" else f'"{column}"'
    text = f"SELECT {shown} FROM ({intake.rows(DAY)}) ORDER BY try_cast(_id AS INTEGER), _id"
    return [value for (value,) in intake.workspace.connection.execute(text).fetchall()]


def rejects(intake: Intake) -> list[tuple[str, list[str]]]:
    if not intake.rejected:
        return []
    return intake.workspace.connection.execute(
        f"SELECT payload, reasons FROM {intake.rejects} ORDER BY rowid"
    ).fetchall()


@pytest.mark.parametrize(
    ("field", "column", "sent", "stored"),
    [
        ("money", "money", ['"59.99"', "59.99", "5", '"1e3"', "null", '""'],
         [Decimal("59.99"), Decimal("59.99"), Decimal(5), Decimal(1000), None, None]),
        ("numOfThings", "num_of_things", ["7", '"7"', "7.0"], [7, 7, 7]),
        ("share", "share", ["0.25", '"12.5"', "-1.5e-3"], [0.25, 12.5, -0.0015]),
        ("flag", "flag", ["true", "0", '"TRUE"'], [True, False, True]),
        ("day_of", "day_of", ['"2026-02-01"', '"20260201"', '" "'], [DAY, DAY, None]),
        ("text", "text", ['"{{campaign.name}}"', '"[x]"', "5", "true", '"ü\\n"', '""'],
         ["{{campaign.name}}", "[x]", "5", "true", "ü\n", ""]),
        ("_id", "_id", ["5", '"A-1"'], ["5", "A-1"]),
        ("at", "at",
         ['"2026-02-01T10:00:00Z"', '"2026-02-01 10:00:00"', '"2026-02-01T10:00:00.5+03:00"'],
         ["2026-02-01 10:00:00+00", "2026-02-01 09:00:00+00", "2026-02-01 07:00:00.5+00"]),
        ("nested", "nested", ['{"a":[1]}', '"x"', "null"], ['{"a":[1]}', '"x"', None]),
    ],
)  # fmt: skip
def test_a_value_is_read_in_every_form_that_vendors_send(
    intake: Intake, field: str, column: str, sent: list[str], stored: list[Any]
) -> None:
    """Money as text or number, ids as numbers, two forms of dates: none may lose a row."""
    if field == "_id":
        intake.add([f'{{"_id":{value}}}'.encode() for value in sent])
    else:
        intake.add([f'{{"_id":{n},"{field}":{v}}}'.encode() for n, v in enumerate(sent)])
    intake.finish()
    assert rejects(intake) == []
    assert values(intake, column) == stored


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b'{"_id":1,"money":{"oops":1}}', "money: is not an amount"),
        (b'{"_id":1,"money":"NaN","at":""}', "money: is not an amount"),
        (b'{"_id":1,"money":true}', "money: is not an amount"),
        (b'{"_id":1,"numOfThings":1.5}', "numOfThings: is not a whole number"),
        (b'{"_id":1,"text":{"oops":1}}', "text: is not a text"),
        (b'{"_id":1,"text":[1]}', "text: is not a text"),
        (b'{"_id":1,"flag":"maybe"}', "flag: is not true or false"),
        (b'{"_id":1,"day_of":"2026-02-30"}', "day_of: "),
        (b'{"_id":1,"at":"yesterday"}', "at: is not an instant"),
        (b'{"_id":null}', "_id: is not a text"),
        (b"{}", "_id: Field required"),
        (b'"text"', "the row is not a JSON object"),
        (b"5", "the row is not a JSON object"),
    ],
)
def test_a_malformed_row_is_kept_with_its_reason_and_the_others_are_loaded(
    intake: Intake, row: bytes, reason: str
) -> None:
    intake.add([b'{"_id":"before"}', row, b'{"_id":"after"}'])
    intake.finish()
    assert values(intake, "_id") == ["after", "before"]
    ((payload, reasons),) = rejects(intake)
    assert reasons[0].startswith(reason)
    assert payload == row.decode()


def test_an_undeclared_field_is_kept_whatever_its_name(intake: Intake) -> None:
    """Names that differ in case only, or hold quotes, must neither be lost nor reach SQL."""
    intake.add([b'{"_id":1,"Text":"a","it\'s \\"q\\"":{"x":[1]},"gone":null}', b'{"_id":2}'])
    intake.finish()
    assert values(intake, "_extra") == ['{"Text":"a","it\'s \\"q\\"":{"x":[1]}}', None]


def test_personal_data_is_hashed_wherever_it_stands(intake: Intake) -> None:
    address = Privacy("key").hashed("joe@shop.example")
    row = {
        "_id": 1,
        "email": " Joe@Shop.example ",
        "name": "Joe Bloggs",
        "text": "see https://x.example/?e=joe%40shop.example",
        "nested": {"a": "joe@shop.example"},
        "new": ["joe@shop.example", "10.1.2.3"],
    }
    intake.add([msgspec.json.encode(row)])
    intake.finish()
    assert values(intake, "email") == [address]
    assert values(intake, "name") == [None]
    assert values(intake, "text") == [f"see https://x.example/?e={address}"]
    assert values(intake, "nested") == [f'{{"a":"{address}"}}']
    ip = Privacy("key").hashed("10.1.2.3")
    assert values(intake, "_extra") == [f'{{"new":["{address}","{ip}"]}}']


def test_an_address_that_json_spells_with_escapes_is_hashed_too(intake: Intake) -> None:
    intake.add([b'{"_id":1,"text":"joe\\u0040shop.example"}'])
    intake.finish()
    assert values(intake, "text") == [Privacy("key").hashed("joe@shop.example")]


def test_a_rejected_row_holds_no_personal_data(intake: Intake) -> None:
    intake.add([b'{"_id":1,"flag":"joe@shop.example","email":"joe@shop.example","name":"Joe"}'])
    intake.finish()
    ((payload, reasons),) = rejects(intake)
    assert "joe" not in payload.lower()
    assert "joe" not in " ".join(reasons).lower()


def test_rows_of_many_chunks_are_all_there(intake: Intake) -> None:
    intake.workspace.limits = Limits(chunk_bytes=100)
    for start in range(0, 50, 5):
        intake.add([f'{{"_id":{n},"money":"{n}.5"}}'.encode() for n in range(start, start + 5)])
    intake.finish()
    assert sorted(values(intake, "money")) == [Decimal(n) + Decimal("0.5") for n in range(50)]
    assert intake.fetched == 50


def test_a_model_with_another_type_is_refused() -> None:
    class Wrong(Row):
        """One row."""

        value: int

    with pytest.raises(TypeError, match="declared field type"):
        columns_of(Wrong)


def test_one_person_has_one_hash_however_a_url_spells_the_address() -> None:
    privacy = Privacy("key")
    address = privacy.hashed("ann+tag@x.example")
    for text in ("?q=e%3Dann%2Btag%40x.example", "?q=ann+tag@x.example", "%20Ann%2btag@X.example"):
        assert address in privacy.hidden(text)


def test_python_and_sql_hide_the_same(intake: Intake) -> None:
    privacy = Privacy("key")
    for text in (
        "a b joe@x.example c",
        "https://x.example/?mail=Joe%40X.example&ip=10.0.0.1",
        "2001:db8::1 and fe80:0:0:0:0:0:0:1 at 12:34:56",
        "https://x.example/?q=e%3Dann%2Btag%40x.example%26f%3D1",
        "a@x.example and 5a@x.example and a@x.example.com",
        "nothing here: 12:30, v1.2, a@b",
    ):
        found = intake.workspace.connection.execute("SELECT hide_personal(?)", [text]).fetchone()
        assert found == (privacy.hidden(text),)
