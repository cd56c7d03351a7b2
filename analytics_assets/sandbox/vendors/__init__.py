"""The five vendor APIs."""

from __future__ import annotations

from analytics_assets.sandbox.vendors.sealmetrics import SealMetrics
from analytics_assets.sandbox.vendors.sealmetrics_legacy import SealMetricsLegacy
from analytics_assets.sandbox.vendors.segmetrics import SegMetrics
from analytics_assets.sandbox.vendors.session_story import SessionStory
from analytics_assets.sandbox.vendors.wemasy import Wemasy

VENDORS = (SealMetrics, SealMetricsLegacy, Wemasy, SessionStory, SegMetrics)
