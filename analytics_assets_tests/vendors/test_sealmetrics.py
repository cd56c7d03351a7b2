"""The client of SealMetrics against the sandbox, and against shapes that only a fake can give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from analytics_assets.core.endpoint import Tenant
from analytics_assets.core.errors import (
    ConfigurationError,
    CredentialsRefusedError,
    RequestRefusedError,
    UnexpectedAnswerError,
)
from analytics_assets.core.http import Api
from analytics_assets.vendors.sealmetrics.client import (
    AGGREGATE_PAGE_SIZE,
    RAW_PAGE_SIZE,
    RAW_WINDOW_DAYS,
    Credentials,
    SealMetricsClient,
    dated,
)
from analytics_assets.vendors.sealmetrics.endpoints import VENDOR
from analytics_assets.vendors.sealmetrics.resource import SealMetricsResource
from analytics_assets_tests.fake_api import FakeVendor, answers, by_request, replies, unlimited
from analytics_assets_tests.vendors.support import (
    DAY,
    Sandbox,
    objects,
    refused,
    rows_of,
    undeclared,
    window,
)

SHOP = Tenant("acme-shop", "Europe/Madrid")
SITES, RAW, CONVERSIONS = VENDOR.endpoints

# Facts of the vendor's published specification: what GET takes, by path.
PARAMETERS = {
    "/sites": {"include_inactive"},
    "/stats/conversions/raw": {
        *("site_id", "account_id", "start_date", "end_date", "period", "page", "page_size"),
        *("conversion_type", "country", "device_type", "browser", "os", "channel_group"),
        *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
    },
    "/stats/conversions": {
        *("site_id", "account_id", "start_date", "end_date", "period", "page", "page_size"),
        *("segment", "utm_source", "utm_medium", "utm_campaign", "country", "filters"),
        *("sort_by", "sort_order", "compare"),
    },
}
MOST_ROWS = {"/stats/conversions/raw": 10_000, "/stats/conversions": 100}
MOST_DAYS = {"/stats/conversions/raw": 31, "/stats/conversions": 730}


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SealMetricsClient]:
    """The client that the environment of the sandbox makes."""
    del sandbox
    found = SealMetricsResource().connect("UTC")
    assert isinstance(found, SealMetricsClient)
    yield found
    found.close()


def faked(vendor: FakeVendor, **options: Any) -> SealMetricsClient:
    return SealMetricsClient(vendor.open_api, Credentials(api_key="key"), **options)


def envelope(*rows: Any, **rest: Any) -> dict[str, Any]:
    return {"success": True, "data": list(rows), "total": len(rows), "has_next": False, **rest}


# Against the sandbox


class Recorder(httpx.BaseTransport):
    """Passes requests on and keeps them."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self._wire = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._wire.handle_request(request)

    def close(self) -> None:
        self._wire.close()


def test_every_request_keeps_to_the_vendor_s_parameters_and_limits(sandbox: Sandbox) -> None:
    """An unknown parameter is ignored in silence: the answer covers a default period instead."""
    recorder = Recorder()
    base = sandbox.environment["SEALMETRICS_BASE_URL"]
    open_api = partial(
        Api,
        "sealmetrics",
        base,
        limit=unlimited(),
        credential_variables="SEALMETRICS_API_KEY",
        transport=recorder,
    )
    key = Credentials(api_key=sandbox.environment["SEALMETRICS_API_KEY"])
    client = SealMetricsClient(open_api, key)
    for tenant in client.tenants():
        for crawl in VENDOR.crawls:
            list(crawl.fetch(client, window(tenant, date(2026, 4, 22), crawl.window_days)))
    client.close()
    paths = set()
    for request in recorder.requests:
        path = request.url.path.removeprefix("/sealmetrics/api/v1")
        sent = dict(request.url.params)
        paths.add(path)
        assert request.method == "GET"
        assert sent.keys() <= PARAMETERS[path]
        assert not {"period", "limit", "date_from", "date_to"} & sent.keys()
        assert {"site_id", "account_id"} - sent.keys() or path == "/sites"
        if path in MOST_ROWS:
            days = date.fromisoformat(sent["end_date"]) - date.fromisoformat(sent["start_date"])
            assert 1 <= int(sent["page_size"]) <= MOST_ROWS[path]
            assert days.days + 1 <= MOST_DAYS[path]
    assert paths == PARAMETERS.keys()


def test_the_declared_window_is_the_longest_that_the_vendor_takes(
    client: SealMetricsClient,
) -> None:
    """A window of 32 days fails every backfill; one of 30 asks more often than needed."""
    raw = next(crawl for crawl in VENDOR.crawls if crawl.name == "conversions_raw")
    assert raw.window_days == RAW_WINDOW_DAYS
    first = date(2026, 4, 22)
    assert rows_of(client.conversions_raw(window(SHOP, first, raw.window_days)))
    with pytest.raises(RequestRefusedError):
        list(client.conversions_raw(window(SHOP, first, raw.window_days + 1)))


def test_a_window_holds_the_same_rows_as_its_days(client: SealMetricsClient) -> None:
    """A day loaded within a month would differ from the same day loaded alone."""
    together = rows_of(client.conversions_raw(window(SHOP, DAY, 3)))
    apart = [
        row
        for offset in range(3)
        for row in rows_of(client.conversions_raw(window(SHOP, date(2026, 5, 6 + offset))))
    ]
    assert together == apart
    assert len({row["date"] for row in together}) == 3


def test_every_row_is_read_and_nothing_is_undeclared(client: SealMetricsClient) -> None:
    """A documented field would stand in _extra, where nobody looks."""
    for crawl in VENDOR.crawls:
        (endpoint,) = crawl.endpoints
        rows = rows_of(crawl.fetch(client, window(SHOP)))
        assert rows, endpoint.name
        assert refused(endpoint, rows) == []
        assert undeclared(endpoint, rows) == set()


def test_many_pages_make_one_listing(
    client: SealMetricsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows at the edges of pages would be lost or doubled."""
    whole = rows_of(client.conversions_raw(window(SHOP, DAY, 7)))
    monkeypatch.setattr("analytics_assets.vendors.sealmetrics.client.RAW_PAGE_SIZE", 7)
    requests = client.traffic.requests
    assert rows_of(client.conversions_raw(window(SHOP, DAY, 7))) == whole
    assert client.traffic.requests - requests == -(-len(whole) // 7)


def test_sites_tell_their_own_zones(client: SealMetricsClient) -> None:
    """The British shop's evening would be counted to another day."""
    zones = {tenant.id: tenant.timezone for tenant in client.tenants()}
    assert zones == {"acme-shop": "Europe/Madrid", "acme-uk": "Europe/London"}


def test_a_user_logs_in_and_stays_in_when_the_token_ends(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token lives 15 minutes, a backfill longer."""
    monkeypatch.delenv("SEALMETRICS_API_KEY")
    resource = SealMetricsResource(email="analyst@acme.example", password="sandbox-password")
    client = resource.connect("UTC")
    assert len(client.tenants()) == 2
    sandbox.expire_tokens()
    assert len(client.tenants()) == 2
    client.close()
    paths = {(row["path"], row["status"]): row["count"] for row in sandbox.served()}
    assert paths["/auth/token", 200] == 1
    assert paths["/auth/refresh", 200] == 1


def test_a_wrong_password_names_the_variables(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Repeated logins with a wrong password lock the account."""
    monkeypatch.delenv("SEALMETRICS_API_KEY")
    client = SealMetricsResource(email="analyst@acme.example", password="not-the-password").connect(
        "UTC"
    )
    with pytest.raises(CredentialsRefusedError, match="SEALMETRICS_EMAIL and SEALMETRICS_PASS"):
        client.tenants()
    client.close()
    assert [row["count"] for row in sandbox.served()] == [1]


@pytest.mark.parametrize("fault", ["cut", "truncated", "html", "503", "error200", "429"])
def test_one_bad_answer_does_not_fail_the_day(
    sandbox: Sandbox, client: SealMetricsClient, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an answer, or a proxy's page under 200, would be loaded as the whole day."""
    expected = rows_of(client.conversions_raw(window(SHOP)))
    monkeypatch.setattr(client._api, "sleep", lambda _: None)
    sandbox.faults(f"{fault}:sealmetrics:1")
    assert rows_of(client.conversions_raw(window(SHOP))) == expected
    assert client.traffic.retries == 1


@pytest.mark.parametrize("fault", ["short", "repeat"])
def test_a_listing_that_does_not_add_up_is_refused(
    sandbox: Sandbox, client: SealMetricsClient, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short load would be published over a complete one."""
    monkeypatch.setattr("analytics_assets.vendors.sealmetrics.client.RAW_PAGE_SIZE", 3)
    sandbox.faults(f"{fault}:sealmetrics:*")
    with pytest.raises(UnexpectedAnswerError):
        list(client.conversions_raw(window(SHOP, DAY, 3)))


# Shapes


@pytest.mark.parametrize(
    "wrapped",
    [
        [{"n": 1}, {"n": 2}],
        {"data": [{"n": 1}, {"n": 2}], "total": 2},
        {"data": {"data": [{"n": 1}, {"n": 2}], "total": 2, "has_next": False}},
        {"data": {"items": [{"n": 1}, {"n": 2}]}, "total": 2, "has_next": False},
        {"success": True, "data": {"rows": [{"n": 1}, {"n": 2}], "has_next": None}},
    ],
)
def test_rows_are_found_at_whatever_level_they_stand(wrapped: Any) -> None:
    """The vendor's documents and its own programs disagree on the envelope."""
    assert rows_of(faked(answers(wrapped)).conversions(window(SHOP))) == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("body", [{"data": [], "total": 0}, {"data": None}, []])
def test_a_quiet_day_is_no_rows(body: Any) -> None:
    """A site without conversions would fail every day."""
    assert rows_of(faked(answers(body)).conversions(window(SHOP))) == []


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "internal_error", "message": "went wrong"}, "request_id": "r"},
        {"success": False, "data": [], "message": "went wrong"},
        {"detail": "went wrong"},
    ],
)
def test_an_error_under_200_is_an_error(body: Any) -> None:
    """It would be loaded as an empty day."""
    with pytest.raises(UnexpectedAnswerError, match="went wrong"):
        list(faked(answers(body)).conversions(window(SHOP)))


def test_rows_without_totals_or_flags_end_at_a_short_page() -> None:
    """Examples in the vendor's documents lack has_next: the listing would not end."""
    full = [{"conversion_type": str(n)} for n in range(AGGREGATE_PAGE_SIZE)]
    vendor = answers({"data": full}, {"data": [{"conversion_type": "last"}]})
    assert len(rows_of(faked(vendor).conversions(window(SHOP)))) == AGGREGATE_PAGE_SIZE + 1
    assert [request.url.params["page"] for request in vendor.asked] == ["1", "2"]


def test_a_smaller_maximum_page_is_met_with_smaller_pages() -> None:
    """A plan that allows less than the FAQ says would fail with 422 for ever."""
    detail = [{"field": "page_size", "message": "Input should be at most 1000", "type": "x"}]
    error = {"error": {"code": "validation_error", "message": "Invalid", "detail": detail}}
    ok = httpx.Response(200, json=envelope({"date": "2026-05-06"}))
    vendor = replies(httpx.Response(422, json=error), ok)
    assert len(rows_of(faked(vendor).conversions_raw(window(SHOP)))) == 1
    sizes = [int(request.url.params["page_size"]) for request in vendor.asked]
    assert sizes == [RAW_PAGE_SIZE, 1000]


MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (b'{"date":"2026-04-15","timestamp":"2026-04-10T00:00:00Z"}', "2026-04-15"),
        (b'{"timestamp_local":"2026-04-15T00:34:56.789+02:00"}', "2026-04-15"),
        (b'{"timestamp_utc":"2026-04-14T22:34:56.789Z"}', "2026-04-15"),
        (b'{"date":null,"timestamp":"2026-04-14T22:34:56Z"}', "2026-04-15"),
        (b'{"timestamp_utc":"2026-04-14T22:34:56.789"}', "2026-04-15"),
    ],
)
def test_a_row_is_dated_in_the_site_s_zone(row: bytes, expected: str) -> None:
    """The documents' example has no date: late evening would move to the day before."""
    assert objects([dated(row, MADRID)])[0]["date"] == expected


@pytest.mark.parametrize("row", [b"{}", b'{"timestamp":"soon"}', b'{"date":5}', b"7"])
def test_a_row_that_cannot_be_dated_is_left_for_rejection(row: bytes) -> None:
    """It would end the run instead of standing among the rejected rows."""
    assert dated(row, MADRID) == row
    assert refused(RAW, objects([row]))


def test_the_older_and_the_newer_form_of_a_raw_row_are_read() -> None:
    """Half of the documents' fields would be rejected."""
    older = {"timestamp": "2026-04-15T14:32:11Z", "amount": 89.5, "properties": {"order_id": "A"}}
    newer = {"date": "2026-04-15", "hour": 14, "amount": "59.99", "clid": "", "utm_source": None}
    client = faked(
        answers(
            envelope(
                older | {"conversion_type": "purchase"}, newer | {"conversion_type": "purchase"}
            )
        )
    )
    rows = rows_of(client.conversions_raw(window(SHOP, date(2026, 4, 15))))
    assert refused(RAW, rows) == []


# Sites and log-in


def site(slug: str, **rest: Any) -> dict[str, Any]:
    return {"id": slug, "timezone": "Europe/Madrid", "is_active": True, **rest}


def listed(*found: Any) -> FakeVendor:
    return answers({"success": True, "data": {"sites": list(found), "total": len(found)}})


def test_inactive_sites_are_left_out_unless_they_are_named() -> None:
    """A closed shop would be asked for every day."""
    vendor = listed(site("open"), site("closed", is_active=False))
    assert [t.id for t in faked(vendor).tenants()] == ["open"]
    named = faked(listed(site("closed", is_active=False)), site_ids=["closed"])
    assert [t.id for t in named.tenants()] == ["closed"]


def test_a_site_that_the_key_does_not_see_is_named() -> None:
    """A typing error in SEALMETRICS_SITE_IDS would end in 403 after 403."""
    with pytest.raises(ConfigurationError, match="acme-shpo"):
        faked(listed(site("acme-shop")), site_ids=["acme-shpo"]).tenants()


def test_a_site_without_a_zone_gets_the_configured_one() -> None:
    """Its days would be those of UTC."""
    client = faked(listed(site("acme-shop", timezone=None)), timezone="Europe/Lisbon")
    assert client.tenants() == [Tenant("acme-shop", "Europe/Lisbon")]


def test_an_unknown_zone_is_an_error() -> None:
    """Days would silently be those of another zone."""
    with pytest.raises(UnexpectedAnswerError, match="Mars/Base"):
        faked(listed(site("acme-shop", timezone="Mars/Base"))).tenants()


def test_a_key_that_may_not_list_sites_can_still_read_named_ones() -> None:
    """A key bound to one site would be useless."""
    forbidden = httpx.Response(403, json={"error": {"code": "forbidden", "message": "no"}})
    client = faked(replies(forbidden), site_ids=["acme-shop"], timezone="Europe/Madrid")
    assert client.tenants() == [SHOP]


@pytest.mark.parametrize(
    "data", [{"requires_2fa": True, "user_id": "u"}, {"requires_2fa": True, "challenge_token": "t"}]
)
def test_a_second_factor_is_a_configuration_error(data: dict[str, Any]) -> None:
    """The login would be repeated and the user flooded with codes."""
    vendor = answers({"success": True, "data": data})
    user = Credentials(email="a@acme.example", password="pass-word")
    with pytest.raises(ConfigurationError, match="SEALMETRICS_API_KEY"):
        SealMetricsClient(vendor.open_api, user).tenants()
    assert len(vendor.asked) == 1


def test_without_a_refresh_cookie_the_user_logs_in_again() -> None:
    """Once the cookie is spent every later day would fail with 401."""
    expired: list[bool] = []

    def decide(request: httpx.Request) -> Any:
        if request.url.path.endswith("/auth/token"):
            return {"data": {"access_token": f"token-{len(expired)}"}}
        return {"data": {"sites": [site("acme-shop")], "total": 1}}

    vendor, open_api = by_request(decide)

    def respond(request: httpx.Request) -> httpx.Response:
        vendor.asked.append(request)
        if request.headers.get("Authorization") == "Bearer token-0":
            expired.append(True)
            return httpx.Response(401)
        return httpx.Response(200, json=decide(request))

    open_api = partial(open_api, transport=httpx.MockTransport(respond))
    user = Credentials(email="a@acme.example", password="pass-word")
    assert SealMetricsClient(open_api, user).tenants() == [SHOP]
    paths = [request.url.path.rpartition("/v1")[2] for request in vendor.asked]
    assert paths == ["/auth/token", "/sites", "/auth/token", "/sites"]


def test_credentials_do_not_show_themselves() -> None:
    """A traceback with local variables would print the key."""
    shown = repr(Credentials(api_key="the-key", email="a@acme.example", password="the-password"))
    assert "the-key" not in shown
    assert "the-password" not in shown


def test_declarations_name_what_they_are() -> None:
    """The catalogue would show tables without a grain or a source."""
    assert SITES.snapshot
    assert SITES.tenant_from == "id"
    assert RAW.day_column == "date"
    assert CONVERSIONS.key == ("conversion_type",)
