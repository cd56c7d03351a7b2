"""Session Story over HTTP.

The base URL ends in `/api` and the vendor writes its paths with `/api` as well; here it is in
the base URL only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from analytics_assets.errors import RequestRefusedError, UnexpectedAnswerError
from analytics_assets.ingest.declare import Tenant, Window
from analytics_assets.ingest.http.answers import decode_json
from analytics_assets.ingest.http.client import Api, ApiClient, OpenApi
from analytics_assets.ingest.http.paging import Page
from analytics_assets.ingest.http.request import path_of
from analytics_assets.ingest.rawjson import RawJson, members, plain, read_json, splice
from analytics_assets.vendors.session_story import reports
from analytics_assets.vendors.session_story.journeys import (
    THREADS,
    Seen,
    concurrently,
    journey,
    list_visitors,
    read_listing,
    whole,
)
from analytics_assets.vendors.session_story.reports import read_body, read_document
from analytics_assets.vendors.session_story.writes import NewSite

SCROLL_DEPTH_PAGES = 100  # documented: 20 unless asked for, 100 at most
WHOLE_SITE = "(whole site)"
_REVENUE_OBJECTS = frozenset({"summary"})
_EVENT_TYPE_DAYS = 30  # how far back types of events are looked for: a choice of ours
_GONE = frozenset({404, 410})
_MOST_GONE = 10  # all of so many are not deleted within a minute
_NONE_SET = "analytics.toml sets no session_story.{}"


class SessionStoryClient(ApiClient):
    """The sites of one API key."""

    def __init__(
        self, open_api: OpenApi, *, api_key: str, site_ids: Sequence[str], timezone: str
    ) -> None:
        """Keep the sites, all of the key's if none is named, and the zone of their days."""
        self._api: Api = open_api(headers=lambda: {"Authorization": f"Bearer {api_key}"})
        self._site_ids = list(site_ids)
        self._timezone = timezone

    def tenants(self) -> list[Tenant]:
        """The sites of the settings, else all sites of the key."""
        ids = self._site_ids or [str(read_json(row, _Site).id) for row in self._list_sites()]
        return [Tenant(site_id, self._timezone) for site_id in ids]

    # Sites

    def sites(self, window: Window) -> Iterator[Page]:
        """`GET /sites`: every site of the key, whatever the window."""
        del window
        yield Page(self._list_sites())

    def get_site(self, site_id: str) -> dict[str, Any]:
        """`GET /sites/{site_id}`: one site, without the sparkline."""
        return self._api.fetch("GET", path_of("sites", site_id), _read_object)

    def create_site(self, site: NewSite) -> dict[str, Any]:
        """`POST /sites`: a new site as the vendor keeps it; never sent twice."""
        body = site.model_dump()
        return self._api.fetch("POST", "/sites", _read_object, json=body, repeatable=False)

    def _list_sites(self) -> list[msgspec.Raw]:
        return self._api.fetch(
            "GET", "/sites", lambda answer: decode_json(answer, list[msgspec.Raw])
        )

    # Reports of a day

    def dashboard(self, window: Window) -> Iterator[Page]:
        """`GET analytics/dashboard`: all lists and numbers of the answer as one long table."""
        yield Page(list(reports.dashboard(self._report(window, "dashboard"))))

    def revenue(self, window: Window) -> Iterator[Page]:
        """`GET analytics/revenue`: all lists of the answer as one long table."""
        document = self._report(window, "revenue")
        if bytes(document.pop("configured", b"true")) == b"false":
            # a fact, not a failure
            yield Page([], note="revenue tracking is not set up for this site")
            return
        yield Page(list(reports.sections(document, objects=_REVENUE_OBJECTS)))

    def friction(self, window: Window) -> Iterator[Page]:
        """`GET analytics/friction`: a row per source, campaign and bucket of behaviour."""
        yield Page(list(reports.friction(self._report(window, "friction"))))

    def reach(self, window: Window) -> Iterator[Page]:
        """`GET analytics/reach` for each page or event of the settings."""
        targets = window.config.session_story.reach_targets
        if not targets:
            yield Page([], note=_NONE_SET.format("reach_targets"))
        for target in targets:
            asked = {"metric": target.metric, "value": target.value}
            body = self._analytics(window, "reach", asked | _period(window))
            yield Page(list(reports.reach(body, target.metric, target.value)))

    def custom_event_types(self, window: Window) -> Iterator[Page]:
        """`GET analytics/custom-event-types`: the types of events of the day with their counts."""
        body = self._analytics(window, "custom-event-types", _period(window))
        yield Page(list(reports.event_types(body)))

    def custom_event_funnel(self, window: Window) -> Iterator[Page]:
        """`GET analytics/custom-event-funnel` for each funnel of the settings."""
        funnels = window.config.session_story.event_funnels
        if not funnels:
            yield Page([], note=_NONE_SET.format("event_funnels"))
        for funnel in funnels:
            asked = {"steps[]": list(funnel.steps)} | _period(window)
            body = self._analytics(window, "custom-event-funnel", asked)
            yield Page(list(reports.event_funnel(body, funnel.name)))

    # Snapshots: the vendor has no dates for these

    def scroll_depth(self, window: Window) -> Iterator[Page]:
        """`GET analytics/scroll-depth`: the most viewed pages, or those of the settings."""
        found: list[bytes] = []
        for url in window.config.session_story.scroll_depth_urls or ("",):
            asked = {"limit": SCROLL_DEPTH_PAGES} | ({"url": url} if url else {})
            body = self._analytics(window, "scroll-depth", asked)
            found.extend(reports.scroll_depth(body, url))
        yield Page([splice(row, {"position": n}) for n, row in enumerate(found, start=1)])

    def engagement_funnel(self, window: Window) -> Iterator[Page]:
        """`GET analytics/engagement-funnel`: of the whole site, or of the settings' pages."""
        for url in window.config.session_story.engagement_funnel_urls or ("",):
            body = self._analytics(window, "engagement-funnel", {"url": url} if url else {})
            yield Page(list(reports.engagement_funnel(body, url or WHOLE_SITE)))

    def event_data_keys(self, window: Window) -> Iterator[Page]:
        """`GET analytics/event-data-keys` for the types of the settings, else for all of late."""
        types = window.config.session_story.event_types or self._recent_types(window)
        if not types:
            yield Page([], note=f"the site had no custom events for {_EVENT_TYPE_DAYS} days")
        for event_type in types:
            body = self._analytics(window, "event-data-keys", {"type": event_type})
            yield Page(list(reports.data_keys(body, event_type)))

    def _recent_types(self, window: Window) -> list[str]:
        since = window.tenant.starts(window.first - timedelta(_EVENT_TYPE_DAYS))
        period = {"from": since.isoformat(), "to": window.ends.isoformat()}
        rows = reports.event_types(self._analytics(window, "custom-event-types", period))
        found = (members(row).get("type", b"null") for row in rows)
        return [kind for kind in map(plain, found) if isinstance(kind, str) and kind]

    # Journeys

    def visitors(self, window: Window) -> Iterator[Page]:
        """`GET /sites/{id}/visitors`, and the sessions and events of those seen in the window."""
        path = path_of("sites", window.tenant.id, "visitors")
        found = list_visitors(
            lambda page: self._api.fetch("GET", path, read_listing, params={"page": page}), window
        )

        gone: list[str] = []

        def visit(visitor: Seen) -> Page:
            return journey(
                visitor,
                window,
                lambda visitor_id: self._children(gone, "visitors", visitor_id, "sessions"),
                lambda *ids: self._children(gone, "visitors", ids[0], "sessions", ids[1], "events"),
            ).page()

        yield from concurrently(visit, found, threads=THREADS)
        if gone:
            yield Page([], note=_what_is_gone(gone, len(found)))

    def _children(self, gone: list[str], *parts: str) -> Sequence[RawJson]:
        """The rows of a visitor or session; none, and a word in `gone`, where that is gone.

        Who is deleted between the listing and this request never comes back.
        """
        try:
            return whole(self._api.fetch("GET", path_of(*parts), read_listing)).rows
        except RequestRefusedError as error:
            if error.status not in _GONE:
                raise
            gone.append(parts[-1])
            return []

    # Requests

    def _report(self, window: Window, name: str) -> dict[str, RawJson]:
        path = _analytics_path(window, name)
        return self._api.fetch("GET", path, read_document, params=_period(window))

    def _analytics(self, window: Window, name: str, params: dict[str, Any]) -> RawJson:
        return self._api.fetch("GET", _analytics_path(window, name), read_body, params=params)


def _what_is_gone(gone: Sequence[str], visitors: int) -> str:
    """A note on visitors and sessions that have been deleted while they were read.

    Raises:
        UnexpectedAnswerError: that is true of all of many visitors, so the vendor has moved.
    """
    lost, sessions = gone.count("sessions"), gone.count("events")
    if lost == visitors > _MOST_GONE:
        what = f"session_story: none of the {visitors} visitors of the listing is found"
        raise UnexpectedAnswerError(what, todo="See whether the vendor has moved its sessions")
    counted = {"visitors": lost, "sessions": sessions}
    words = " and ".join(f"{count} {name}" for name, count in counted.items() if count)
    return f"the vendor knows nothing more of {words} that it listed: deleted since"


class _Site(msgspec.Struct):
    id: str | int


def _read_object(answer: Any) -> dict[str, Any]:
    read_document(answer)
    return decode_json(answer, dict[str, Any])


def _period(window: Window) -> dict[str, Any]:
    return {"from": window.starts.isoformat(), "to": window.ends.isoformat()}


def _analytics_path(window: Window, name: str) -> str:
    return path_of("sites", window.tenant.id, "analytics", name)
