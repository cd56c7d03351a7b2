"""What is checked before it is written to SegMetrics, and how it is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest
from pydantic import ValidationError

from analytics_assets.errors import AnalyticsError, RequestRefusedError
from analytics_assets.vendors.segmetrics.payloads import (
    Ad,
    AdCampaign,
    AdSet,
    ContactUpsert,
    Identification,
    Invoice,
    Payload,
    Product,
    Subscription,
    Tag,
    TagChange,
)
from analytics_assets.vendors.segmetrics.writes import SegMetricsWriter
from analytics_assets_tests.fake_api import FakeVendor, answers, replies
from analytics_assets_tests.vendors.segmetrics_examples import (
    BY_ID,
    CONTACT,
    EMAIL,
    INVOICE,
    PERFORMANCE,
    SUBSCRIPTION,
    WHEN,
)


def faked(vendor: FakeVendor, **options: Any) -> SegMetricsWriter:
    return SegMetricsWriter(
        vendor.open_api,
        vendor.open_api,
        api_key="the-key",
        account_id="acme",
        integration_id="shop/1",
        **options,
    )


# Requests


def test_what_the_vendor_requires_is_checked_before_it_is_sent() -> None:
    """The vendor would answer 400 in the middle of a run."""
    required: list[tuple[Payload, list[str]]] = [
        (INVOICE, ["id", "amount", "paid", "date_created", "items"]),
        (SUBSCRIPTION, ["id", "amount", "product_id", "start_date", "last_bill_date"]),
        (SUBSCRIPTION, ["billing_cycle", "frequency"]),
        (PERFORMANCE, ["ad", "spend", "date"]),
        (Product(id=1, name="x"), ["id", "name"]),
        (BY_ID, ["tags"]),
        (INVOICE.items[0], ["name", "product_id", "amount"]),
        (Ad(id=1, name="x", adcampaign=2, adset=3), ["id", "name", "adcampaign", "adset"]),
        (AdSet(id=1, name="x", adcampaign=2), ["id", "name", "adcampaign"]),
        (AdCampaign(id=1, name="x"), ["id", "name"]),
    ]
    for payload, names in required:
        whole = dict(payload)
        type(payload).model_validate(whole)
        for name in names:
            rest = {key: value for key, value in whole.items() if key != name}
            with pytest.raises(ValidationError, match=name):
                type(payload).model_validate(rest)


@pytest.mark.parametrize("kind", [ContactUpsert, TagChange, Invoice, Subscription, Identification])
def test_a_contact_must_be_named(kind: type[Payload]) -> None:
    """An order of nobody would be refused, or be given to somebody."""
    good = {
        ContactUpsert: CONTACT,
        TagChange: BY_ID,
        Invoice: INVOICE,
        Subscription: SUBSCRIPTION,
        Identification: Identification(email=EMAIL, uid="u"),
    }[kind]
    nobody = {key: value for key, value in good if key not in {"contact_id", "email"}}
    with pytest.raises(ValidationError, match="contact_id or email is required"):
        kind.model_validate(nobody)
    for one in ({"contact_id": 1}, {"email": EMAIL}):
        kind.model_validate({**nobody, **one})
    for bad in ({"contact_id": ""}, {"contact_id": 1.5}, {"email": "nobody"}):
        with pytest.raises(ValidationError):
            kind.model_validate({**nobody, **bad})


@pytest.mark.parametrize("amount", [45.0, 45.5, "4500", Decimal(45), True])
@pytest.mark.parametrize("field", ["amount", "paid", "discount", "tax", "shipping"])
def test_an_amount_that_is_no_whole_number_of_cents_is_refused(field: str, amount: Any) -> None:
    """45.00 would be taken for cents, and every sale be a hundredth of what it was."""
    with pytest.raises(ValidationError, match=field):
        Invoice.model_validate({**dict(INVOICE), field: amount})


@pytest.mark.parametrize(
    ("payload", "change"),
    [
        (PERFORMANCE, {"spend": 45.0}),
        (PERFORMANCE, {"clicks": -1}),
        (PERFORMANCE, {"impressions": 1.5}),
        (PERFORMANCE, {"ad": {"id": 1}}),
        (SUBSCRIPTION, {"amount": 45.0}),
        (SUBSCRIPTION, {"billing_cycle": "quarter"}),
        (SUBSCRIPTION, {"frequency": 0}),
        (SUBSCRIPTION, {"start_date": datetime(2026, 5, 6)}),  # noqa: DTZ001  it has no zone
        (CONTACT, {"status": "asleep"}),
        (CONTACT, {"first": "Joey"}),
        (CONTACT, {"tags": ("New Lead",)}),
        (BY_ID, {"tags": ()}),
        (BY_ID, {"tags": ({"date": WHEN},)}),
        (BY_ID, {"tags": (1.5,)}),
        (INVOICE.items[0], {"amount": 4.5}),
    ],
)
def test_what_the_vendor_cannot_take_is_refused(payload: Payload, change: dict[str, Any]) -> None:
    """It would be misread at the vendor, who tells nobody."""
    good = dict(payload)
    type(payload).model_validate(good)
    with pytest.raises(ValidationError, match=next(iter(change))):
        type(payload).model_validate({**good, **change})


def test_what_is_not_given_is_not_sent() -> None:
    """A null may empty what the vendor holds."""
    vendor = answers({"status": "success"})
    contact = ContactUpsert(email=EMAIL, first_name=None, custom_fields={"gone": None}, tags=())
    faked(vendor).save_contact(contact)
    assert msgspec.json.decode(vendor.asked[0].content) == {
        "email": EMAIL,
        "tags": [],
        "custom_fields": {"gone": None},
    }


def test_keys_cannot_leave_their_place_in_the_path() -> None:
    """An address with a slash or a plus would delete somebody else, or nobody."""
    vendor = answers({"status": "success", "deleted": True})
    assert faked(vendor).delete_contact("a/b+c@d.example")
    assert vendor.asked[0].method == "DELETE"
    expected = b"/v1/acme/shop%2F1/contact/a%2Fb%2Bc%40d.example"
    assert vendor.asked[0].url.raw_path == expected
    assert vendor.asked[0].headers["Authorization"] == "the-key"


def test_an_instant_is_sent_in_utc() -> None:
    """A local time without its offset would move by hours."""
    assert Tag(id=1, date=WHEN).body() == {"id": 1, "date": "2026-05-06 16:30:00"}
    assert Tag(id=1, date=WHEN.astimezone(UTC)).body()["date"] == "2026-05-06 16:30:00"


@pytest.mark.parametrize("body", [{"status": "error", "errors": ["no such thing"]}, {}])
def test_an_error_under_200_is_an_error(body: Any) -> None:
    """A write that failed would count as done."""
    vendor = answers(body)
    with pytest.raises(RequestRefusedError, match="no success"):
        faked(vendor).save_product(Product(id=1, name="x"))
    assert len(vendor.asked) == 1


def test_an_address_is_not_shown_in_an_error() -> None:
    """The log would hold the person's address."""
    vendor = replies(httpx.Response(400, json={"status": "error", "errors": ["bad a@b.example"]}))
    with pytest.raises(AnalyticsError) as caught:
        faked(vendor).delete_contact("joey@bloggs.example")
    assert "bloggs" not in str(caught.value)
    assert "a@b" not in str(caught.value)
