"""Sites of SealMetrics and how they are logged in to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from analytics_assets.errors import (
    ConfigurationError,
    CredentialsRefusedError,
)
from analytics_assets.ingest.declare import Crawl, Tenant
from analytics_assets.vendors.sealmetrics.client import SealMetricsClient
from analytics_assets.vendors.sealmetrics.endpoints import VENDOR
from analytics_assets.vendors.sealmetrics.login import Credentials
from analytics_assets.vendors.sealmetrics.resource import SealMetricsResource
from analytics_assets_tests.fake_api import answers, by_request, replies
from analytics_assets_tests.vendors.sealmetrics_support import (
    SHOP,
    closing,
    connected,
    control_exports,
    faked,
    listed,
    site,
)
from analytics_assets_tests.vendors.support import DAY, Sandbox, asked_by, rows_of, window


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SealMetricsClient]:
    """The client that the environment of the sandbox makes."""
    del sandbox
    yield from closing(connected())


@pytest.fixture
def user(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[SealMetricsClient]:
    """The client of a user without an API key."""
    del sandbox
    monkeypatch.delenv("SEALMETRICS_API_KEY")
    monkeypatch.setenv("SEALMETRICS_EMAIL", "analyst@acme.example")
    monkeypatch.setenv("SEALMETRICS_PASSWORD", "sandbox-password")
    yield from closing(connected())


@pytest.mark.parametrize("crawl", VENDOR.crawls, ids=[c.name for c in VENDOR.crawls])
def test_a_user_reads_what_a_key_reads(
    client: SealMetricsClient, user: SealMetricsClient, crawl: Crawl
) -> None:
    """The FAQ says that a user's token needs no extra scope on any route: one would fail."""
    asked = asked_by(user._api)
    by_user, by_key = (list(crawl.fetch(c, window(SHOP))) for c in (user, client))
    assert rows_of(by_user) == rows_of(by_key)
    assert by_user[0].nested.keys() == by_key[0].nested.keys()
    assert all(request.headers["Authorization"].startswith("Bearer ") for request in asked)
    assert not any("X-API-Key" in request.headers for request in asked)


def test_a_user_reads_jobs_and_queries(sandbox: Sandbox, user: SealMetricsClient) -> None:
    """A route that is asked before the first login would be asked without a token."""
    user._api.sleep = lambda _: None
    control_exports(sandbox, stream_max_rows=1)
    assert rows_of(user.query(SHOP.id, DAY, DAY, dimensions=["country"]))
    assert rows_of(user.conversions_export(window(SHOP)))
    assert list(user.exports.jobs(SHOP.id))


@pytest.mark.parametrize("crawl", VENDOR.crawls, ids=[c.name for c in VENDOR.crawls])
def test_a_token_that_ends_is_renewed_on_every_route(
    sandbox: Sandbox, user: SealMetricsClient, crawl: Crawl
) -> None:
    """A token lives 15 minutes, a backfill longer."""
    user.tenants()
    sandbox.expire_tokens()
    assert rows_of(crawl.fetch(user, window(SHOP)))
    refreshed = [r["count"] for r in sandbox.served() if r["path"] == "/auth/refresh"]
    assert refreshed == [1]


def test_a_login_asks_for_no_scope(sandbox: Sandbox, user: SealMetricsClient) -> None:
    """Scopes follow the user's role: the body holds the e-mail address and password alone."""
    assert user._login is not None
    asked = asked_by(user._login._api)
    user.tenants()
    assert [request.url.path.rpartition("/v1")[2] for request in asked] == ["/auth/token"]
    assert asked[0].headers["Content-Type"] == "application/json"
    assert asked[0].read() == b'{"email":"analyst@acme.example","password":"sandbox-password"}'
    assert sandbox.served()


def test_an_account_with_a_second_factor_says_what_to_do(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login would be repeated and the user flooded with codes."""
    monkeypatch.delenv("SEALMETRICS_API_KEY")
    found = SealMetricsResource(email="guarded@acme.example", password="sandbox-password")
    guarded = found.connect("UTC")
    with pytest.raises(ConfigurationError, match="SEALMETRICS_API_KEY"):
        guarded.tenants()
    guarded.close()
    assert [row["count"] for row in sandbox.served()] == [1]


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


def test_an_unknown_zone_is_a_problem_of_that_site() -> None:
    """Days would silently be those of another zone, or no other site could be loaded."""
    (tenant,) = faked(listed(site("acme-shop", timezone="Mars/Base"))).tenants()
    assert "Mars/Base" in tenant.problem


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
