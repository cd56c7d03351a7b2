"""Compares what was sent with what the vendor then reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import duckdb
import msgspec

from analytics_assets.vendors.segmetrics.client import SegMetricsClient

_CENTS_PER_UNIT = 100
COMPARED_DAYS = 31
"""The days of the invoices that were sent last; each is a request."""


@dataclass(frozen=True)
class DayOfRevenue:
    """A day of invoices: what was sent, and what the vendor reports in all, in cents."""

    day: date
    sent: int
    reported: int | None

    @property
    def is_missing(self) -> bool:
        """Whether less is reported than was sent; more may come from elsewhere."""
        return self.reported is None or self.reported < self.sent


def compare_revenue(
    connection: duckdb.DuckDBPyConnection,
    client: SegMetricsClient,
    target: str,
    amounts: Literal["minor", "major"],
) -> list[DayOfRevenue]:
    """Ask the revenue report about the days of the invoices that were sent last.

    Args:
        connection: the warehouse, with the ledger.
        client: asks the reporting API.
        target: as the ledger names it.
        amounts: the unit of the report's amounts.
    """
    sent = connection.execute(
        "SELECT day, sum(amount_minor)::BIGINT FROM activation.sent "
        "WHERE target = ? AND object = 'invoices' AND state = 'accepted' AND is_there "
        "GROUP BY day ORDER BY max(sequence) DESC LIMIT ?",
        [target, COMPARED_DAYS],
    ).fetchall()
    unit = _CENTS_PER_UNIT if amounts == "major" else 1
    found = []
    for day, cents in sorted(sent):
        report = client.report("revenue", start=day.isoformat(), end=day.isoformat())
        report.require(day, day)
        revenue = _revenue([msgspec.json.decode(kpi) for kpi in report.kpis])
        found.append(DayOfRevenue(day, cents, None if revenue is None else round(revenue * unit)))
    return found


def _revenue(kpis: Sequence[dict[str, Any]]) -> Decimal | None:
    for kpi in kpis:
        if kpi.get("key") == "revenue" and kpi.get("value") is not None:
            return Decimal(str(kpi["value"]))
    return None
