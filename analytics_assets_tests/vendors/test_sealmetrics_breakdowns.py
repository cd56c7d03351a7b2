"""The breakdowns of a day through `POST /batch`, against the sandbox and against fakes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from analytics_assets.errors import AccessDeniedError, UnexpectedAnswerError, VendorUnavailableError
from analytics_assets.ingest.http.paging import Page
from analytics_assets.vendors.sealmetrics.batch import MAX_QUERIES, PAGE_SIZE, Query
from analytics_assets.vendors.sealmetrics.client import SealMetricsClient
from analytics_assets.vendors.sealmetrics.endpoints import BREAKDOWNS
from analytics_assets_tests.fake_api import FakeVendor
from analytics_assets_tests.vendors.sealmetrics_support import (
    CRAWLS,
    QUERIES,
    SHOP,
    batching,
    closing,
    connected,
    envelope,
    faked,
    success,
    table,
)
from analytics_assets_tests.vendors.support import Sandbox, asked_by, rows_of, window


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[SealMetricsClient]:
    """The client that the environment of the sandbox makes."""
    del sandbox
    yield from closing(connected())


def fetched(client: SealMetricsClient, *names: str) -> list[Page]:
    """Some breakdowns of the day; all where none is named."""
    some = [QUERIES[name] for name in names] or list(QUERIES.values())
    return list(client.breakdowns(window(SHOP), some))


# Against the sandbox


def test_all_breakdowns_of_a_day_come_in_one_request(client: SealMetricsClient) -> None:
    """Eighteen requests for each day and site use up the limit of a plan."""
    asked = asked_by(client._api)
    pages = fetched(client)
    assert [(request.method, request.url.path[-6:]) for request in asked] == [("POST", "/batch")]
    assert len(msgspec.json.decode(asked[0].content)["queries"]) == len(BREAKDOWNS)
    assert pages[0].nested.keys() | {"conversions"} == QUERIES.keys()
    assert {endpoint.name for endpoint in CRAWLS["breakdowns"].endpoints} == QUERIES.keys()


def test_a_batch_names_the_site_as_the_faq_says(client: SealMetricsClient) -> None:
    """`site_id` inside a batch is refused."""
    asked = asked_by(client._api)
    fetched(client)
    for query in msgspec.json.decode(asked[0].content)["queries"]:
        assert query["params"]["account_id"] == SHOP.id
        assert "site_id" not in query["params"]


def test_breakdowns_are_the_same_as_asked_one_by_one(client: SealMetricsClient) -> None:
    """What a batch wraps around an answer would change its rows."""
    together = fetched(client)
    for name, query in QUERIES.items():
        page = client._breakdown(query, window(SHOP), {})
        assert rows_of([page]) == table(together, name), name


def test_further_pages_come_in_further_batches(client: SealMetricsClient) -> None:
    """Everything after the first hundred campaigns of a day would be missing."""
    whole = rows_of([client._breakdown(QUERIES["contents"], window(SHOP), {})])
    assert len(whole) > 12
    small = [_small(name, 4) for name in ("conversions", "contents", "campaigns")]
    asked = asked_by(client._api)
    pages = list(client.breakdowns(window(SHOP), small))
    assert table(pages, "contents") == whole
    assert {request.method for request in asked} == {"POST"}
    assert len(asked) == 2


def _small(name: str, size: int) -> Query:
    found = QUERIES[name]
    return Query(name=name, path=found.path, page_size=size, params=found.params, read=found.read)


def test_a_breakdown_adds_up_to_the_events(client: SealMetricsClient) -> None:
    """Two tables of one day would contradict each other."""
    pages = fetched(client)
    raw = rows_of(client.conversions_raw(window(SHOP)))
    micro = rows_of(client.microconversions_raw(window(SHOP)))
    assert sum(row["count"] for row in table(pages, "conversions")) == len(raw)
    assert sum(row["count"] for row in table(pages, "microconversions")) == len(micro)
    for name in ("mediums", "sources", "campaigns", "terms", "contents", "channels"):
        assert sum(row["conversions"] for row in table(pages, name)) == len(raw), name
    (traffic,) = [row for row in table(pages, "overview") if row["section"] == "traffic"]
    assert traffic["entrances"] == sum(row["entrances"] for row in table(pages, "mediums"))
    assert traffic["entrances"] == sum(row["entrances"] for row in table(pages, "browsers"))
    amounts = sum(Decimal(row["amount"]) for row in raw)
    assert amounts == sum(Decimal(row["revenue"]) for row in table(pages, "conversions"))


def test_the_overview_tells_the_hours_of_the_day(client: SealMetricsClient) -> None:
    """A series would be lost, or summed with the totals."""
    rows = table(fetched(client), "overview")
    hours = [row for row in rows if row["section"] == "entrances_series"]
    assert [row["hour"] for row in hours] == list(range(24))
    (traffic,) = [row for row in rows if row["section"] == "traffic"]
    assert sum(row["value"] for row in hours) == traffic["entrances"] == hours[0]["total"]
    assert {"date_range", "conversions", "traffic_change"} <= {row["section"] for row in rows}


def test_the_sections_of_a_report_are_told_apart(client: SealMetricsClient) -> None:
    """The total of a funnel would be counted with its parts."""
    pages = fetched(client)
    funnel = table(pages, "funnel")
    sections = {row["section"] for row in funnel}
    assert sections == {"rows", "totals", "microconversion_types", "conversion_types"}
    (totals,) = [row for row in funnel if row["section"] == "totals"]
    parts = [row for row in funnel if row["section"] == "rows"]
    assert totals["entrances"] == sum(row["entrances"] for row in parts)
    kinds = [r["conversion_type"] for r in funnel if r["section"] == "conversion_types"]
    assert set(kinds) == set(totals["conversions"])
    devices = table(pages, "devices")
    assert {row["section"] for row in devices} == {"by_device", "by_browser", "by_os"}
    for rows in (funnel, devices, table(pages, "overview")):
        assert len({(row["section"], row["position"]) for row in rows}) == len(rows)


def test_a_question_that_fails_in_a_batch_is_asked_again_alone(
    sandbox: Sandbox, client: SealMetricsClient
) -> None:
    """One bad answer among eighteen would fail the day."""
    expected = fetched(client)
    longest = _small("pages", 5_000)  # refused by the vendor within the batch: 422
    pages = list(client.breakdowns(window(SHOP), [QUERIES["conversions"], longest]))
    assert table(pages, "pages") == table(expected, "pages")
    served = [(r["path"], r["status"]) for r in sandbox.served() if r["method"] == "GET"]
    assert served == [("/stats/pages", 200), ("/stats/pages", 422)]


def test_a_refused_question_is_named(sandbox: Sandbox, client: SealMetricsClient) -> None:
    """The user would not know which of eighteen questions to look at."""
    del sandbox
    wrong = Query(
        name="pages", path="pages", params={"include": "moods"}, read=QUERIES["pages"].read
    )
    with pytest.raises(Exception, match=r"/stats/pages .*include"):
        list(client.breakdowns(window(SHOP), [QUERIES["conversions"], wrong]))


# What only a fake can do


def test_more_pages_than_a_batch_holds_take_several() -> None:
    """A batch of more than fifty questions is refused as a whole."""
    total = PAGE_SIZE * 120

    def decide(path: str, params: dict[str, Any]) -> Any:
        del path
        first = (params["page"] - 1) * PAGE_SIZE
        rows = [{"utm_term": f"t{n}"} for n in range(first, first + PAGE_SIZE)]
        return success(envelope(*rows, total=total, has_next=first + PAGE_SIZE < total))

    vendor, client = batching(decide)
    pages = list(client.breakdowns(window(SHOP), [QUERIES["terms"]]))
    assert len(rows_of(pages)) == total == pages[0].total
    sizes = [len(msgspec.json.decode(request.content)["queries"]) for request in vendor.asked]
    assert sizes == [1, MAX_QUERIES, MAX_QUERIES, 19]


@pytest.mark.parametrize(
    "failed",
    [
        {"status": "error", "data": None, "error": {"code": "internal_error", "message": "x"}},
        {"status": "error", "data": None, "error": "went wrong"},
        {"status": "skipped", "data": None},
        {"status": "success", "data": None},
        {"status": "success", "data": {"error": {"code": "internal_error", "message": "x"}}},
        {},
    ],
)
def test_every_way_to_fail_within_a_batch_is_noticed(failed: Any) -> None:
    """It would be loaded as an empty day."""

    def decide(path: str, params: dict[str, Any]) -> Any:
        del params
        return failed if path == "/stats/mediums" else success(envelope())

    def alone(path: str, params: dict[str, str]) -> httpx.Response:
        assert path == "/stats/mediums"
        assert params["site_id"] == SHOP.id
        return httpx.Response(200, json=envelope({"utm_medium": "cpc", "entrances": 3}))

    _, client = batching(decide, alone)
    pages = list(client.breakdowns(window(SHOP), [QUERIES["conversions"], QUERIES["mediums"]]))
    assert table(pages, "mediums") == [{"utm_medium": "cpc", "entrances": 3}]


@pytest.mark.parametrize(
    ("status", "error"), [(403, AccessDeniedError), (503, VendorUnavailableError)]
)
def test_a_question_that_keeps_failing_fails_the_day_with_its_name(
    status: int, error: type[Exception]
) -> None:
    """Seventeen good answers would be published without the eighteenth."""
    _, client = batching(
        lambda path, _: success(envelope()) if path == "/stats/conversions" else {},
        lambda *_: httpx.Response(status, json={"error": {"code": "x", "message": "no"}}),
    )
    with pytest.raises(error, match="/stats/mediums"):
        list(client.breakdowns(window(SHOP), [QUERIES["conversions"], QUERIES["mediums"]]))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (envelope({"utm_medium": "cpc"}, total=2), "declares 2 rows but sent 1"),
        (envelope({"utm_medium": "cpc"}, total=300, has_next=True), "repeats"),
    ],
)
def test_a_breakdown_that_does_not_add_up_is_refused_by_name(data: Any, words: str) -> None:
    """A short table would be published over a complete one."""
    _, client = batching(lambda *_: success(data), lambda *_: httpx.Response(200, json=data))
    with pytest.raises(UnexpectedAnswerError, match=f"/stats/mediums: .*{words}"):
        list(client.breakdowns(window(SHOP), [QUERIES["mediums"]]))


def test_an_answer_that_is_no_batch_is_asked_for_again() -> None:
    """An error under 200 would turn into eighteen single requests."""
    vendor = FakeVendor([httpx.Response(200, json={"error": {"code": "x", "message": "astray"}})])
    with pytest.raises(UnexpectedAnswerError, match="astray"):
        list(faked(vendor).breakdowns(window(SHOP), [QUERIES["mediums"]]))
    assert {request.url.path.rpartition("/v1")[2] for request in vendor.asked} == {"/batch"}
    assert len(vendor.asked) == 5
