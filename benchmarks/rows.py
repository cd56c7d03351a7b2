"""Rows and pages of the local vendor, rendered once: answering costs it next to nothing.

Both listings have the vendors' documented fields. Values are drawn with the skew that shops see: a
few sources and countries make most rows, half of the tags are empty, addresses are long. One row in
200 carries an e-mail address and one in 1,000 a field that the vendor does not document.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

DAY = date(2026, 3, 1)
SITE = "bench-shop"
ACCOUNT = "507f1f77bcf86cd799439011"
ONE_IN_PERSONAL = 200
ONE_IN_UNDECLARED = 1_000
RAW_PAGE_ROWS = 10_000
LEGACY_PAGE_ROWS = 100
_TEMPLATES = 8  # of a page: their rows differ, and each page gets numbers of its own
_RENDERED_ROWS = 1_000_000  # further pages repeat those, with a first row of their own
_PAGE = b"~PAGE~"
_SEED = 20260301

_COUNTRIES = (["ES", "FR", "DE", "IT", "PT", "GB", "US", "NL"], [40, 14, 12, 9, 8, 8, 6, 3])
_CHANNELS = (
    [
        ("Organic Search", "google", "organic", ""),
        ("Paid Search", "google", "cpc", "brand-core-es"),
        ("Direct", "(direct)", "(none)", ""),
        ("Paid Social", "facebook", "paid_social", "spring-sale-2026-prospecting-lookalike"),
        ("Email", "newsletter", "email", "weekly-digest-2026-09"),
        ("Affiliates", "partner-network", "affiliate", "autumn-partners"),
        ("Referral", "blog.example.org", "referral", ""),
    ],
    [30, 24, 18, 12, 8, 5, 3],
)
_DEVICES = (
    [
        ("mobile", "Chrome", "Android"),
        ("mobile", "Safari", "iOS"),
        ("desktop", "Chrome", "Windows"),
        ("desktop", "Safari", "macOS"),
        ("tablet", "Safari", "iPadOS"),
        ("desktop", "Edge", "Windows"),
    ],
    [34, 27, 20, 9, 4, 6],
)
_TYPES = (["purchase", "lead", "signup"], [80, 15, 5])
_CATEGORIES = ["shoes", "shirts", "coats", "accessories", "outlet", "new-season", "home"]
_NAMES = [
    "classic-merino-wool-crew-neck-sweater",
    "waterproof-trail-running-shoes-wide-fit",
    "organic-cotton-striped-long-sleeve-shirt",
    "recycled-down-hooded-winter-coat",
    "handmade-leather-belt-with-brass-buckle",
]


def _pick(rng: random.Random, weighted: tuple[Sequence[Any], Sequence[int]]) -> Any:
    return rng.choices(weighted[0], weighted[1])[0]


def raw_row(rng: random.Random, number: int, second: float) -> dict[str, Any]:
    """A row of `GET /stats/conversions/raw`; order numbers hold a mark for the page."""
    channel, source, medium, campaign = _pick(rng, _CHANNELS)
    device, browser, system = _pick(rng, _DEVICES)
    country = _pick(rng, _COUNTRIES)
    hour, rest = divmod(int(second), 3600)
    clock = f"{rest // 60:02}:{rest % 60:02}.{rng.randrange(1000):03}"
    path = (
        f"/{country.lower()}/{rng.choice(_CATEGORIES)}/{rng.choice(_NAMES)}-{rng.randrange(5000)}"
    )
    query = "?ref=home&pos=4" if rng.random() < 0.5 else ""  # noqa: PLR2004  a coin
    if number % ONE_IN_PERSONAL == 0:
        query = f"?email=anna.smith{number}@example.com"
    paid = medium in ("cpc", "paid_social")
    row = {
        "date": DAY.isoformat(),
        "hour": hour,
        "timestamp_utc": f"{DAY.isoformat()}T{hour:02}:{clock}Z",
        "timestamp_local": f"{DAY.isoformat()}T{hour:02}:{clock}+00:00",
        "conversion_type": _pick(rng, _TYPES),
        "amount": f"{rng.lognormvariate(4, 0.8):.2f}",
        "clid": f"Cj0KCQjw{rng.getrandbits(200):050x}" if paid else None,
        "country": country,
        "device_type": device,
        "browser": browser,
        "os": system,
        "channel_group": channel,
        "landing_page": f"https://www.bench-shop.example{path}{query}",
        "utm_source": source,
        "utm_medium": medium,
        "utm_campaign": campaign,
        "utm_term": f"buy {path.rsplit('/', 2)[1]} online" if medium == "cpc" else "",
        "utm_content": f"ad-{rng.randrange(40)}" if paid else "",
        "properties": {
            "order_id": f"O-{_PAGE.decode()}-{number:05}",
            "currency": "EUR",
            "coupon": rng.choice(["", "", "", "WELCOME10", "SPRING"]),
            "items": str(rng.randrange(1, 6)),
            "shipping": f"{rng.choice([0, 3.95, 5.95]):.2f}",
            "payment": rng.choice(["credit_card", "paypal", "bank_transfer"]),
            "customer_type": rng.choice(["new", "returning"]),
        },
    }
    if number % ONE_IN_UNDECLARED == 0:
        row["experiment"] = "checkout-b"
    return row


def legacy_row(rng: random.Random, number: int, second: float) -> dict[str, Any]:
    """A row of `GET /report/microconversions`; its id holds a mark for the page."""
    del second
    _, source, medium, campaign = _pick(rng, _CHANNELS)
    return {
        "_id": f"{_PAGE.decode()}{number:04}{rng.getrandbits(56):014x}",
        "date": DAY.isoformat(),
        "utm_medium": medium,
        "utm_source": source,
        "utm_campaign": campaign,
        "utm_term": "",
        "utm_matchtype": None,
        "label": rng.choice(["add-to-cart", "checkout", "newsletter-signup"]),
    }


@dataclass(frozen=True)
class Listing:
    """All rows of one day in pages, each as the inner text of an array in two parts.

    Any number of pages can be served from memory of a fixed size: after the first million
    rows, pages repeat but for their first row.
    """

    rows: int
    page_rows: int
    heads: tuple[bytes, ...]
    rests: tuple[bytes, ...]

    @property
    def pages(self) -> int:
        """Pages with rows."""
        return -(-self.rows // self.page_rows)

    def page(self, index: int) -> tuple[bytes, bytes]:
        """The page's first row, and its other rows after a comma; empty after the end."""
        if not 0 <= index < self.pages:
            return b"", b""
        slot = index % len(self.rests)
        return self.heads[slot].replace(_PAGE, b"%06d" % index), self.rests[slot]


def listing(
    rows: int, page_rows: int, make: Callable[[random.Random, int, float], dict[str, Any]]
) -> Listing:
    """Render a day's rows; the number of rows must fill whole pages, or one."""
    page_rows = min(rows, page_rows)
    if rows % page_rows:
        msg = f"{rows} rows do not fill pages of {page_rows}"
        raise ValueError(msg)
    rng = random.Random(_SEED)  # noqa: S311  benchmarks need rows, not secrets
    templates = [_template(rng, make, page_rows, part) for part in range(_TEMPLATES)]
    heads, rests = [], []
    for index in range(min(rows, _RENDERED_ROWS) // page_rows):
        head, rest = templates[index % _TEMPLATES]
        heads.append(head)
        rests.append(rest.replace(_PAGE, b"%06d" % index))
    return Listing(rows, page_rows, tuple(heads), tuple(rests))


def _template(
    rng: random.Random,
    make: Callable[[random.Random, int, float], dict[str, Any]],
    page_rows: int,
    part: int,
) -> tuple[bytes, bytes]:
    span = 86_400 / _TEMPLATES
    rows = [make(rng, n, span * (part + n / page_rows)) for n in range(page_rows)]
    first, *others = [json.dumps(row, separators=(",", ":")).encode() for row in rows]
    return first, b"".join(b"," + row for row in others)


def days(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`."""
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def on_day(text: bytes, day: date) -> bytes:
    """Rendered rows, moved to another day."""
    return text.replace(DAY.isoformat().encode(), day.isoformat().encode())
