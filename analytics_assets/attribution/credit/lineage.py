"""Which columns the columns of paths and credits come from, where no SQL file says it."""

from __future__ import annotations

from collections.abc import Mapping

_TOUCHPOINTS = "attribution.touchpoints"
_CONVERSIONS = "attribution.conversions"
_PATHS = "attribution.paths"
_WEIGHED_BY = (
    f"{_PATHS}.channels",
    f"{_PATHS}.ages_hours",
    f"{_PATHS}.lead_age_hours",
    f"{_PATHS}.opportunity_age_hours",
    "attribution.model_fits.conversions",
    "attribution.model_fits.revenue",
)

PATHS_LINEAGE: Mapping[str, tuple[str, ...]] = {
    "path_id": (f"{_CONVERSIONS}.conversion_id", f"{_TOUCHPOINTS}.touch_id"),
    "conversion_id": (f"{_CONVERSIONS}.conversion_id",),
    "person_id": (f"{_CONVERSIONS}.person_id", f"{_TOUCHPOINTS}.person_id"),
    "conversion_type": (f"{_CONVERSIONS}.conversion_type",),
    "ended_at": (f"{_CONVERSIONS}.converted_at", f"{_TOUCHPOINTS}.touched_at"),
    "touches": (f"{_TOUCHPOINTS}.touch_id", f"{_CONVERSIONS}.conversion_id"),
    "channels": (f"{_TOUCHPOINTS}.channel", f"{_CONVERSIONS}.channel"),
    "ages_hours": (f"{_TOUCHPOINTS}.touched_at", f"{_CONVERSIONS}.converted_at"),
    "touch_count": (f"{_TOUCHPOINTS}.touch_id",),
    "lead_age_hours": (f"{_CONVERSIONS}.converted_at", f"{_CONVERSIONS}.conversion_type"),
    "shop": (f"{_CONVERSIONS}.shop", f"{_TOUCHPOINTS}.shop"),
    "opportunity_age_hours": (
        f"{_CONVERSIONS}.converted_at",
        f"{_CONVERSIONS}.conversion_type",
    ),
}
"""Of `paths`."""

FITS_LINEAGE: Mapping[str, tuple[str, ...]] = {
    "conversion_type": (f"{_PATHS}.conversion_type",),
    "model": (),
    "options": (),
    "channel": (f"{_PATHS}.channels",),
    "effect": (f"{_PATHS}.channels", f"{_PATHS}.conversion_id"),
    "conversions": (f"{_PATHS}.channels", f"{_PATHS}.conversion_id"),
    "revenue": (f"{_PATHS}.channels", f"{_CONVERSIONS}.base_revenue_minor"),
    "shop": (f"{_PATHS}.shop",),
}
"""Of `model_fits`."""

CREDITS_LINEAGE: Mapping[str, tuple[str, ...]] = {
    "conversion_id": (f"{_PATHS}.conversion_id",),
    "conversion_type": (f"{_PATHS}.conversion_type",),
    "touch_id": (f"{_PATHS}.touches",),
    "model": (),
    **{
        name: (f"{_TOUCHPOINTS}.{name}", f"{_CONVERSIONS}.{name}")
        for name in ("channel", "source", "medium", "campaign")
    },
    "weight": _WEIGHED_BY,
    "currency": (f"{_CONVERSIONS}.currency",),
    "shop": (f"{_PATHS}.shop",),
    "revenue_minor": (f"{_CONVERSIONS}.revenue_minor", *_WEIGHED_BY),
    "net_minor": (f"{_CONVERSIONS}.net_minor", *_WEIGHED_BY),
    "base_revenue_minor": (f"{_CONVERSIONS}.base_revenue_minor", *_WEIGHED_BY),
    "base_net_minor": (
        f"{_CONVERSIONS}.base_revenue_minor",
        f"{_CONVERSIONS}.refunded_minor",
        f"{_CONVERSIONS}.rate_to_base",
        *_WEIGHED_BY,
    ),
}
"""Of `credits`."""
