"""Every request of the vendor's documentation is sent by an asset or a command, in its own form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from analytics_assets.activation.sync import Workplace
from analytics_assets.vendors.segmetrics.writes import SegMetricsWriter
from analytics_assets_tests.activation import documented
from analytics_assets_tests.activation.support import Row, Shop
from analytics_assets_tests.vendors.support import asked_by

BASE = "/segmetrics/import/api/v1/acme/acme-orders"


class Recording(Shop):
    """A shop whose requests are kept."""

    asked: list[httpx.Request]

    def writer(self, place: Workplace) -> SegMetricsWriter:
        found = super().writer(place)
        self.asked = asked_by(found._import, found._track)
        return found


@pytest.fixture
def recording(shop: Shop) -> Recording:
    return Recording(shop.folder, shop.sandbox)


def sent(shop: Recording, kind: str) -> list[tuple[str, str, Any]]:
    """Method, path and body of what a sync of a kind sends."""
    shop.sync(kind)
    return [
        (
            request.method,
            request.url.path.removeprefix(BASE),
            msgspec.json.decode(request.content) if request.content else None,
        )
        for request in shop.asked
    ]


def typed(row: Row) -> str:
    """Columns of a source whose dates are instants."""
    dates = [n for n in row if n.endswith(("_date", "date_created", "last_updated"))]
    return f"* REPLACE ({', '.join(f'{n}::TIMESTAMPTZ AS {n}' for n in dates)})" if dates else "*"


def source(shop: Shop, kind: str, row: Row) -> None:
    shop.source(kind, [row], typed(row))
    if kind == "contacts":  # instants within a list, and a null that JSON readers would drop
        sql = (
            "SELECT * EXCLUDE (tags, custom_fields, date_created, last_updated), "
            "date_created::TIMESTAMPTZ AS date_created, last_updated::TIMESTAMPTZ AS last_updated, "
            "list_transform(tags, lambda t: {'id': t.id, 'name': t.name, 'date': "
            "t.date::TIMESTAMPTZ}) AS tags, custom_fields FROM "
            f"read_json('{shop.folder}/contacts.json', columns = {{{_CONTACT_TYPES}}})"
        )
        shop.query("contacts", sql)


_CONTACT_TYPES = ", ".join(
    f"{name}: '{type_}'"
    for name, type_ in {
        **dict.fromkeys(documented.CONTACT, "VARCHAR"),
        "contact_id": "BIGINT",
        "tags": "STRUCT(id BIGINT, name VARCHAR, date VARCHAR)[]",
        "custom_fields": "JSON",
    }.items()
)

EXAMPLES = [
    ("products", "product", documented.PRODUCT),
    ("contacts", "contact", documented.CONTACT),
    ("invoices", "invoice", documented.INVOICE | {"contact_id": 249}),
    ("subscriptions", "subscription", documented.SUBSCRIPTION),
    ("ad_performance", "ad/performance", documented.AD_PERFORMANCE),
]


def test_bodies_are_those_of_the_documentation(recording: Recording) -> None:
    """A field of another name or type is ignored by the vendor, and nobody is told.

    Amounts are whole cents in all of them.
    """
    for kind, path, body in EXAMPLES:
        source(recording, kind, body)
        assert sent(recording, kind) == [("POST", f"/{path}", body)], kind
        assert not any(isinstance(value, float) for value in values(body))


def values(part: Any) -> Iterator[Any]:
    """Everything within."""
    if isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from values(inner)
    else:
        yield part


def one_each(body: Row) -> list[Row]:
    return [{**body, "tags": [tag]} for tag in body["tags"]]


@pytest.mark.parametrize("example", ["TAGS_BY_ID", "TAGS_BY_NAME", "TAGS_AS_OBJECTS"])
def test_tags_are_added_and_removed_in_the_three_documented_forms(
    recording: Recording, example: str
) -> None:
    """An id that is sent as a text would become a new tag of that name."""
    body: Row = getattr(documented, example)
    recording.query("contacts", "SELECT 249 AS contact_id")
    recording.sync("contacts")
    rows = one_each(body)
    dated = (
        "list_transform(tags, lambda t: {'id': t.id, 'name': t.name, 'date': t.date::TIMESTAMPTZ})"
    )
    columns = f"* REPLACE ({dated} AS tags)" if example == "TAGS_AS_OBJECTS" else "*"
    recording.source("tags", rows, columns)
    found = sorted(sent(recording, "tags"), key=str)
    assert found == sorted([("POST", "/tags/add", row) for row in rows], key=str)
    recording.query("tags", "SELECT 249 AS contact_id, ['x'] AS tags WHERE false")
    removed = [
        {**row, "tags": [tag["id"] if isinstance(tag, dict) else tag for tag in row["tags"]]}
        for row in rows
    ]
    found = sorted(sent(recording, "tags"), key=str)
    assert found == sorted([("POST", "/tags/remove", row) for row in removed], key=str)
    assert recording.written()["contact"]["249"]["tags"] == []


def test_deletes_are_those_of_the_documentation(recording: Recording) -> None:
    for kind, _, body in EXAMPLES[1:4]:
        source(recording, kind, body)
        recording.sync(kind)
    paths = {"contacts": "contact/249", "invoices": "invoice/234115"}
    paths["subscriptions"] = "subscription/234115"
    for kind in ("subscriptions", "invoices", "contacts"):
        found = recording.folder / f"{kind}.sql"
        found.write_text(f"SELECT * FROM ({found.read_text('utf-8')}) WHERE false", "utf-8")
        assert sent(recording, kind) == [("DELETE", f"/{paths[kind]}", None)]


def test_a_withdrawn_contact_without_an_id_is_deleted_by_its_address(recording: Recording) -> None:
    recording.query("contacts", "SELECT 'joey+1@bloggs.example' AS email")
    recording.sync("contacts")
    recording.query("contacts", "SELECT 'joey+1@bloggs.example' AS email, true AS withdrawn")
    assert sent(recording, "contacts") == [("DELETE", "/contact/joey+1@bloggs.example", None)]
    assert recording.written()["contact"] == {}


def test_identify_is_that_of_the_documentation(recording: Recording) -> None:
    recording.query("identify", "SELECT 'SESSION_UID' AS uid, 'john@example.com' AS email")
    recording.sync("identify")
    (request,) = recording.asked
    assert (request.method, request.url.path) == ("GET", "/segmetrics/track/identify")
    assert dict(request.url.params) == documented.IDENTIFY


def test_identify_by_contact_id_uses_the_names_of_2026(recording: Recording) -> None:
    recording.identify_parameters = "2026"
    recording.query("contacts", "SELECT 249 AS contact_id")
    recording.sync("contacts")
    recording.query("identify", "SELECT 'u' AS uid, '249' AS contact_id")
    recording.sync("identify")
    assert dict(recording.asked[0].url.params) == {"a": "acme", "uid": "u", "cid": "249"}
