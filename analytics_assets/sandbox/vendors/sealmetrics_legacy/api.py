"""SealMetrics, legacy API: events without a total, and the aggregates."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from analytics_assets.sandbox.catalogue import COUNTRY_NAMES
from analytics_assets.sandbox.chance import token
from analytics_assets.sandbox.http import Call, Endpoint, Json, Reply, record_of
from analytics_assets.sandbox.vendors.pixel import Hit, tags
from analytics_assets.sandbox.vendors.sealmetrics_legacy.account import LegacyAccount
from analytics_assets.sandbox.vendors.sealmetrics_legacy.reports import LegacyReports

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics_assets.sandbox.records import Conversion, Session
    from analytics_assets.sandbox.world import World


class SealMetricsLegacy(LegacyAccount):
    """The account with every endpoint."""

    def __init__(self, world: World) -> None:
        """Begin with no day made."""
        super().__init__(world)
        self.reports = LegacyReports(self)
        self._days: dict[tuple[str, date], list[dict[str, Json]]] = {}

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        return [
            Endpoint("GET", "/report/microconversions", self.microconversions),
            Endpoint("GET", "/report/conversions", self.conversions),
            *self.reports.endpoints(),
            Endpoint("POST", "/auth/login", self.login),
            Endpoint("GET", "/auth/accounts", self.accounts),
        ]

    def microconversions(self, call: Call) -> Reply:
        """``GET /report/microconversions``, oldest first."""
        return self._report(call, self._micro_rows)

    def conversions(self, call: Call) -> Reply:
        """``GET /report/conversions``, oldest first."""
        return self._report(call, self._conversion_rows)

    def _report(self, call: Call, rows_of_day: Callable[[date], list[dict[str, Json]]]) -> Reply:
        window, skip, limit = self.asked(call)
        country = call.query.get("country", "").lower()
        rows = [
            row
            for day in self.world.days_between(*window)
            for row in self._rows_of_day(rows_of_day, day)
            if _passes(call, row, country)
        ]
        page = [
            {name: value for name, value in row.items() if name != "_country"}
            for row in rows[skip : skip + limit]
        ]
        return Reply({"status": "ok", "data": page})

    def _rows_of_day(
        self, rows_of_day: Callable[[date], list[dict[str, Json]]], day: date
    ) -> list[dict[str, Json]]:
        """A day's rows, made once: a listing walks over the same days page after page."""
        key = (rows_of_day.__name__, day)
        if key not in self._days:
            self._days[key] = rows_of_day(day)
        return self._days[key]

    def _micro_rows(self, day: date) -> list[dict[str, Json]]:
        return [
            self._row(day, session, micro.at_ms, f"{session.number}.{place}")
            | {"label": micro.kind, "_country": session.person.country.lower()}
            for place, (session, micro) in enumerate(self.pixel.micros(self.shop, day))
        ]

    def _conversion_rows(self, day: date) -> list[dict[str, Json]]:
        rows = []
        for hit in self.pixel.hits(self.shop, day):
            order, country = hit.conversion.order, hit.session.person.country
            row = self._row(day, hit.session, hit.at_ms, _hit_key(hit))
            row["amount"] = self.shop.number(order.total_minor) if order else 0
            row["label"] = hit.conversion.kind
            row["country"] = country.lower()
            row["country_name"] = COUNTRY_NAMES[country]
            rows.append(row)
        return rows

    def _row(self, day: date, session: Session, at_ms: int, key: str) -> dict[str, Json]:
        utm = tags(session)
        return {
            "_id": self.object_id(at_ms, key),
            "date": day.isoformat(),
            "utm_source": utm.source,
            "utm_medium": utm.medium,
            "utm_campaign": utm.campaign,
            "utm_term": utm.term,
            "utm_matchtype": "p" if session.touch.click_name == "gclid" else None,
        }

    def object_id(self, at_ms: int, key: str) -> str:
        """24 hexadecimal digits, the first eight of them the time; the same for the same event."""
        return f"{at_ms // 1000:08x}{token(16, self.world.seed, 'object-id', key)}"

    def conversion_records(self, conversion: Conversion) -> list[Json]:
        """Rows show their own id and nothing else."""
        if conversion.person.storefront is not self.shop:
            return []
        hits = self.pixel.hits_of(conversion)
        seen = record_of(conversion) | {"click_id": None}
        return [seen | {"id": self.object_id(hit.at_ms, _hit_key(hit))} for hit in hits]


def _hit_key(hit: Hit) -> str:
    return f"c{hit.conversion.number}.{hit.copy}"


def _passes(call: Call, row: dict[str, Json], country: str) -> bool:
    if country and row.get("_country", row.get("country")) != country:
        return False
    names = ("utm_source", "utm_medium", "utm_campaign") if "amount" in row else ("label",)
    return all(call.query.get(name) in {None, "", row[name]} for name in names)
