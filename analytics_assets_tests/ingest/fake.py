"""A vendor without a network: rows by day and tenant, and failures on demand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from analytics_assets.errors import AnalyticsError
from analytics_assets.ingest.declare import Agreement, Crawl, Endpoint, Tenant, Vendor, Window
from analytics_assets.ingest.fields import Id, Json, LocalDate, Money, PersonalText, Row, Text
from analytics_assets.ingest.http.answers import Traffic
from analytics_assets.ingest.http.bodies import Bounds
from analytics_assets.ingest.http.memory import AnswerMemory
from analytics_assets.ingest.http.paging import Page
from analytics_assets.ingest.load import DayOutcome, Loader
from analytics_assets.ingest.tables import endpoint_tables
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.tables import OPERATIONS, Table
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.settings import AnalyticsConfig

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_PAGE_ROWS = 2_000


class Sale(Row):
    """One row per sale."""

    sale_id: Id = Field(description="The sale.")
    date: LocalDate | None = Field(None, description="Local day of the sale.")
    amount: Money | None = Field(None, description="What was paid.")
    note: Text | None = Field(None, description="Free text.")
    email: PersonalText | None = Field(None, description="The buyer's address.")
    properties: Json = Field(None, description="Anything else.")


class Item(Row):
    """One row per item of a sale."""

    sale_id: Id = Field(description="The sale.")
    name: Text | None = Field(None, description="What was sold.")


@dataclass
class FakeClient:
    """Answers from `rows`; `errors` maps (tenant, day) to what is raised when the day is asked."""

    rows: dict[tuple[str, date], list[Any]] = field(default_factory=dict)
    tenant_ids: Sequence[str] = ("north",)
    errors: dict[tuple[str, date], AnalyticsError] = field(default_factory=dict)
    total: int | None = None
    asked: list[tuple[str, date, date]] = field(default_factory=list)
    traffic: Traffic = field(default_factory=Traffic)
    memory: AnswerMemory = field(default_factory=AnswerMemory)
    bounds: Bounds = field(default_factory=Bounds)

    def tenants(self) -> list[Tenant]:
        """All tenants, in the zone of Madrid."""
        return [Tenant(name, "Europe/Madrid") for name in self.tenant_ids]

    def close(self) -> None:
        """Nothing is open."""

    def sales(self, window: Window) -> Iterator[Page]:
        """The rows of a window, as one page with the items beside."""
        tenant = window.tenant.id
        self.asked.append((tenant, window.first, window.last))
        self.traffic.requests += 1
        for day in window.days:
            if error := self.errors.get((tenant, day)):
                raise error
        rows = [row for day in window.days for row in self.rows.get((tenant, day), [])]
        items = [item for row in rows if isinstance(row, dict) for item in row.get("items", [])]
        nested = {"items": [_raw(item) for item in items]}
        for start in range(0, max(1, len(rows)), _PAGE_ROWS):
            page = [_raw(row) for row in rows[start : start + _PAGE_ROWS]]
            yield Page(page, total=self.total, nested=nested if start == 0 else {})


def _raw(row: Any) -> bytes:
    return row if isinstance(row, bytes) else json.dumps(row).encode()


SALES = Endpoint(
    name="sales",
    model=Sale,
    docs_url="https://vendor.example/sales",
    tenant_column="site_id",
    day_column="date",
    key=("sale_id",),
)
SALES_CRAWL = Crawl(name="sales", endpoints=(SALES,), fetch=FakeClient.sales, window_days=31)
UNDATED_SALES = Endpoint(
    name="sales",
    model=Sale,
    docs_url="https://vendor.example/sales",
    tenant_column="site_id",
    key=("sale_id",),
)
ITEMS = Endpoint(
    name="items",
    model=Item,
    docs_url="https://vendor.example/items",
    tenant_column="site_id",
    no_key_reason="Items have no id.",
    follows=("sales", "sale_id"),
)
JOURNEY_CRAWL = Crawl(
    name="journeys", endpoints=(UNDATED_SALES, ITEMS), fetch=FakeClient.sales, window_days=1
)


ONE_ITEM_A_SALE = Agreement(
    name="items_of_sales", counts={"sales": "count(*)", "items": "count(*)"}
)


def vendor(crawl: Crawl = SALES_CRAWL) -> Vendor:
    """The vendor with one crawl."""
    return Vendor(
        name="acme",
        title="Acme",
        docs_url="https://vendor.example",
        crawls=(crawl,),
        agreements=(ONE_ITEM_A_SALE,) if crawl is JOURNEY_CRAWL else (),
    )


def tables(crawl: Crawl = SALES_CRAWL) -> tuple[Table, ...]:
    """The vendor's tables and those of operations."""
    return (*endpoint_tables([vendor(crawl)]), *OPERATIONS)


def load(  # noqa: PLR0913  a loader has many parts
    lake_root: Path,
    client: FakeClient,
    days: Sequence[date],
    *,
    crawl: Crawl = SALES_CRAWL,
    now: datetime = NOW,
    config: AnalyticsConfig | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> list[DayOutcome]:
    """Load days of the fake vendor into a lake."""
    lake = Lake(lake_root)
    lake.prepare(tables(crawl), "sandbox")
    loader = Loader(
        vendor(crawl),
        crawl,
        client,
        lake,
        Privacy("key"),
        config or AnalyticsConfig(),
        "run",
        report,
        now=lambda: now,
    )
    return list(loader.load(days))
