"""The client of the legacy API against the sandbox, and shapes that only a fake can give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from analytics_assets.core.endpoint import Tenant
from analytics_assets.core.errors import (
    AccessDeniedError,
    CredentialsRefusedError,
    UnexpectedAnswerError,
)
from analytics_assets.vendors.sealmetrics_legacy.client import PAGE_SIZE, SealMetricsLegacyClient
from analytics_assets.vendors.sealmetrics_legacy.endpoints import VENDOR
from analytics_assets.vendors.sealmetrics_legacy.resource import SealMetricsLegacyResource
from analytics_assets_tests.fake_api import FakeVendor, answers, by_request
from analytics_assets_tests.vendors.support import (
    DAY,
    Sandbox,
    refused,
    rows_of,
    undeclared,
    window,
)

(MICROCONVERSIONS,) = VENDOR.endpoints
ACCOUNT = Tenant("0" * 24, "Europe/Madrid")


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SealMetricsLegacyClient]:
    """The client that the environment of the sandbox makes."""
    del sandbox
    found = SealMetricsLegacyResource().connect("UTC")
    assert isinstance(found, SealMetricsLegacyClient)
    yield found
    found.close()


def faked(vendor: FakeVendor) -> SealMetricsLegacyClient:
    return SealMetricsLegacyClient(
        vendor.open_api, token="t", account_ids=[ACCOUNT.id], timezone="Europe/Madrid"
    )


def ok(*rows: Any) -> dict[str, Any]:
    return {"status": "ok", "data": list(rows)}


def test_all_days_of_a_window_come_in_one_listing(client: SealMetricsLegacyClient) -> None:
    """At one request a minute, a month of single days takes half an hour."""
    (tenant,) = client.tenants()
    rows = rows_of(client.microconversions(window(tenant, DAY, 3)))
    assert {row["date"] for row in rows} == {"2026-05-06", "2026-05-07", "2026-05-08"}
    assert client.traffic.requests == len(rows) // PAGE_SIZE + 1
    assert len({row["_id"] for row in rows}) == len(rows)
    assert refused(MICROCONVERSIONS, rows) == []
    assert undeclared(MICROCONVERSIONS, rows) == set()


def test_a_window_holds_the_same_rows_as_its_days(client: SealMetricsLegacyClient) -> None:
    """A day loaded within a month would differ from the same day loaded alone."""
    (tenant,) = client.tenants()
    together = rows_of(client.microconversions(window(tenant, DAY, 2)))
    apart = [
        row
        for day in (date(2026, 5, 6), date(2026, 5, 7))
        for row in rows_of(client.microconversions(window(tenant, day)))
    ]
    assert together == apart


def test_the_country_may_be_in_either_case(client: SealMetricsLegacyClient) -> None:
    """The vendor's example has lower case, its pattern upper case: one finds nothing."""
    (tenant,) = client.tenants()
    days = "20260506,20260506"
    every = len(rows_of(client.report("microconversions", tenant.id, days)))
    found = [
        len(rows_of(client.report("microconversions", tenant.id, days, country=country)))
        for country in ("es", "ES", "Es")
    ]
    assert found[0] == found[1] == found[2]
    assert 0 < found[0] < every


def test_a_named_range_is_passed_on(client: SealMetricsLegacyClient) -> None:
    """The vendor's own example would not work."""
    (tenant,) = client.tenants()
    assert list(client.report("microconversions", tenant.id, "this_month"))


def test_both_forms_of_a_date_are_read() -> None:
    """Rows dated 20251117, as the vendor also sends them, would all be rejected."""
    rows = [{"_id": "a", "date": "2025-11-17"}, {"_id": "b", "date": "20251117"}]
    found = [MICROCONVERSIONS.model.model_validate(row) for row in rows]
    assert {getattr(row, "date") for row in found} == {date(2025, 11, 17)}  # noqa: B009


def test_an_exact_multiple_of_the_page_size_ends_at_the_empty_page() -> None:
    """There is no total: the last full page would be the end, or no page would."""
    page = [{"_id": str(n), "date": "2026-05-06"} for n in range(PAGE_SIZE)]
    vendor = answers(ok(*page), ok())
    assert len(rows_of(faked(vendor).microconversions(window(ACCOUNT)))) == PAGE_SIZE
    asked = [dict(request.url.params) for request in vendor.asked]
    assert [(sent["skip"], sent["limit"]) for sent in asked] == [("0", "100"), ("100", "100")]
    assert asked[0].keys() == {"account_id", "date_range", "skip", "limit"}
    assert asked[0]["date_range"] == "20260506,20260506"


def test_an_ignored_skip_is_noticed() -> None:
    """The first hundred rows would be loaded without end."""
    page = [{"_id": str(n), "date": "2026-05-06"} for n in range(PAGE_SIZE)]
    vendor, open_api = by_request(lambda _: ok(*page))
    client = SealMetricsLegacyClient(open_api, token="t", account_ids=[], timezone="UTC")
    with pytest.raises(UnexpectedAnswerError, match="repeats"):
        list(client.microconversions(window(ACCOUNT)))
    assert len(vendor.asked) == 2


@pytest.mark.parametrize("body", [{"status": "error", "message": "went astray"}, {"status": "ok"}])
def test_an_error_under_200_is_an_error(body: Any) -> None:
    """It would be loaded as an empty day."""
    with pytest.raises(UnexpectedAnswerError, match=r"astray|no data"):
        list(faked(answers(body)).microconversions(window(ACCOUNT)))


def test_a_wrong_token_and_a_foreign_account_are_told_apart(sandbox: Sandbox) -> None:
    """The user would look for the mistake in the wrong variable."""
    del sandbox
    wrong = SealMetricsLegacyResource(token="not-the-token").connect("UTC")
    foreign = SealMetricsLegacyResource(account_ids="f" * 24).connect("UTC")
    assert isinstance(wrong, SealMetricsLegacyClient)
    assert isinstance(foreign, SealMetricsLegacyClient)
    with pytest.raises(CredentialsRefusedError, match="SEALMETRICS_LEGACY_TOKEN"):
        list(wrong.microconversions(window(wrong.tenants()[0])))
    with pytest.raises(AccessDeniedError):
        list(foreign.microconversions(window(foreign.tenants()[0])))
    wrong.close()
    foreign.close()
