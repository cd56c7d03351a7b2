"""SealMetrics, current API (https://docs.sealmetrics.com/api)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_assets.sandbox.clock import utc_milliseconds
from analytics_assets.sandbox.http import Endpoint, Json, record_of
from analytics_assets.sandbox.spellings import sent_order_id
from analytics_assets.sandbox.vendors.sealmetrics.account import Account
from analytics_assets.sandbox.vendors.sealmetrics.batch import Batch
from analytics_assets.sandbox.vendors.sealmetrics.events import Events
from analytics_assets.sandbox.vendors.sealmetrics.exports import Exports
from analytics_assets.sandbox.vendors.sealmetrics.listings import Listings
from analytics_assets.sandbox.vendors.sealmetrics.query import Query
from analytics_assets.sandbox.vendors.sealmetrics.reports import Reports
from analytics_assets.sandbox.vendors.sealmetrics.rows import conversion_row, fingerprint

if TYPE_CHECKING:
    from analytics_assets.sandbox.records import Conversion
    from analytics_assets.sandbox.world import World


class SealMetrics(Account):
    """The account with every endpoint."""

    def __init__(self, world: World) -> None:
        """Begin without tokens and export jobs."""
        super().__init__(world)
        events, listings = Events(self), Listings(self)
        self.exports = Exports(self, events, listings)
        self._stats = [
            *events.endpoints(),
            *listings.endpoints(),
            *Reports(self, events, listings).endpoints(),
            *Query(self).endpoints(),
        ]

    def endpoints(self) -> list[Endpoint]:
        """Every path below the prefix."""
        return [
            Endpoint("POST", "/auth/token", self.create_token),
            Endpoint("POST", "/auth/refresh", self.refresh_token),
            Endpoint("GET", "/sites", self.sites),
            Endpoint("GET", "/sites/{site_id}", self.site),
            *self._stats,
            *Batch(self, self._stats).endpoints(),
            *self.exports.endpoints(),
        ]

    def controls(self) -> list[Endpoint]:
        """Settings that only a sandbox has."""
        return self.exports.controls()

    def reset(self) -> None:
        """Forget the jobs of exports."""
        self.exports.reset()

    def conversion_records(self, conversion: Conversion) -> list[Json]:
        """Rows have no id: each is named by its fingerprint."""
        shop = conversion.person.storefront
        seen = record_of(conversion, sent_order_id(self.world, self.name, conversion))
        return [
            seen
            | {
                "id": fingerprint(conversion_row(self.pixel, shop, hit)),
                "at": utc_milliseconds(hit.at_ms),
            }
            for hit in self.pixel.hits_of(conversion)
        ]
