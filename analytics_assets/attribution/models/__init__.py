"""Attribution models as pure functions on tables of paths: no Dagster, no database, no client."""

from analytics_assets.attribution.models.heuristics import SUM_TOLERANCE
from analytics_assets.attribution.models.money import allocate_minor
from analytics_assets.attribution.models.paths import UNATTRIBUTED, AttributionInputError
from analytics_assets.attribution.models.tables import HEURISTICS, MODELS, attribute, touch_weights
from analytics_assets.attribution.models.touches import attribute_touches

__all__ = [
    "HEURISTICS",
    "MODELS",
    "SUM_TOLERANCE",
    "UNATTRIBUTED",
    "AttributionInputError",
    "allocate_minor",
    "attribute",
    "attribute_touches",
    "touch_weights",
]
