"""Attribution models as pure functions on tables of paths; imports nothing else of the platform."""

from analytics_assets.attribution.models.allocation import Allocation, allocate
from analytics_assets.attribution.models.api import (
    attribute,
    attribute_touches,
    touch_weights,
)
from analytics_assets.attribution.models.heuristics import SUM_TOLERANCE
from analytics_assets.attribution.models.money import allocate_minor
from analytics_assets.attribution.models.paths import UNATTRIBUTED, AttributionInputError
from analytics_assets.attribution.models.totals import HEURISTICS, MODELS

__all__ = [
    "HEURISTICS",
    "MODELS",
    "SUM_TOLERANCE",
    "UNATTRIBUTED",
    "Allocation",
    "AttributionInputError",
    "allocate",
    "allocate_minor",
    "attribute",
    "attribute_touches",
    "touch_weights",
]
