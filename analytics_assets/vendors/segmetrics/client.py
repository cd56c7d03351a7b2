"""The reporting API of SegMetrics over HTTP: parameters go in the query, not in a body."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import zip_longest
from typing import Any
from urllib.parse import quote

import msgspec

from analytics_assets.core.answers import Answer, Traffic, decode_json, read_error
from analytics_assets.core.endpoint import Tenant, Window
from analytics_assets.core.errors import UnexpectedAnswerError
from analytics_assets.core.http import Api, OpenApi
from analytics_assets.core.paging import Page, numbered
from analytics_assets.core.rawjson import RawJson, elements, first_byte, members, splice

PAGE_SIZE = 100  # the vendor's reference for /contacts: 1 to 100
_EXTENSIONS = "events,tags,orders,subscriptions,lists"  # all that the reference lists


class SegMetricsClient:
    """One account."""

    def __init__(self, open_api: OpenApi, *, api_key: str, account_id: str, timezone: str) -> None:
        """Keep the account and its zone; the key goes bare into the header."""
        self._api: Api = open_api(headers=lambda: {"Authorization": api_key})
        self._account_id = account_id
        self._timezone = timezone

    @property
    def traffic(self) -> Traffic:
        """What has been sent and received so far."""
        return self._api.traffic

    def close(self) -> None:
        """Close all connections."""
        self._api.close()

    def tenants(self) -> list[Tenant]:
        """The account of the settings."""
        return [Tenant(self._account_id, self._timezone)]

    def report_ads(self, window: Window) -> Iterator[Page]:
        """`GET report/ads` of one day: all parts of the answer as one long table."""
        yield from self._report(window, "ads")

    def journeys(self, window: Window) -> Iterator[Page]:
        """`GET report/{type}/contacts` of one day, for each report type of the settings.

        A contact that two reports list comes twice as a row, so that the rows still add up to the
        totals that the vendor declares, but its orders, items and events come once.
        """
        seen: set[str] = set()
        totals: list[int | None] = []
        for report_type in window.config.segmetrics.journey_reports:
            total: int | None = None
            for page in self._contacts(window, report_type):
                total = page.total
                yield split_journeys(page, seen)
            totals.append(total)
        known = [total for total in totals if total is not None]
        if len(known) == len(totals):
            yield Page([], total=sum(known))

    def _report(self, window: Window, report_type: str) -> Iterator[Page]:
        params = {**_period(window), "scale": "day"}
        path = self._report_path(window, report_type)
        report = self._api.fetch("GET", path, read_report, params=params)
        report.require(window.first, window.last)
        yield Page(list(report.rows()))

    def _contacts(self, window: Window, report_type: str) -> Iterator[Page]:
        params = {**_period(window), "extend": _EXTENSIONS, "limit": PAGE_SIZE}
        path = f"{self._report_path(window, report_type)}/contacts"
        return numbered(
            lambda page: self._api.fetch(
                "GET", path, read_contacts, params={**params, "page": page}
            ),
            page_size=PAGE_SIZE,
        )

    def _report_path(self, window: Window, report_type: str) -> str:
        report_ids: dict[Any, str] = window.config.segmetrics.report_ids
        parts = [window.tenant.id, "report", report_type, report_ids.get(report_type, "")]
        return "".join(f"/{quote(part, safe='')}" for part in parts if part)


def _period(window: Window) -> dict[str, str]:
    return {"start": window.first.isoformat(), "end": window.last.isoformat()}


class _Dates(msgspec.Struct):
    start_date: str | None = None
    end_date: str | None = None


class _About(msgspec.Struct):
    date_range: _Dates | None = None


class _Dataset(msgspec.Struct):
    label: msgspec.Raw = msgspec.Raw(b"null")
    data: list[msgspec.Raw] = []


class _Graph(msgspec.Struct):
    labels: list[msgspec.Raw] = []
    datasets: list[_Dataset] = []


class _Table(msgspec.Struct):
    fields: list[msgspec.Raw] = []
    rows: list[msgspec.Raw] = []


class _Field(msgspec.Struct):
    key: str


class Report(msgspec.Struct):
    """An answer of `report/{type}`."""

    table: _Table
    report: _About = msgspec.field(default_factory=_About)
    kpis: list[msgspec.Raw] = []
    graph: _Graph | None = None

    def require(self, first: date, last: date) -> None:
        """Check that the vendor reports on the days that were asked for.

        Raises:
            UnexpectedAnswerError: it says that it reports on others.
        """
        said = self.report.date_range
        if said is None or not said.start_date or not said.end_date:
            return
        covered = (said.start_date[:10], said.end_date[:10])
        if covered != (first.isoformat(), last.isoformat()):
            what = (
                f"segmetrics: asked for {first} to {last}, the report covers {' to '.join(covered)}"
            )
            raise UnexpectedAnswerError(what, todo="Check the dates of the saved report")

    def rows(self) -> Iterator[bytes]:
        """Every part as rows with `section` and `position`, counted from 1."""
        parts: dict[str, list[RawJson]] = {
            "kpis": [*self.kpis],
            "graph": list(self._points()),
            "table_fields": [*self.table.fields],
            "table": list(self._table_rows()),
        }
        for section, rows in parts.items():
            for position, row in enumerate(rows, start=1):
                yield splice(row, {"section": section, "position": position})

    def _points(self) -> Iterator[bytes]:
        graph = self.graph or _Graph()
        for dataset in graph.datasets:
            for label, value in zip_longest(graph.labels, dataset.data):
                yield msgspec.json.encode(
                    {"dataset": dataset.label, "label": label, "value": value}
                )

    def _table_rows(self) -> Iterator[RawJson]:
        """Rows are objects in this API and bare lists of values in the vendor's second version."""
        keys = [msgspec.json.decode(text, type=_Field).key for text in self.table.fields]
        for row in self.table.rows:
            if first_byte(row) != b"[":
                yield row
                continue
            values = elements(row)
            names = [*keys, *(f"column_{n + 1}" for n in range(len(keys), len(values)))]
            yield msgspec.json.encode(dict(zip(names, values, strict=False)))


def read_report(answer: Answer) -> Report:
    """Decode a report; an error that comes under HTTP 200 counts as one."""
    _refuse_error(answer, "table")
    return decode_json(answer, Report)


class _Meta(msgspec.Struct):
    current_page: int | None = None
    last_page: int | None = None
    total: int | None = None


class _Links(msgspec.Struct):
    next: str | None = None


class _Contacts(msgspec.Struct):
    data: msgspec.Raw
    meta: _Meta | None = None
    links: _Links | None = None


def read_contacts(answer: Answer) -> Page:
    """A page of contacts with what the paginator says about further pages."""
    _refuse_error(answer, "data")
    found = decode_json(answer, _Contacts)
    meta = found.meta or _Meta()
    more: bool | None = None
    if meta.current_page is not None and meta.last_page is not None:
        more = meta.current_page < meta.last_page
    elif found.links is not None:
        more = found.links.next is not None
    return Page(elements(found.data), meta.total, more)


def _refuse_error(answer: Answer, expected: str) -> None:
    """Tell an error body from a report that lacks a part."""
    if expected not in decode_json(answer, dict[str, msgspec.Raw]):
        words = read_error(answer.body)[1] or f"it has no {expected!r}"
        what = f"the answer under status {answer.status} is no report: {words}"
        raise UnexpectedAnswerError(what, todo="Run the day again later")


def split_journeys(page: Page, seen: set[str]) -> Page:
    """Split each contact into its own row and those of its orders, items and events.

    Nested rows name a contact of their own that may differ; both ids are kept. `seen` holds the
    contacts whose nested rows have been given already.
    """
    contacts: list[msgspec.Raw | bytes] = []
    nested: dict[str, list[msgspec.Raw | bytes]] = {
        "orders": [],
        "order_items": [],
        "contact_events": [],
    }
    for row in page.rows:
        fields = members(row) if first_byte(row) == b"{" else {}
        contact_id = _text(fields.get("contact_id"))
        if not contact_id:
            contacts.append(row)  # it will be rejected, whole
            continue
        orders, events = _take(fields, "orders"), _take(fields, "events")
        contacts.append(msgspec.json.encode(fields))
        if contact_id in seen:
            continue
        seen.add(contact_id)
        parent = {"parent_contact_id": contact_id}
        nested["contact_events"].extend(splice(event, parent) for event in events)
        for order in orders:
            kept, order_id, items = _split_order(order)
            nested["orders"].append(splice(kept, parent))
            within = {**parent, "parent_order_id": order_id}
            nested["order_items"].extend(splice(item, within) for item in items)
    return Page(contacts, nested=nested)


def _split_order(order: RawJson) -> tuple[RawJson, str | None, list[msgspec.Raw]]:
    """The order without its items, its id, and its items."""
    if first_byte(order) != b"{":
        return order, None, []
    fields = members(order)
    items = _take(fields, "line_items")
    return msgspec.json.encode(fields), _text(fields.get("order_id")) or None, items


def _take(fields: dict[str, msgspec.Raw], name: str) -> list[msgspec.Raw]:
    """Take a nested list out of a row; what is no list stays where it is."""
    value = fields.get(name)
    if value is None or first_byte(value) not in (b"[", b"n"):
        return []
    return elements(fields.pop(name))


def _text(value: msgspec.Raw | None) -> str:
    found = msgspec.json.decode(value) if value is not None else None
    return str(found) if isinstance(found, str | int) else ""
