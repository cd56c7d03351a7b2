"""What the tests of SealMetrics share: its site, fakes, and facts of its specification."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

import httpx
import msgspec

from analytics_assets.ingest.declare import Endpoint, Tenant
from analytics_assets.ingest.http.paging import Page
from analytics_assets.vendors.sealmetrics.client import SealMetricsClient
from analytics_assets.vendors.sealmetrics.endpoints import BREAKDOWNS, VENDOR
from analytics_assets.vendors.sealmetrics.login import Credentials
from analytics_assets.vendors.sealmetrics.resource import SealMetricsResource
from analytics_assets_tests.fake_api import FakeVendor, answers
from analytics_assets_tests.vendors.support import Sandbox, nested_of, rows_of

SHOP = Tenant("acme-shop", "Europe/Madrid")
ENDPOINTS: dict[str, Endpoint] = {endpoint.name: endpoint for endpoint in VENDOR.endpoints}
CRAWLS = {crawl.name: crawl for crawl in VENDOR.crawls}

_SITE = {"site_id", "account_id", "start_date", "end_date", "period"}
_PAGES = {"page", "page_size"}
_SORT = {"sort_by", "sort_order", "compare"}
_EVENTS = {
    *("conversion_type", "country", "device_type", "browser", "os", "channel_group"),
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
}
_TAGS = {*_SITE, *_PAGES, *_SORT, "segment", "country", "filters", "search", "include_totals"}
_PAGE_PATHS = {
    *(_SITE | _PAGES | _SORT),
    *("segment", "content_grouping", "path_filter", "country", "device_type", "browser", "os"),
    *("channel_group", "utm_source", "utm_medium", "utm_campaign", "utm_term"),
    *("filters", "include", "include_utm"),
}
_PARENTS = {"utm_medium", "utm_source", "utm_campaign"}
_LISTED = _SITE | _PAGES | {"country", "filters"}
PARAMETERS = {
    "/sites": {"include_inactive"},
    "/stats/conversions/raw": _SITE | _PAGES | _EVENTS,
    "/stats/microconversions/raw": _SITE | _PAGES | _EVENTS,
    "/stats/conversion-items/raw": _SITE | _PAGES | _EVENTS,
    "/stats/conversions": _SITE | _PAGES | _SORT | _PARENTS | {"segment", "country", "filters"},
    "/stats/microconversions": {
        *(_SITE | _PAGES | _SORT | _PARENTS),
        *("utm_term", "segment", "country", "filters", "conversion_type"),
        *("device_type", "browser", "os"),
    },
    "/stats/overview": {*_SITE, "compare", "filters", "granularity"},
    "/stats/mediums": _TAGS,
    "/stats/sources": _TAGS | {"utm_medium"},
    "/stats/campaigns": _TAGS | {"utm_medium", "utm_source"},
    "/stats/terms": _TAGS | _PARENTS,
    "/stats/contents": _TAGS | _PARENTS,
    "/stats/referrers": _TAGS,
    "/stats/channels": _TAGS,
    "/stats/pages": _PAGE_PATHS,
    "/stats/landing-pages": _PAGE_PATHS | {"include_totals"},
    "/stats/geo/countries": {
        *(_SITE | _PAGES | _SORT | _PARENTS),
        *("segment", "filters", "include_totals"),
    },
    "/stats/devices": {*_SITE, "compare", "country", "filters"},
    "/stats/browsers": _LISTED,
    "/stats/operating-systems": _LISTED,
    "/stats/funnel": {*_SITE, "country", "filters"},
    "/stats/properties/keys": {*_SITE, "filters", "table"},
    "/exports": {"account_id", "include_expired", "limit", "offset"},
    "/exports/{job_id}": {"account_id"},
    "/exports/download/{token}": set(),
}
"""What GET takes, by path."""
POSTED: dict[str, tuple[set[str], set[str]]] = {
    "/batch": (set(), {"queries", "options"}),
    "/exports": (
        {"account_id"},
        {"export_type", "format", "date_from", "date_to", "filters"},
    ),
    "/exports/stream": (
        {"account_id"},
        {"export_type", "format", "date_from", "date_to", "filters"},
    ),
    "/stats/query": (
        {"site_id", "account_id"},
        {
            *("date_from", "date_to", "granularity", "dimensions", "metrics", "filters"),
            *("order_by", "limit", "offset", "compare"),
        },
    ),
}
"""What POST takes in its query and in its body, by path."""
_LONG_PAGES = ("/stats/pages", "/stats/landing-pages", "/stats/geo/countries")
MOST_ROWS = dict.fromkeys(PARAMETERS, 100) | dict.fromkeys(_LONG_PAGES, 1_000)
MOST_ROWS |= {path: 10_000 for path in PARAMETERS if path.endswith("/raw")}
MOST_DAYS = dict.fromkeys(PARAMETERS, 730)
MOST_DAYS |= {path: 31 for path in PARAMETERS if path.endswith("/raw")}
CHOICES = {"granularity": {"auto", "hourly", "daily"}, "table": {"conversions", "both"}}


def connected() -> SealMetricsClient:
    """The client that the environment makes."""
    found = SealMetricsResource().connect("UTC")
    assert isinstance(found, SealMetricsClient)
    return found


def closing(client: SealMetricsClient) -> Iterator[SealMetricsClient]:
    """A client for the time of a test."""
    yield client
    client.close()


def faked(vendor: FakeVendor, **options: Any) -> SealMetricsClient:
    """A client with a key that asks this vendor."""
    return SealMetricsClient(vendor.open_api, Credentials(api_key="key"), **options)


def envelope(*rows: Any, **rest: Any) -> dict[str, Any]:
    """A whole listing."""
    return {"success": True, "data": list(rows), "total": len(rows), "has_next": False, **rest}


def site(slug: str, **rest: Any) -> dict[str, Any]:
    """One site of a listing."""
    return {"id": slug, "timezone": "Europe/Madrid", "is_active": True, **rest}


def listed(*found: Any) -> FakeVendor:
    """A vendor with these sites."""
    return answers({"success": True, "data": {"sites": list(found), "total": len(found)}})


def control_exports(sandbox: Sandbox, **settings: Any) -> None:
    """Set from how many rows a file is not streamed, or let every link expire."""
    url = f"{sandbox.url}/control/exports"
    httpx.post(url, json=settings, trust_env=False).raise_for_status()


def path_of(request: httpx.Request) -> str:
    """The path below the version, with ids as the specification writes them."""
    path = request.url.path.partition("/api/v1")[2]
    if path.startswith("/exports/download/"):
        return "/exports/download/{token}"
    if path.startswith("/exports/") and path != "/exports/stream":
        return "/exports/{job_id}"
    return path


def problems_of(request: httpx.Request) -> list[str]:
    """What the vendor's specification does not know of a request."""
    path, sent = path_of(request), dict(request.url.params)
    if request.method == "GET":
        return _of_get(path, sent, {"account_id"} if path.startswith("/exports") else {"site_id"})
    known, fields = POSTED[path]
    body = msgspec.json.decode(request.content)
    found = [f"{path}: {name}" for name in (sent.keys() - known) | (body.keys() - fields)]
    for query in body.get("queries", []):
        found += _of_get(query["endpoint"], query["params"], {"account_id"})
    if len(body.get("queries", [])) > 50:
        found.append(f"{path}: more than 50 queries")
    return found


def _of_get(path: str, sent: dict[str, Any], site: set[str]) -> list[str]:
    found = [f"{path}: {name}" for name in sent.keys() - PARAMETERS[path]]
    if PARAMETERS[path] & site and not site <= sent.keys():
        found.append(f"{path}: without {site}")
    if len({"site_id", "account_id"} & sent.keys()) > 1 or "period" in sent:
        found.append(f"{path}: says twice what it asks for")
    if not 1 <= int(sent.get("page_size", 1)) <= MOST_ROWS[path]:
        found.append(f"{path}: page_size {sent['page_size']}")
    if not 1 <= int(sent.get("limit", 1)) <= 100:
        found.append(f"{path}: limit {sent['limit']}")
    found += [f"{path}: {n}" for n, some in CHOICES.items() if sent.get(n) not in {None, *some}]
    if "start_date" in sent:
        days = date.fromisoformat(sent["end_date"]) - date.fromisoformat(sent["start_date"])
        if not 0 <= days.days < MOST_DAYS[path]:
            found.append(f"{path}: {days.days + 1} days")
    elif "start_date" in PARAMETERS[path]:
        found.append(f"{path}: without dates")
    return found


QUERIES = {query.name: query for _, query in BREAKDOWNS}
Decide = Callable[[str, dict[str, Any]], Any]


def table(pages: list[Page], name: str) -> list[Any]:
    """The rows of a table of the crawl."""
    return rows_of(pages) if name == BREAKDOWNS[0][1].name else nested_of(pages, name)


def batching(
    decide: Decide, alone: Callable[[str, dict[str, str]], httpx.Response] | None = None
) -> tuple[FakeVendor, SealMetricsClient]:
    """A vendor that answers the questions of a batch by path, and single ones with `alone`."""
    vendor = FakeVendor([])

    def respond(request: httpx.Request) -> httpx.Response:
        vendor.asked.append(request)
        if request.method == "GET":
            assert alone is not None, request.url
            return alone(request.url.path.rpartition("/v1")[2], dict(request.url.params))
        queries = msgspec.json.decode(request.content)["queries"]
        results = {q["id"]: decide(q["endpoint"], q["params"]) for q in queries}
        return httpx.Response(200, json={"batch_id": "b", "status": "partial", "results": results})

    open_api = partial(vendor.open_api, transport=httpx.MockTransport(respond))
    return vendor, SealMetricsClient(open_api, Credentials(api_key="key"))


def success(data: Any) -> dict[str, Any]:
    """A question of a batch that was answered."""
    return {"status": "success", "data": data, "error": None, "timing_ms": 3}
