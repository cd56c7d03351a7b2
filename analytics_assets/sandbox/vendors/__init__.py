"""The five vendor APIs."""

from __future__ import annotations

from analytics_assets.sandbox.vendors.sealmetrics.api import SealMetrics
from analytics_assets.sandbox.vendors.sealmetrics_legacy.api import SealMetricsLegacy
from analytics_assets.sandbox.vendors.segmetrics.api import SegMetrics
from analytics_assets.sandbox.vendors.session_story.api import SessionStory
from analytics_assets.sandbox.vendors.wemasy.api import Wemasy

VENDORS = (SealMetrics, SealMetricsLegacy, Wemasy, SessionStory, SegMetrics)
