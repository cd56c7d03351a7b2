"""The scores of an attributed nasty world against its truth.

Only the published tables are read, and the truth that the sandbox serves. A record of the platform
and one of the truth are the same where they have the same name: the vendor's id where it is unique,
else the instant, which no two records of one source and site share in these worlds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.identity import IdentityScore, score_identities
from benchmarks.matching import MatchingScore, score_matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_assets_tests.attribution.nasty_world import NastyWorld

Row = dict[str, Any]
_NAMED_BY_INSTANT = {"sealmetrics": "milliseconds", "segmetrics": "seconds"}
_UNKNOWN = "before the first day"
_SHARES = {
    "credits": "SELECT model, channel, sum(weight) AS part FROM attribution.credits "
    "WHERE conversion_type = 'purchase' GROUP BY ALL",
    "model_fits": "SELECT model, channel, sum(conversions) AS part FROM attribution.model_fits "
    "WHERE conversion_type = 'purchase' GROUP BY ALL",
}
_TRACKERS = ("session_story", "wemasy", "segmetrics")


@dataclass(frozen=True)
class LastTouch:
    """Purchases whose last visit came from somewhere.

    Attributes:
        scored: how many the platform knows.
        right: of these, those whose last touch is that visit.
    """

    scored: int
    right: int

    @property
    def share(self) -> float:
        """The share that is right."""
        return self.right / self.scored if self.scored else 0.0


@dataclass(frozen=True)
class Revenue:
    """Money in minor units of one currency, of a vendor's records or of all conversions.

    Attributes:
        name: the source of the records, or `conversions`; and the currency.
        found: the sum in the platform's table.
        real: the sum in the truth.
    """

    name: tuple[str, str]
    found: int
    real: int


@dataclass(frozen=True)
class Distance:
    """The total variation between a model's channel shares and the causal ones: 0 is exact.

    Attributes:
        table: `credits`, or `model_fits` for what the model itself gives.
        model: the model.
        value: half of the sum of the absolute differences.
    """

    table: str
    model: str
    value: float


def persons(world: NastyWorld) -> IdentityScore:
    """Pairs of visits and contacts that are one person's."""
    rows = world.rows("SELECT identifier, person_id FROM attribution.identities")
    found = {row["identifier"]: row["person_id"] for row in rows}
    return score_identities(world.truth["sessions"], world.truth["conversions"], found)


def matching(world: NastyWorld) -> MatchingScore:
    """Pairs of records that are one conversion's."""
    rows = world.rows("SELECT * FROM attribution.conversion_matches")
    named = {_name(row): row for row in rows}
    conversions = [
        conversion
        | {
            "records": {
                source: [record | {"id": _real_name(source, record)} for record in records]
                for source, records in conversion["records"].items()
            }
        }
        for conversion in world.truth["conversions"]
    ]
    known = {
        (source, record["id"])
        for conversion in conversions
        for source, records in conversion["records"].items()
        for record in records
    }
    matches = {name: row["conversion_id"] for name, row in named.items() if name in known}
    repeats = {name for name, row in named.items() if row["is_suspected_duplicate"]}
    return score_matches(conversions, matches, frozenset(repeats & known))


def shops(world: NastyWorld) -> float:
    """The share of conversion records that are in the shop that made the sale."""
    domains = {s["storefront"]: s["domain"].removeprefix("www.") for s in world.truth["shops"]}
    real = {
        (source, _real_name(source, record)): domains[conversion["storefront"]]
        for conversion in world.truth["conversions"]
        for source, records in conversion["records"].items()
        for record in records
    }
    rows = world.rows("SELECT * FROM attribution.conversion_matches")
    right = [bool(row["shop"] == real[_name(row)]) for row in rows if _name(row) in real]
    return sum(right) / len(right)


def last_touch(world: NastyWorld) -> LastTouch:
    """How often the last touch of a purchase is the last visit that came from somewhere.

    A purchase counts once for each conversion that the platform makes of it. Where no tracker saw
    the visit, the touch that the purchase's own record shows is right.
    """
    matches = world.rows("SELECT * FROM attribution.conversion_matches")
    matched = {_name(row): row["conversion_id"] for row in matches}
    credited = world.rows("SELECT * FROM attribution.credits WHERE model = 'last_touch'")
    touches = {row["conversion_id"]: row["touch_id"] for row in credited}
    visits = {session["session_id"]: session for session in world.truth["sessions"]}
    found = []
    for conversion in world.truth["conversions"]:
        visit = _last_visit(conversion, visits)
        if visit is not None:
            names = {
                (s, _real_name(s, r)) for s, rows in conversion["records"].items() for r in rows
            }
            ids = {matched.get(name) for name in names} - {None}
            found += [_is_touch(touches.get(name), visit) for name in ids]
    return LastTouch(len(found), sum(found))


def _last_visit(conversion: Row, visits: dict[str, Row]) -> Row | None:
    """The last visit before a purchase, if it came from somewhere and any record shows it."""
    if conversion["type"] != "purchase" or not conversion["credits"]:
        return None
    visit = visits.get(conversion["credits"][-1]["session_id"])
    if visit is None or visit["channel"] == "Direct":
        return None
    is_own = conversion["session_id"] == visit["session_id"]
    pixels = {"sealmetrics", "sealmetrics_legacy"} & set(conversion["records"])
    return visit if _tracked(visit) or (is_own and pixels) else None


def _tracked(visit: Row) -> bool:
    return any(vendor in visit["records"] for vendor in _TRACKERS)


def _is_touch(touch_id: str | None, visit: Row) -> bool:
    is_own = not _tracked(visit) and (touch_id or "").startswith("conversion:")
    return is_own or touch_id in set(_touch_ids(visit))


def revenue(world: NastyWorld) -> list[Revenue]:
    """What each vendor reported, and what was sold once over all vendors."""
    real: defaultdict[tuple[str, str], int] = defaultdict(int)
    for conversion in world.truth["conversions"]:
        currency = conversion["currency"]
        for source, records in conversion["records"].items():
            real[source, currency] += sum(record["revenue_minor"] for record in records)
        if conversion["records"] and not _known_as_unpaid(conversion):
            real["conversions", currency] += conversion.get("gross_minor", 0)
    sums = world.rows(
        """
        SELECT source, currency, sum(revenue_minor)::BIGINT AS minor
        FROM attribution.conversion_matches GROUP BY ALL
        UNION ALL
        SELECT 'conversions', currency, sum(revenue_minor)::BIGINT
        FROM attribution.conversions GROUP BY ALL
        """
    )
    found = {(row["source"], row["currency"]): row["minor"] or 0 for row in sums}
    return [Revenue(name, found.get(name, 0), real[name]) for name in sorted(real) if real[name]]


def distances(world: NastyWorld) -> list[Distance]:
    """Of each model's channel shares of purchases, how far they are from the causal shares."""
    channels = {visit["session_id"]: visit["channel"] for visit in world.truth["sessions"]}
    real: Counter[str] = Counter()
    for conversion in world.truth["conversions"]:
        for credit in conversion["credits"] if conversion["type"] == "purchase" else ():
            real[channels.get(credit["session_id"], _UNKNOWN)] += credit["credit"]
    return [
        Distance(table, model, _total_variation(shares, real))
        for table, sql in _SHARES.items()
        for model, shares in sorted(_by_model(world.rows(sql)).items())
    ]


def _by_model(rows: list[Row]) -> dict[str, Counter[str]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[row["model"]][row["channel"]] += row["part"]
    return found


def _total_variation(one: Counter[str], other: Counter[str]) -> float:
    """Half of the sum of the differences between two shares by channel, as far as known."""
    names = (one.keys() | other.keys()) - {_UNKNOWN, "(unattributed)"}
    sums = [sum(part[name] for name in names) or 1 for part in (one, other)]
    return sum(abs(one[name] / sums[0] - other[name] / sums[1]) for name in names) / 2


def _known_as_unpaid(conversion: Row) -> bool:
    return conversion.get("is_paid") is False and "segmetrics" in conversion["records"]


def _name(row: Row) -> tuple[str, str]:
    """The name of a record in `conversion_matches`."""
    source, _, vendor_id = row["record_id"].split(":", 2)
    precision = _NAMED_BY_INSTANT.get(source)
    if precision is None or vendor_id.startswith("contact:"):
        return source, vendor_id.removeprefix("contact:")
    return source, row["recorded_at"].astimezone(UTC).isoformat(timespec=precision)


def _real_name(source: str, record: Row) -> str:
    """The name of a record in the truth."""
    precision = _NAMED_BY_INSTANT.get(source)
    if precision is None or (source == "segmetrics" and record["order_id"] is None):
        return str(record["id"])
    return datetime.fromisoformat(record["at"]).isoformat(timespec=precision)


def _touch_ids(visit: Row) -> Iterator[str]:
    """The names of a visit's touches, one for each tracker that saw it."""
    for vendor, name in visit["records"].items():
        if vendor == "segmetrics":
            began = datetime.fromisoformat(visit["started_at"]).replace(microsecond=0)
            yield f"{vendor}:{name}@{round(began.timestamp() * 1000)}"
        else:
            yield f"{vendor}:{name}"
