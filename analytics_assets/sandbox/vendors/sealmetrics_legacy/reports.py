"""The aggregates of SealMetrics' legacy API: acquisition, pages, funnel and ROAS evolution.

Clicks are visits. Revenue is a number in euro.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply
from analytics_assets.sandbox.vendors.pixel import tags
from analytics_assets.sandbox.vendors.sealmetrics.facts import (
    UTM,
    Counts,
    Fact,
    Facts,
    add,
    grouped,
)
from analytics_assets.sandbox.vendors.sealmetrics_legacy.account import PAGES_MAX_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analytics_assets.sandbox.vendors.sealmetrics_legacy.account import LegacyAccount

_GROUPS = {
    "Source": "utm_source",
    "Medium": "utm_medium",
    "Campaign": "utm_campaign",
    "Term": "utm_term",
    "Device": "device_type",
    "Os": "os",
}
_FUNNEL_GROUPS = {name: _GROUPS[name] for name in ("Source", "Medium", "Campaign")} | {
    "by_source": "utm_source"
}
_FUNNEL_STEPS = ("add-to-cart", "checkout", "newsletter-signup", "view-item")


class LegacyReports:
    """Answers the aggregates."""

    def __init__(self, vendor: LegacyAccount) -> None:
        """Answer for this vendor."""
        self.vendor = vendor
        self._facts = Facts(vendor.pixel)

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        return [
            Endpoint("GET", "/report/acquisition", self.acquisition),
            Endpoint("GET", "/report/pages", self.pages),
            Endpoint("GET", "/report/funnel", self.funnel),
            Endpoint("GET", "/report/roas-evolution", self.roas_evolution),
        ]

    def acquisition(self, call: Call) -> Reply:
        """``GET /report/acquisition``: what each group of visits brought."""
        (first, last), skip, limit = self.vendor.asked(call)
        name = self._group(call, _GROUPS)
        facts = self._passing(call, self._facts.visits(self.vendor.shop, self._days(first, last)))
        groups = grouped(facts, (name,)).items()
        ordered = sorted(groups, key=lambda item: (-item[1].entrances, item[0]))
        return _ok([{"_id": key, **_measures(counts)} for (key,), counts in ordered], skip, limit)

    def roas_evolution(self, call: Call) -> Reply:
        """``GET /report/roas-evolution``: what each day, week or month brought."""
        (first, last), skip, limit = self.vendor.asked(call)
        unit = call.query.get("time_unit") or "daily"
        if unit not in _TIME_UNITS:
            raise self.vendor.refuse(400, "bad_request", "Invalid parameter: time_unit")
        facts = self._passing(call, self._facts.visits(self.vendor.shop, self._days(first, last)))
        parts: defaultdict[str, list[Counts]] = defaultdict(list)
        for (day,), counts in grouped(facts, ("date",)).items():
            parts[_TIME_UNITS[unit](date.fromisoformat(day))].append(counts)
        rows = [{"_id": key, **_measures(add(parts[key]))} for key in sorted(parts)]
        return _ok(rows, skip, limit)

    def pages(self, call: Call) -> Reply:
        """``GET /report/pages``: views and entries of each page."""
        (first, last), skip, limit = self.vendor.asked(call, PAGES_MAX_ROWS)
        asked = call.query.get("show_utms", "").lower() in {"1", "true"}
        names = ("path", *UTM) if asked else ("path",)
        group = call.query.get("content_grouping")
        excluded = set(call.query.get("exclude_countries", "").upper().split(","))
        facts = [
            fact
            for fact in self._passing(
                call, self._facts.pages(self.vendor.shop, self._days(first, last))
            )
            if group in {None, "", fact.dims["content_grouping"]}
            and fact.dims["country"] not in excluded
        ]
        groups = grouped(facts, names).items()
        rows = [
            {
                "url": f"https://{self.vendor.shop.domain}{key[0]}",
                "views": counts.page_views,
                "entry_page": counts.entrances,
                **dict(zip(names[1:], key[1:], strict=True)),
            }
            for key, counts in sorted(groups, key=lambda item: (-item[1].page_views, item[0]))
        ]
        return _ok(rows, skip, limit)

    def funnel(self, call: Call) -> Reply:
        """``GET /report/funnel``: the steps of each group, named under ``Source``."""
        (first, last), skip, limit = self.vendor.asked(call)
        name = self._group(call, _FUNNEL_GROUPS)
        place = UTM.index(name)
        facts = self._passing(call, self._facts.visits(self.vendor.shop, self._days(first, last)))
        steps: defaultdict[str, dict[str, int]] = defaultdict(
            lambda: dict.fromkeys(_FUNNEL_STEPS, 0)
        )
        country = call.query.get("country", "").upper()
        for day in self._days(first, last):
            for session, micro in self.vendor.pixel.micros(self.vendor.shop, day):
                if country in {"", session.person.country}:
                    steps[str(tags(session)[place])][micro.kind] += 1
        groups = grouped(facts, (name,)).items()
        rows = [
            {
                "Source": key,
                "clicks": counts.entrances,
                "conversions": counts.conversions,
                "microconversions": counts.microconversions,
                **steps[key],
            }
            for (key,), counts in sorted(groups, key=lambda item: (-item[1].entrances, item[0]))
        ]
        return _ok(rows, skip, limit)

    # Parts

    def _days(self, first: date, last: date) -> list[date]:
        return list(self.vendor.world.days_between(first, last))

    def _group(self, call: Call, groups: dict[str, str]) -> str:
        kind = call.query.get("report_type")
        if not kind:
            message = "Missing required parameter: report_type"
            raise self.vendor.refuse(400, "bad_request", message)
        if kind not in groups:
            raise self.vendor.refuse(400, "bad_request", "Invalid parameter: report_type")
        return groups[kind]

    def _passing(self, call: Call, facts: Iterable[Fact]) -> list[Fact]:
        wanted = {name: call.query[name] for name in UTM[:3] if call.query.get(name)}
        country = call.query.get("country", "").upper()
        if country:
            wanted["country"] = country
        return [f for f in facts if all(f.dims[name] == wanted[name] for name in wanted)]


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


_TIME_UNITS: dict[str, Callable[[date], str]] = {
    "daily": lambda day: day.isoformat(),
    "weekly": _week,
    "monthly": lambda day: f"{day:%Y-%m}",
}


def _measures(counts: Counts) -> dict[str, Json]:
    return {
        "clicks": counts.entrances,
        "page_views": counts.page_views,
        "conversions": counts.conversions,
        "microconversions": counts.microconversions,
        "revenue": counts.revenue_minor / 100,
    }


def _ok(rows: list[Json], skip: int, limit: int) -> Reply:
    return Reply({"status": "ok", "data": rows[skip : skip + limit]})
