"""The weight of every touch under every model, and the money that goes with it, to the unit.

Heuristics and the user's own weights look at one path alone. The data-driven models weigh a touch
by its channel's fitted effect of that month and conversion type, normalised in its path: what a
month's channels get here and in `model_fits` differs by definition. Gross and net are each split by
the same weights with the largest-remainder method, so that a full refund leaves nothing anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from analytics_assets.attribution.credit.fits import path_transforms
from analytics_assets.attribution.engine.compute import keep
from analytics_assets.attribution.engine.run import Run
from analytics_assets.attribution.models import (
    HEURISTICS,
    UNATTRIBUTED,
    allocate_minor,
    touch_weights,
)
from analytics_assets.attribution.models.paths import Floats, Integers
from analytics_assets.settings import Attribution

_MONEY = ("revenue_minor", "net_minor", "base_revenue_minor", "base_net_minor")
_GROUPS = """
    SELECT DISTINCT date_trunc('month', day)::DATE AS month, conversion_type, shop
    FROM computed_paths
    WHERE conversion_id IS NOT NULL
    ORDER BY ALL
"""
_PATHS = """
    SELECT
        paths.day,
        paths.shop,
        paths.conversion_id,
        paths.conversion_type,
        channels AS path,
        ages_hours AS ages,
        lead_age_hours AS lead_age,
        opportunity_age_hours AS opportunity_age,
        currency,
        coalesce(revenue_minor, 0) AS revenue_minor,
        coalesce(net_minor, 0) AS net_minor,
        coalesce(base_revenue_minor, 0) AS base_revenue_minor,
        coalesce(base_revenue_minor, 0)
            - round(coalesce(refunded_minor, 0) * coalesce(rate_to_base, 1))::BIGINT
            AS base_net_minor
    FROM computed_paths AS paths
    INNER JOIN computed_conversions USING (conversion_id)
    WHERE date_trunc('month', paths.day) = $month
        AND paths.conversion_type = $conversion_type
        AND paths.shop = $shop
    ORDER BY path_id
"""
_TOUCHES = """
    SELECT touch_id, channel, source, medium, campaign
    FROM path_touches
    WHERE conversion_id IS NOT NULL
        AND touch_id IS NOT NULL
        AND date_trunc('month', day) = $month
        AND conversion_type = $conversion_type
        AND shop = $shop
    ORDER BY path_id, touched_at, vendor, touch_id
"""
_EFFECTS = """
    SELECT model, map(list(channel), list(effect))
    FROM computed_model_fits
    WHERE day = $month AND conversion_type = $conversion_type AND shop = $shop
    GROUP BY model
"""
_SCHEMA = pa.schema(
    {
        "day": pa.date32(),
        "conversion_id": pa.string(),
        "conversion_type": pa.string(),
        "touch_id": pa.string(),
        "model": pa.string(),
        "channel": pa.string(),
        "source": pa.string(),
        "medium": pa.string(),
        "campaign": pa.string(),
        "weight": pa.float64(),
        "currency": pa.string(),
        **dict.fromkeys(_MONEY, pa.int64()),
        "shop": pa.string(),
    }
)


def compute_credits(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create `computed_credits`: a row for each conversion, model and touch that weighs something.

    Where no touch does, because there is none or a transform took them all, the conversion is one
    row `(unattributed)` without a touch.
    """
    groups = connection.execute(_GROUPS).fetchall()
    tables = [
        table
        for month, kind, shop in groups
        for table in _credits(
            connection,
            {"month": month, "conversion_type": kind, "shop": shop},
            run.settings.attribution,
        )
    ]
    keep(connection, "credits", _SCHEMA, tables)


def _credits(
    connection: duckdb.DuckDBPyConnection, group: dict[str, Any], chosen: Attribution
) -> Iterator[pa.Table]:
    """A table for each model, of the conversions of one shop, month and type."""
    paths = connection.sql(_PATHS, params=group).to_arrow_table()
    touches = connection.sql(_TOUCHES, params=group).to_arrow_table()
    effects = {
        model: dict(found) for model, found in connection.execute(_EFFECTS, group).fetchall()
    }
    weights = touch_weights(
        paths,
        [model for model in chosen.models if model in HEURISTICS],
        custom=chosen.weights,
        effects={
            model: effects.get(model, {}) for model in chosen.models if model not in HEURISTICS
        },
        transforms=path_transforms(chosen),
        lookback_touches=chosen.lookback_touches,
    )
    lengths = np.bincount(weights["path"].to_numpy(), minlength=len(paths))
    for model in chosen.model_names:
        yield _model_credits(model, paths, touches, lengths, weights[model].to_numpy())


def _model_credits(
    model: str, paths: pa.Table, touches: pa.Table, lengths: Integers, weights: Floats
) -> pa.Table:
    """The rows of one model. Every path has one place more, for what no touch weighs."""
    ends = np.cumsum(lengths)
    owners = np.repeat(np.arange(len(paths)), lengths)
    unattributed = np.bincount(owners, weights, len(paths)) == 0
    parts = np.insert(weights, ends, unattributed.astype(np.float64))
    places = np.insert(np.arange(len(touches)), ends, -1)
    offsets = np.concatenate(([0], ends + np.arange(1, len(paths) + 1)))
    money = {name: allocate_minor(paths[name].to_numpy(), parts, offsets) for name in _MONEY}
    kept = np.flatnonzero(parts > 0)
    rows = np.repeat(np.arange(len(paths)), lengths + 1)[kept]
    touched = touches.take(pa.array(places[kept], mask=places[kept] < 0))
    return pa.table(
        {
            **{name: paths[name].take(rows) for name in ("day", "conversion_id")},
            "conversion_type": paths["conversion_type"].take(rows),
            "touch_id": touched["touch_id"],
            "model": [model] * len(kept),
            "channel": touched["channel"].fill_null(UNATTRIBUTED),
            **{name: touched[name] for name in ("source", "medium", "campaign")},
            "weight": parts[kept],
            "currency": paths["currency"].take(rows),
            **{name: amounts[kept] for name, amounts in money.items()},
            "shop": paths["shop"].take(rows),
        },
        schema=_SCHEMA,
    )
