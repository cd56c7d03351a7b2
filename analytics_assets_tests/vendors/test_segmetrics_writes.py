"""What is written to SegMetrics, over a socket to the sandbox, and read back from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import msgspec
import pytest

from analytics_assets.errors import (
    ConfigurationError,
    CredentialsRefusedError,
    RequestRefusedError,
    VendorUnavailableError,
)
from analytics_assets.settings import SegMetrics
from analytics_assets.vendors.segmetrics.client import SegMetricsClient
from analytics_assets.vendors.segmetrics.payloads import (
    ContactUpsert,
    Identification,
    Product,
    Tag,
    TagChange,
)
from analytics_assets.vendors.segmetrics.resource import SegMetricsResource
from analytics_assets.vendors.segmetrics.writes import SegMetricsWriter
from analytics_assets_tests.vendors.coverage_segmetrics import DOCUMENTED
from analytics_assets_tests.vendors.segmetrics_examples import (
    BY_ID,
    CONTACT,
    EMAIL,
    INVOICE,
    PERFORMANCE,
    SUBSCRIPTION,
    WHEN,
)
from analytics_assets_tests.vendors.support import Sandbox, answered_to, asked_by, sent_names


@pytest.fixture
def writer(sandbox: Sandbox) -> Iterator[SegMetricsWriter]:
    """The writer that the environment of the sandbox makes."""
    del sandbox
    found = SegMetricsResource().open_writer()
    yield found
    found.close()


@pytest.fixture
def reader(sandbox: Sandbox) -> Iterator[SegMetricsClient]:
    """The client that reads what was written."""
    del sandbox
    found = SegMetricsResource().connect("UTC")
    assert isinstance(found, SegMetricsClient)
    yield found
    found.close()


def written(sandbox: Sandbox) -> dict[str, Any]:
    """Everything that the sandbox was told, by object and id."""
    answer = httpx.get(f"{sandbox.url}/control/segmetrics", trust_env=False)
    found: dict[str, Any] = answer.json()
    return found


# Against the sandbox


def test_every_documented_field_is_sent_and_arrives(
    sandbox: Sandbox, writer: SegMetricsWriter
) -> None:
    """A field under another name is ignored, and nobody is told."""
    asked = asked_by(writer._import)
    writer.save_contact(CONTACT)
    writer.add_tags(BY_ID)
    writer.remove_tags(BY_ID)
    writer.save_subscription(SUBSCRIPTION)
    writer.save_product(Product(id=108, name="Club"))
    writer.save_invoice(INVOICE)
    writer.save_ad_performance(PERFORMANCE)
    sent = sent_names(asked)
    for request in asked:
        endpoint = request.url.path.rsplit("/", 1)[-1]
        body = msgspec.json.decode(request.content)
        for name in ("items", "ad", "adset", "adcampaign"):
            nested = body.get(name)
            for part in nested if isinstance(nested, list) else [nested]:
                if isinstance(part, dict):
                    sent |= {f"{endpoint}:{name}.{field}" for field in part}
    mine = {r.name for r in DOCUMENTED if r.test.endswith("is_sent_and_arrives")}
    assert {name for name in mine if ":" in name} <= sent
    found = written(sandbox)
    assert found["contact"]["c-249"]["email"] == EMAIL
    assert found["contact"]["c-249"]["date_created"] == "2026-05-06 16:30:00"
    assert [tag["id"] for tag in found["contact"]["c-249"]["tags"]] == ["45"]
    assert found["invoice"]["234115"]["items"][1] == {
        "name": "Uber Trinket",
        "product_id": "82638",
        "amount": 500,
    }
    assert found["invoice"]["234115"]["is_refunded"] == 0
    assert found["subscription"]["s-1"]["canceled_date"] == "2026-05-06 16:30:00"
    assert found["product"]["108"]["name"] == "Club"
    assert found["adset"]["5678910"]["adcampaign"] == 123456789
    (day,) = found["ad_performance"]
    assert (day["date"], day["spend"], day["clicks"], day["impressions"]) == (
        "2026-05-06",
        4500,
        7844,
        15487,
    )


def test_what_was_written_can_be_read_back(
    writer: SegMetricsWriter, reader: SegMetricsClient
) -> None:
    """Names, amounts or times would change on the way."""
    writer.save_contact(CONTACT)
    writer.save_invoice(INVOICE)
    found = reader.contact(EMAIL)
    assert found is not None
    assert (found["contact_id"], found["first_name"]) == ("c-249", "Joey")
    assert found["date_created"] == "2026-05-06T16:30:00+00:00"
    assert found["custom_fields"] == CONTACT.custom_fields
    (order,) = (order for order in found["orders"] if order["order_id"] == "234115")
    assert (order["total"], order["total_tax"], order["total_discount"]) == (4500, 20, 100)


def test_writing_twice_changes_nothing(sandbox: Sandbox, writer: SegMetricsWriter) -> None:
    """A run that is repeated would double invoices and spend."""
    for _ in range(2):
        writer.save_contact(CONTACT)
        writer.save_invoice(INVOICE)
        writer.save_subscription(SUBSCRIPTION)
        writer.save_ad_performance(PERFORMANCE)
    found = written(sandbox)
    for name in ("contact", "invoice", "subscription", "ad_performance"):
        assert len(found[name]) == 1, name


def test_custom_fields_are_added_and_null_removes_one(
    writer: SegMetricsWriter, reader: SegMetricsClient
) -> None:
    """A null that is left out removes nothing."""
    writer.save_contact(CONTACT)
    fields = {"shirt_size": None, "hat": "L"}
    writer.save_contact(ContactUpsert(contact_id="c-249", custom_fields=fields))
    found = reader.contact("c-249")
    assert found is not None
    assert found["custom_fields"] == {"Awesome Sauce": "Applesauce2", "hat": "L"}


def test_tags_are_added_and_removed_in_all_three_forms(
    sandbox: Sandbox, writer: SegMetricsWriter
) -> None:
    """An id that is sent as a text would be a new tag of that name."""
    writer.save_contact(ContactUpsert(contact_id=249))
    forms: list[Callable[[], TagChange]] = [
        lambda: TagChange(contact_id=249, tags=(3, 45)),
        lambda: TagChange(contact_id=249, tags=("New Lead", "Holiday")),
        lambda: TagChange(contact_id=249, tags=(Tag(id=7, name="Gold", date=WHEN), Tag(name="X"))),
    ]
    tags: list[Any] = []
    for form in forms:
        writer.add_tags(form())
        tags = written(sandbox)["contact"]["249"]["tags"]
        assert len(tags) == 2
        writer.remove_tags(form())
        assert written(sandbox)["contact"]["249"]["tags"] == []
    assert tags[0] == {"id": "7", "name": "Gold", "date": "2026-05-06 16:30:00"}
    writer.save_contact(ContactUpsert(contact_id=249, tags=(3, 8)))
    assert [t["id"] for t in written(sandbox)["contact"]["249"]["tags"]] == ["3", "8"]


def test_what_is_deleted_is_gone(
    sandbox: Sandbox, writer: SegMetricsWriter, reader: SegMetricsClient
) -> None:
    """A person who asks to be forgotten would stay, or somebody else go."""
    bodies = answered_to(writer._import)
    writer.save_contact(CONTACT)
    writer.save_invoice(INVOICE)
    writer.save_subscription(SUBSCRIPTION)
    assert writer.delete_invoice("234115")
    assert writer.delete_subscription("s-1")
    assert writer.delete_contact(EMAIL)
    assert reader.contact(EMAIL) is None
    writer.save_contact(CONTACT)
    assert writer.delete_contact("c-249")
    assert not writer.delete_contact("c-249")
    assert not writer.delete_invoice("234115")
    found = written(sandbox)
    assert [found[name] for name in ("contact", "invoice", "subscription")] == [{}, {}, {}]
    answer = msgspec.json.decode(bodies[3].read())
    assert answer == {"id": "234115", "status": "success", "object": "invoice", "deleted": True}


def test_identify_by_the_original_names(sandbox: Sandbox, writer: SegMetricsWriter) -> None:
    """Names of two generations in one request are those of none."""
    asked = asked_by(writer._track)
    writer.identify(Identification(email=EMAIL, uid="uid-1"))
    assert dict(asked[0].url.params) == {"account_id": "acme", "seg_uid": "uid-1", "email": EMAIL}
    assert "Authorization" not in asked[0].headers
    (identity,) = written(sandbox)["identify"]
    assert (identity["uid"], identity["email"]) == ("uid-1", EMAIL)
    for who in (Identification(contact_id="c-249", uid="u"), Identification(email=EMAIL)):
        with pytest.raises(ConfigurationError, match="identify_parameters"):
            writer.identify(who)
    assert len(asked) == 1


def test_identify_by_the_names_of_2026(sandbox: Sandbox, writer: SegMetricsWriter) -> None:
    """The setting would be ignored, and what only the new names can say not be sent."""
    writer.save_contact(ContactUpsert(contact_id="c-249", email=EMAIL))
    setting = SegMetrics(identify_parameters="2026").identify_parameters
    modern = SegMetricsResource().open_writer(setting)
    asked = asked_by(modern._track)
    modern.identify(Identification(contact_id="c-249", uid="uid-1"))
    modern.identify(Identification(email=EMAIL))
    modern.close()
    assert [dict(request.url.params) for request in asked] == [
        {"a": "acme", "uid": "uid-1", "cid": "c-249"},
        {"a": "acme", "e": EMAIL},
    ]
    assert written(sandbox)["contact"]["c-249"]["uids"] == ["uid-1"]


def test_the_vendor_s_words_reach_the_user(writer: SegMetricsWriter) -> None:
    """A 400 without its reasons says nothing, and repeating it does not help."""
    before = writer.traffic.requests
    with pytest.raises(RequestRefusedError, match="400: contact not found") as caught:
        writer.add_tags(TagChange(contact_id="nobody", tags=(3,)))
    assert caught.value.status == 400
    assert writer.traffic.requests == before + 1


def test_a_wrong_key_is_told(sandbox: Sandbox) -> None:
    """The user would look for the mistake in what was sent."""
    del sandbox
    wrong = SegMetricsResource(api_key="not-the-key").open_writer()
    with pytest.raises(CredentialsRefusedError, match="SEGMETRICS_API_KEY"):
        wrong.save_product(Product(id=1, name="x"))
    wrong.close()


@pytest.mark.parametrize(
    ("write", "requests"),
    [
        (lambda w: w.save_contact(CONTACT), 2),
        (lambda w: w.save_invoice(INVOICE), 2),
        (lambda w: w.save_subscription(SUBSCRIPTION), 2),
        (lambda w: w.save_product(Product(id=1, name="x")), 2),
        (lambda w: w.save_ad_performance(PERFORMANCE), 2),
        (lambda w: w.save_contact(ContactUpsert(email=EMAIL)), 1),
        (lambda w: w.add_tags(BY_ID), 1),
        (lambda w: w.remove_tags(BY_ID), 1),
        (lambda w: w.delete_contact("c-249"), 1),
        (lambda w: w.delete_invoice("1"), 1),
        (lambda w: w.identify(Identification(email=EMAIL, uid="u")), 1),
    ],
)
def test_only_upserts_by_id_are_sent_twice(
    writer: SegMetricsWriter,
    sandbox: Sandbox,
    write: Callable[[SegMetricsWriter], Any],
    requests: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After an answer that was lost a second one may be made, or an upsert be given up."""
    for api in (writer._import, writer._track):
        monkeypatch.setattr(api, "sleep", lambda _: None)
    writer.save_contact(CONTACT)
    asked = asked_by(writer._import, writer._track)
    sandbox.faults("500:segmetrics:1")
    try:
        write(writer)
    except VendorUnavailableError:
        assert requests == 1
    assert len(asked) == requests


def test_the_integration_must_be_named(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address would have a hole in it."""
    del sandbox
    for name in ("SEGMETRICS_INTEGRATION_ID", "SEGMETRICS_API_KEY"):
        monkeypatch.setenv(name, "")
        with pytest.raises(ConfigurationError, match=name):
            SegMetricsResource().open_writer()
