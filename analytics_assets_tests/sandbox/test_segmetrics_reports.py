"""SegMetrics' reports in every way they can be asked: saved, by week, by words, and ad hoc."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from analytics_assets.sandbox.vendors.segmetrics.dates import read_day
from analytics_assets_tests.sandbox.conftest import SEGMETRICS, Sandbox

DAYS = {"start": "2026-05-04", "end": "2026-05-10"}
QUERY = "/segmetrics/api/v2/acme/data/query"
KINDS = ("leads", "revenue", "ads", "subscriptions")
TODAY = date(2026, 5, 13)  # a Wednesday


def query(sandbox: Sandbox, **body: Any) -> Any:
    """The answer to an ad-hoc query of a week."""
    return sandbox.post(QUERY, **({"date_range": DAYS} | body)).json()


@pytest.mark.parametrize("kind", KINDS)
def test_a_query_holds_the_report_by_position(sandbox: Sandbox, kind: str) -> None:
    """Failure: rows by position do not follow the fields, or the totals are not the report's."""
    report = sandbox.get(f"{SEGMETRICS}/report/{kind}", **DAYS).json()
    body = query(sandbox, type=kind)
    fields = body["fields"]
    assert fields == report["table"]["fields"]
    keys = [field["key"] for field in fields]
    assert [dict(zip(keys, row, strict=True)) for row in body["rows"]] == report["table"]["rows"]
    metrics = [field["key"] for field in fields if field["type"] != "STRING"]
    kpis = {kpi["key"]: kpi["value"] for kpi in report["kpis"]}
    assert dict(zip(metrics, body["totals"], strict=True)) == kpis
    assert len(body["totals"]) < len(fields)
    assert (body["type"], body["v"], body["comparison"]) == (kind, "2022-06", None)
    assert body["date_range"] == {
        "start_date": DAYS["start"],
        "end_date": DAYS["end"],
        "scale": "day",
    }


def test_a_query_groups_by_what_it_is_asked(sandbox: Sandbox) -> None:
    """Failure: dimensions or metrics are ignored, or ratios are added up."""
    body = query(sandbox, type="ads", dimensions=["clicks.channel"], metrics=["spend", "roas"])
    assert [field["key"] for field in body["fields"]] == ["channel", "spend", "roas"]
    report = sandbox.get(f"{SEGMETRICS}/report/ads", **DAYS).json()["table"]["rows"]
    for channel, spend, roas in body["rows"]:
        mine = [row for row in report if row["channel"] == channel]
        assert spend == sum(row["spend"] for row in mine)
        revenue = sum(row["revenue"] for row in mine)
        assert roas == pytest.approx(revenue / spend, abs=0.0001)
    assert len({row[0] for row in body["rows"]}) == len(body["rows"])


def test_a_query_compares(sandbox: Sandbox) -> None:
    """Failure: the comparison holds the same days again."""
    before = {"start": "2026-04-27", "end": "2026-05-03"}
    body = query(sandbox, type="leads", compare=before)
    alone = query(sandbox, type="leads", date_range=before)
    assert body["comparison"]["rows"] == alone["rows"]
    assert body["comparison"]["totals"] == alone["totals"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "planets"},
        {"type": "leads", "dimensions": ["clicks.planet"]},
        {"type": "leads", "metrics": ["spend"]},
        {"type": "leads", "date_range": {"start": "someday"}},
        {"type": "leads", "date_range": DAYS | {"scale": "year"}},
    ],
)
def test_a_query_it_cannot_read_is_a_400(sandbox: Sandbox, body: dict[str, Any]) -> None:
    """Failure: a query the vendor refuses is answered with some default."""
    answer = sandbox.post(QUERY, **({"date_range": DAYS} | body))
    assert (answer.status_code, answer.json()["status"]) == (400, "error")


def test_a_saved_report_is_found_by_its_id(sandbox: Sandbox) -> None:
    """Failure: any id is a saved report, or the id is ignored."""
    path = f"{SEGMETRICS}/report/leads"
    names = {
        name: sandbox.get(f"{path}{name}", **DAYS).json()["report"]["name"]
        for name in ("", "/saved-1", "/saved-2")
    }
    assert len(set(names.values())) == 3
    assert sandbox.get(f"{path}/saved-9", **DAYS).status_code == 404
    assert sandbox.get(f"{path}/saved-9/contacts", **DAYS).status_code == 404
    saved = sandbox.get(f"{path}/saved-2/contacts", **DAYS).json()["data"]
    assert saved == sandbox.get(f"{path}/contacts", **DAYS).json()["data"]


def test_companies_lists_and_subscriptions_are_there_on_demand(sandbox: Sandbox) -> None:
    """Failure: a nested list that is documented never holds a row."""
    for name in ("companies", "lists", "subscriptions"):
        found = sandbox.contacts("revenue", "2026-04-24", "2026-05-24", extend=name, limit=100)
        filled = [contact[name] for contact in found if contact[name]]
        assert 0 < len(filled) <= len(found)
        assert "orders" not in found[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("first day of last month", date(2026, 4, 1)),
        ("last day of last month", date(2026, 4, 30)),
        ("first day of this month", date(2026, 5, 1)),
        ("last day of february", date(2026, 2, 28)),
        ("first day of january 2026", date(2026, 1, 1)),
        ("-1 month", date(2026, 4, 13)),
        ("1 month ago", date(2026, 4, 13)),
        ("last week", date(2026, 5, 6)),
        ("monday this week", date(2026, 5, 11)),
        ("sunday last week", date(2026, 5, 10)),
        ("last monday", date(2026, 5, 11)),
        ("next wednesday", date(2026, 5, 20)),
        ("wednesday", date(2026, 5, 13)),
        ("yesterday -1 week", date(2026, 5, 5)),
        ("-30 day", date(2026, 4, 13)),
        ("NOW", TODAY),
        ("first day of", date(2026, 5, 1)),
        ("last blue moon", None),
    ],
)
def test_relative_dates_are_read_as_php_reads_them(text: str, expected: date | None) -> None:
    """Failure: a relative date is refused, or means other days than with the vendor."""
    assert read_day(text, TODAY) == expected


def test_months_run_over_as_in_php() -> None:
    """Failure: the 31st of a shorter month is clipped, where PHP counts on into the next."""
    assert read_day("-1 month", date(2026, 3, 31)) == date(2026, 3, 3)
    assert read_day("last day of last month", date(2026, 3, 31)) == date(2026, 2, 28)


def test_words_and_dates_ask_for_the_same_days(sandbox: Sandbox) -> None:
    """Failure: the answer does not say which days the words stood for."""
    body = sandbox.get(f"{SEGMETRICS}/report/ads", start="-7 days", end="yesterday").json()
    asked = body["report"]["date_range"]
    assert (asked["start"], asked["end"]) == ("-7 days", "yesterday")
    first, last = (date.fromisoformat(asked[name]) for name in ("start_date", "end_date"))
    assert (last - first).days == 6
