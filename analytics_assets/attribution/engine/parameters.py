"""Every parameter of the SQL files, and how it is bound from a run.

A parameter is a DuckDB session variable; SQL reads it with `getvariable`. They are set here and
nowhere else, all of them for each run, so that no step reads what another one has set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import duckdb

from analytics_assets.attribution.channels.sources import (
    own_aliases,
    passage_pattern,
    source_aliases,
    source_categories,
)
from analytics_assets.attribution.engine.run import TAG_DAYS, Run
from analytics_assets.attribution.models import SUM_TOLERANCE
from analytics_assets.keys import minor_digits
from analytics_assets.settings.shops import MAIN_SHOP, UNKNOWN_SHOP


class Parameter(NamedTuple):
    """A parameter: its DuckDB type, and its value for a run."""

    type: str
    value: Callable[[Run], object]


def as_map(values: Mapping[Any, object]) -> dict[str, list[object]]:
    """A map as DuckDB takes it."""
    return {"key": list(values), "value": list(values.values())}


def _minor_units(run: Run) -> int:
    """How many of its smallest unit are one of the base currency (ISO 4217): all money is in it."""
    return int(10 ** minor_digits(run.settings.currency.strip().upper()))


def _lower(names: Iterable[str]) -> list[str]:
    return [name.strip().lower() for name in names]


_DAYS = {
    "first_day": Parameter("DATE", lambda run: run.computed.first),
    "last_day": Parameter("DATE", lambda run: run.computed.last),
    "read_first_day": Parameter("DATE", lambda run: run.read.first),
    "read_last_day": Parameter("DATE", lambda run: run.read.last),
    "published_days": Parameter("DATE[]", lambda run: run.published),
    "known_days": Parameter("DATE[]", lambda run: run.known_days),
    "lookback_days": Parameter("INTEGER", lambda run: run.settings.lookback_days),
    "timezone": Parameter("VARCHAR", lambda run: run.settings.timezone),
}
_MONEY = {
    "currency": Parameter("VARCHAR", lambda run: run.settings.currency.strip().upper()),
    "rate_age_days": Parameter("INTEGER", lambda run: run.settings.rate_age_days),
    "minor_units_per_major": Parameter("INTEGER", _minor_units),
    "minor_units_per_segmetrics_amount": Parameter(
        "INTEGER",
        lambda run: _minor_units(run) if run.settings.segmetrics_amounts == "major" else 1,
    ),
    "subscription_amounts": Parameter("VARCHAR", lambda run: run.settings.subscription_amounts),
    "tag_days": Parameter("INTEGER", lambda _: TAG_DAYS),
}
_RECONCILIATION = {
    "reference_vendor": Parameter("VARCHAR", lambda run: run.settings.reference_vendor),
    "count_tolerance": Parameter("DECIMAL(9,6)", lambda run: run.settings.count_tolerance),
    "revenue_tolerance": Parameter("DECIMAL(9,6)", lambda run: run.settings.revenue_tolerance),
}
_CHANNELS = {
    "own_source_aliases": Parameter(
        "MAP(VARCHAR, VARCHAR)", lambda run: as_map(own_aliases(run.settings.channels))
    ),
    "source_aliases": Parameter("MAP(VARCHAR, VARCHAR)", lambda _: as_map(source_aliases())),
    "source_categories": Parameter("MAP(VARCHAR, VARCHAR)", lambda _: as_map(source_categories())),
    "passage_pattern": Parameter("VARCHAR", lambda run: passage_pattern(run.settings.channels)),
}
_PERSONS = {
    "excluded_links": Parameter(
        "VARCHAR[][]", lambda run: [sorted(pair) for pair in run.settings.identities.exclude]
    ),
    "ignored_identifiers": Parameter("VARCHAR[]", lambda run: run.settings.identities.ignore),
    "max_links": Parameter(
        "MAP(VARCHAR, BIGINT)", lambda run: as_map(run.settings.identities.max_links)
    ),
    "max_persons_per_device": Parameter(
        "INTEGER", lambda run: run.settings.identities.max_persons_per_device
    ),
}
_MATCHING = {
    "event_types": Parameter(
        "VARCHAR[]",
        lambda run: _lower([*run.settings.matching.event_types, *run.settings.conversions.goals]),
    ),
    "conversion_kinds": Parameter(
        "MAP(VARCHAR, VARCHAR)",
        lambda run: {
            "key": _lower(run.settings.conversions.kinds),
            "value": list(run.settings.conversions.kinds.values()),
        },
    ),
    "match_threshold": Parameter("DOUBLE", lambda run: float(run.settings.matching.threshold)),
    "steps": Parameter(
        "VARCHAR[]",
        lambda run: [name.replace("_", "-") for name in _lower(run.settings.matching.steps)],
    ),
}
_CREDIT = {
    "window_days": Parameter(
        "MAP(VARCHAR, INTEGER)", lambda run: as_map(run.settings.attribution.window_days)
    ),
    "default_window_days": Parameter(
        "INTEGER", lambda run: run.settings.attribution.default_window_days
    ),
    "cut_at_previous": Parameter("VARCHAR", lambda run: run.settings.attribution.cut_at_previous),
    "same_visit_minutes": Parameter(
        "INTEGER", lambda run: run.settings.attribution.same_visit_minutes
    ),
    "fitted_types": Parameter("VARCHAR[]", lambda run: run.settings.attribution.fitted_types),
    "goal_types": Parameter("VARCHAR[]", lambda run: run.settings.attribution.goal_types),
    "lead_type": Parameter("VARCHAR", lambda run: run.settings.attribution.lead_type),
    "opportunity_type": Parameter("VARCHAR", lambda run: run.settings.attribution.opportunity_type),
    "sum_tolerance": Parameter("DOUBLE", lambda _: SUM_TOLERANCE),
    "models": Parameter("VARCHAR[]", lambda run: run.settings.attribution.model_names),
}
_SHOPS = {
    "main_shop": Parameter("VARCHAR", lambda _: MAIN_SHOP),
    "unknown_shop": Parameter("VARCHAR", lambda _: UNKNOWN_SHOP),
    "mapped_vendors": Parameter("VARCHAR[]", lambda run: run.settings.shops.tenants.vendors),
    "mapped_tenants": Parameter("VARCHAR[]", lambda run: run.settings.shops.tenants.tenants),
    "mapped_shops": Parameter("VARCHAR[]", lambda run: run.settings.shops.tenants.shops),
    "mapped_hosts": Parameter("VARCHAR[]", lambda run: list(run.settings.shops.domains)),
    "shops_of_hosts": Parameter("VARCHAR[]", lambda run: list(run.settings.shops.domains.values())),
}
PARAMETERS: Mapping[str, Parameter] = {
    **_DAYS,
    **_MONEY,
    **_RECONCILIATION,
    **_CHANNELS,
    **_PERSONS,
    **_MATCHING,
    **_CREDIT,
    **_SHOPS,
}
"""Every parameter that depends on the run."""
SHOPS_FOUND = {
    "shop_of_tenant": "MAP(VARCHAR, VARCHAR)",
    "shop_of_host": "MAP(VARCHAR, VARCHAR)",
    "shop_hosts": "VARCHAR",
    "shop_names": "VARCHAR[]",
    "only_shop": "VARCHAR",
    "own_sites": "MAP(VARCHAR, DATE)",
}
"""Parameters that the tenants of the lake decide, and their types."""


def bind(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Set every parameter of the SQL files for a run; the connection may be read-only."""
    for name, parameter in PARAMETERS.items():
        value = parameter.value(run)
        connection.execute(
            f"SET VARIABLE {name} = CAST(? AS {parameter.type})",
            [list(value) if isinstance(value, tuple) else value],
        )


def bind_shops(connection: duckdb.DuckDBPyConnection, values: Mapping[str, object]) -> None:
    """Set the parameters that the lake decides; `values` has one for each of `SHOPS_FOUND`."""
    for name, kind in SHOPS_FOUND.items():
        connection.execute(f"SET VARIABLE {name} = CAST(? AS {kind})", [values[name]])
