"""The weight of every touch under every model, and the money that goes with it, to the unit.

Heuristics, the user's own weights and Shapley's sum game split each path by itself. Markov credit
is the allocation over the paths' own touches that adds up to `model_fits` per month, conversion
type and channel. Conversions and revenue are allocated separately; what no allocation reaches is a
line of its own for each channel, without a conversion.

Gross and net are each split by the same weights with the largest-remainder method, so that a full
refund leaves nothing anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from analytics_assets.attribution.credit.fits import path_transforms, settings_errors
from analytics_assets.attribution.engine.compute import keep
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.attribution.models import (
    UNATTRIBUTED,
    allocate,
    allocate_minor,
    touch_weights,
)
from analytics_assets.attribution.models.paths import Floats, Integers

_MONEY = ("revenue_minor", "net_minor", "base_revenue_minor", "base_net_minor")
_NO_TOUCH = ("conversion_id", "touch_id", "source", "medium", "campaign")
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
        1 AS conversions,
        coalesce(base_revenue_minor, 0)::DOUBLE AS revenue,
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
_TOTALS = """
    SELECT channel, conversions, revenue
    FROM computed_model_fits
    WHERE day = $month AND conversion_type = $conversion_type AND shop = $shop AND model = 'markov'
    ORDER BY channel
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
    """Create `computed_credits`.

    grain: One row per conversion, model and touch that weighs something, under the day of the
        conversion; and one per month, type and channel whose Markov total the paths miss.
    notes: Where no touch does, because there is none or a transform took them all, the conversion
        is one row `(unattributed)` without a touch.
    reads: computed_conversions, computed_model_fits, computed_paths, path_touches
    columns:
        day DATE: Day in the analytics time zone.
        conversion_id VARCHAR: The conversion; null in the line of a channel whose Markov total no
            credit for the touches of the paths reaches: the total less the credit, under the first
            day of the month. These lines sum to 0.
        conversion_type VARCHAR: Its type.
        touch_id VARCHAR: The touch; null in `(unattributed)` and without a conversion.
        model VARCHAR: The model.
        channel VARCHAR: The touch's channel, or `(unattributed)`.
        source VARCHAR: Its source.
        medium VARCHAR: Its medium.
        campaign VARCHAR: Its campaign.
        weight DOUBLE: Its part of the conversion, from 0; those of a conversion and model sum to 1.
        currency VARCHAR: The conversion's currency (ISO 4217).
        revenue_minor BIGINT: Its part of the gross revenue, in minor units.
        net_minor BIGINT: Its part of what is left after refunds.
        base_revenue_minor BIGINT: The gross part in the base currency.
        base_net_minor BIGINT: The net part in the base currency.
        shop VARCHAR: The shop, as `[shops]` names it or by its domain; `(unknown)` where no vendor
            says which.
    totals:
        conversions: count(DISTINCT conversion_id)
    invariants:
        weights_sum_to_one (blocks): The weights of a conversion sum to 1 in every model, and no
            conversion is left out of any.
        money_to_the_cent (blocks): A model's gross and net money, in both currencies, is that of
            the conversions, conversion by conversion.
        credits_are_the_model (blocks): The credit of each channel under Markov and Shapley adds up
            to the model's total in `model_fits`, per month, shop and conversion type.
    lineage:
        day: computed_paths.day
        conversion_id: computed_paths.conversion_id
        conversion_type: computed_paths.conversion_type
        touch_id: path_touches.touch_id
        channel: path_touches.channel
        source: path_touches.source
        medium: path_touches.medium
        campaign: path_touches.campaign
        weight: computed_paths.channels, computed_paths.ages_hours, computed_paths.lead_age_hours,
            computed_paths.opportunity_age_hours, computed_model_fits.conversions,
            computed_model_fits.revenue
        currency: computed_conversions.currency
        revenue_minor: computed_conversions.revenue_minor, computed_credits.weight
        net_minor: computed_conversions.net_minor, computed_credits.weight
        base_revenue_minor: computed_conversions.base_revenue_minor, computed_credits.weight
        base_net_minor: computed_conversions.base_revenue_minor,
            computed_conversions.refunded_minor, computed_conversions.rate_to_base,
            computed_credits.weight
        shop: computed_paths.shop
    """
    groups = connection.execute(_GROUPS).fetchall()
    tables = [
        table
        for month, kind, shop in groups
        for table in _credits(
            connection,
            {"month": month, "conversion_type": kind, "shop": shop},
            run.settings,
        )
    ]
    keep(connection, "credits", _SCHEMA, tables)


def _credits(
    connection: duckdb.DuckDBPyConnection, group: dict[str, Any], settings: Settings
) -> Iterator[pa.Table]:
    """The rows of each model, of the conversions of one shop, month and type."""
    chosen, currency = settings.attribution, settings.currency.strip().upper()
    paths = connection.sql(_PATHS, params=group).to_arrow_table()
    touches = connection.sql(_TOUCHES, params=group).to_arrow_table()
    options: dict[str, Any] = {
        "transforms": path_transforms(chosen),
        "lookback_touches": chosen.lookback_touches,
    }
    with settings_errors():
        weights = touch_weights(
            paths,
            [model for model in chosen.models if model != "markov"],
            custom=chosen.weights,
            half_life_hours=24 * chosen.half_life_days,
            **options,
        )
        lengths = np.bincount(weights["path"].to_numpy(), minlength=len(paths))
        for model in chosen.model_names:
            if model == "markov":
                totals = connection.sql(_TOTALS, params=group).to_arrow_table()
                both, residual = allocate(paths, totals, **options)
                shares = (both["conversions"].to_numpy(), both["revenue"].to_numpy())
                yield _residual_credits(residual, paths, group, currency)
            else:
                shares = (weights[model].to_numpy(),) * 2
            yield _model_credits(model, paths, touches, lengths, *shares)


def _model_credits(  # noqa: PLR0913, PLR0917
    model: str,
    paths: pa.Table,
    touches: pa.Table,
    lengths: Integers,
    weights: Floats,
    revenue_weights: Floats,
) -> pa.Table:
    """The rows of one model. Every path has one place more, for what no touch weighs."""
    ends = np.cumsum(lengths)
    owners = np.repeat(np.arange(len(paths)), lengths)
    unattributed = (np.bincount(owners, weights, len(paths)) == 0).astype(np.float64)
    parts = np.insert(weights, ends, unattributed)
    shares = np.insert(revenue_weights, ends, unattributed)
    places = np.insert(np.arange(len(touches)), ends, -1)
    offsets = np.concatenate(([0], ends + np.arange(1, len(paths) + 1)))
    money = {name: allocate_minor(paths[name].to_numpy(), shares, offsets) for name in _MONEY}
    kept = np.flatnonzero((parts > 0) | np.any([part != 0 for part in money.values()], axis=0))
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


def _residual_credits(
    residual: pa.Table, paths: pa.Table, group: dict[str, Any], currency: str
) -> pa.Table:
    """A line for each channel whose Markov total no allocation reaches: it adds to 0 in all.

    Money is in the base currency, net in proportion to the net of all conversions of the group.
    """
    rows = len(residual)
    gross = _zero_sum(residual["revenue"].to_numpy())
    totals = [sum(paths[name].to_pylist()) for name in ("base_net_minor", "base_revenue_minor")]
    net = _zero_sum(gross * (totals[0] / totals[1] if totals[1] else 0.0))
    money = {name: net if "net" in name else gross for name in _MONEY}
    return (
        pa.table(
            {
                "day": [group["month"]] * rows,
                "conversion_type": [group["conversion_type"]] * rows,
                "model": ["markov"] * rows,
                "shop": [group["shop"]] * rows,
                "channel": residual["channel"],
                "weight": residual["conversions"],
                "currency": [currency] * rows,
                **money,
                **{name: [None] * rows for name in _NO_TOUCH},
            }
        )
        .select(_SCHEMA.names)
        .cast(_SCHEMA)
    )


def _zero_sum(amounts: Floats) -> Integers:
    """Amounts that sum to 0, rounded to whole units that sum to 0."""
    gains, losses = np.maximum(amounts, 0), np.maximum(-amounts, 0)
    whole = round(gains.sum()) if losses.any() and gains.any() else 0
    if not whole:
        return np.zeros(len(amounts), np.int64)
    return allocate_minor(whole, gains) - allocate_minor(whole, losses)
