"""SegMetrics' ad-hoc query: a report's table over dimensions and metrics of the caller's choice."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from analytics_assets.sandbox.http import Json
from analytics_assets.sandbox.vendors.segmetrics.fields import (
    REPORT_TYPES,
    SCALES,
    columns_of,
    field,
    total,
)

if TYPE_CHECKING:
    from analytics_assets.sandbox.vendors.segmetrics.account import Account
    from analytics_assets.sandbox.vendors.segmetrics.contacts import Span

Row: TypeAlias = dict[str, Json]
_VERSION = "2022-06"


def run_query(vendor: Account, body: Row) -> Row:
    """The answer to a query; what it cannot read is a 400."""
    kind = body.get("type")
    if kind not in REPORT_TYPES:
        raise vendor.refuse(400, "bad_request", "invalid 'type' field")
    columns = columns_of(kind)
    texts = {name for name in columns if field(name)["type"] == "STRING"}
    dimensions = _names(vendor, body, "dimensions", [n for n in columns if n in texts])
    metrics = _names(vendor, body, "metrics", [n for n in columns if n not in texts])
    days, scale = _days(vendor, body.get("date_range"))
    rows = vendor.reports.rows(kind, days.within(vendor.world))
    sums = total(kind, rows)
    comparison = None
    if body.get("compare"):
        past, _ = _days(vendor, body["compare"])
        earlier = vendor.reports.rows(kind, past.within(vendor.world))
        earlier_sums = total(kind, earlier)
        comparison = {
            "rows": _grouped(kind, earlier, dimensions, metrics),
            "totals": [earlier_sums[name] for name in metrics],
            "date_range": _range(past, scale),
        }
    return {
        "type": kind,
        "fields": [field(name) for name in (*dimensions, *metrics)],
        "rows": _grouped(kind, rows, dimensions, metrics),
        "totals": [sums[name] for name in metrics],
        "date_range": _range(days, scale),
        "comparison": comparison,
        "v": _VERSION,
    }


def _names(vendor: Account, body: Row, name: str, known: list[str]) -> list[str]:
    """Field keys; a dimension may carry the name of its table, as in ``clicks.channel``."""
    asked = body.get(name) or known
    found = [str(slug).rpartition(".")[2] for slug in asked] if isinstance(asked, list) else []
    if not found or not set(found) <= set(known):
        raise vendor.refuse(400, "bad_request", f"invalid '{name}' field")
    return found


def _days(vendor: Account, asked: Json) -> tuple[Span, str]:
    given: Row = asked if isinstance(asked, dict) else {}
    scale = given.get("scale") or "day"
    if scale not in SCALES:
        raise vendor.refuse(400, "bad_request", "invalid 'scale' field")
    texts = (str(given.get(name) or "") for name in ("start", "end"))
    return vendor.read_days(*texts)[0], scale


def _range(days: Span, scale: str) -> Row:
    first, last = days.first.isoformat(), days.last.isoformat()
    return {"start_date": first, "end_date": last, "scale": scale}


def _grouped(
    kind: str, rows: list[Row], dimensions: list[str], metrics: list[str]
) -> list[list[Json]]:
    groups: defaultdict[tuple[Json, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in dimensions)].append(row)
    found = []
    for key, members in groups.items():
        sums = total(kind, members)
        found.append([*key, *(sums[name] for name in metrics)])
    return found
