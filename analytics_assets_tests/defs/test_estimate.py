"""What a backfill costs is neither guessed nor promised: it follows from limits and loads."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from analytics_assets.doctor.estimate import Cost, Measured, crawl_cost
from analytics_assets.ingest.declare import Crawl
from analytics_assets.vendors import VENDORS


def crawl_of(vendor: str, name: str) -> Crawl:
    crawls = next(v for v, _ in VENDORS if v.name == vendor).crawls
    return next(crawl for crawl in crawls if crawl.name == name)


MONTHLY = crawl_of("sealmetrics", "conversions_raw")
DAILY = crawl_of("sealmetrics", "breakdowns")


def test_before_anything_is_loaded_there_is_one_request_for_each_call() -> None:
    assert crawl_cost(MONTHLY, 365, 1, 120, None).least_requests == math.ceil(365 / 31)
    assert crawl_cost(MONTHLY, 365, 3, 120, None).least_requests == 3 * math.ceil(365 / 31)
    assert crawl_cost(DAILY, 365, 1, 120, None).least_requests == 365
    assert not crawl_cost(DAILY, 365, 1, 120, None).is_measured


def test_one_request_a_minute_is_hours_for_a_year() -> None:
    """The legacy API: who does not know this starts a backfill that takes all day."""
    cost = crawl_cost(DAILY, 365, 1, 1, None)
    assert cost.least_seconds == 364 * 60


def test_pages_of_a_loaded_day_count_for_all_days() -> None:
    measured = Measured(days=10, longest=1, requests=40, seconds=20.0)
    cost = crawl_cost(DAILY, 100, 1, 6_000, measured)
    assert (cost.least_requests, cost.most_requests) == (400, 400)
    assert cost.most_seconds == pytest.approx(200.0)


def test_short_calls_bound_what_long_ones_need() -> None:
    one_day = Measured(days=1, longest=1, requests=3, seconds=1.0)
    cost = crawl_cost(MONTHLY, 62, 1, 120, one_day)
    assert (cost.least_requests, cost.most_requests) == (6, 186)
    month = Measured(days=31, longest=31, requests=9, seconds=3.0)
    cost = crawl_cost(MONTHLY, 62, 1, 120, month)
    assert (cost.least_requests, cost.most_requests) == (18, 18)


def test_what_nothing_is_asked_for_costs_nothing() -> None:
    nothing = Measured(days=1, longest=1, requests=0, seconds=0.0)
    assert crawl_cost(DAILY, 365, 2, 60, nothing) == Cost()
    snapshot = crawl_of("sealmetrics", "sites")
    assert crawl_cost(snapshot, 365, 2, 60, None) == Cost()


def test_crawls_of_a_vendor_add_up() -> None:
    cost = crawl_cost(DAILY, 10, 1, 60, None)
    both = cost.plus(replace(cost, is_measured=True))
    assert both.least_requests == 20
    assert not both.is_measured
