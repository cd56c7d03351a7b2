"""How the two listings are asked for, by the platform's rivals; standard library only."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.rows import ACCOUNT, DAY, LEGACY_PAGE_ROWS, RAW_PAGE_ROWS, SITE

_DAY = DAY.isoformat()


@dataclass(frozen=True)
class Asked:
    """A listing of one day.

    Attributes:
        table: what the rows are called where a rival needs a name.
        params: what every request carries beside the page.
        by_page: pages are numbered from 1 by `page`, and `has_next` says whether there is another;
            else `skip` rows are skipped, and a page without rows is the last.
        size_param: what the page's length is called.
        texts: fields that are texts; each rival declares the others in its own way.
    """

    path: str
    table: str
    params: dict[str, str]
    page_rows: int
    by_page: bool
    size_param: str
    texts: tuple[str, ...]

    def page(self, index: int) -> dict[str, str | int]:
        """All parameters of a request for a page, counted from 0."""
        place = {"page": index + 1} if self.by_page else {"skip": index * self.page_rows}
        return {**self.params, self.size_param: self.page_rows, **place}


ASKED = {
    "raw": Asked(
        path="stats/conversions/raw",
        table="conversions_raw",
        params={"site_id": SITE, "start_date": _DAY, "end_date": _DAY},
        page_rows=RAW_PAGE_ROWS,
        by_page=True,
        size_param="page_size",
        texts=(
            *("conversion_type", "amount", "clid", "country", "device_type", "browser", "os"),
            *("channel_group", "landing_page", "utm_source", "utm_medium", "utm_campaign"),
            *("utm_term", "utm_content"),
        ),
    ),
    "legacy": Asked(
        path="report/microconversions",
        table="microconversions",
        params={"account_id": ACCOUNT, "date_range": f"{DAY:%Y%m%d},{DAY:%Y%m%d}"},
        page_rows=LEGACY_PAGE_ROWS,
        by_page=False,
        size_param="limit",
        texts=(
            *("_id", "utm_medium", "utm_source", "utm_campaign", "utm_term", "utm_matchtype"),
            "label",
        ),
    ),
}
