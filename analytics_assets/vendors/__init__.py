"""The vendors: a folder each with the same files, and this one list of them.

`client.py` is plain Python over HTTP, `models.py` says what a row is, `endpoints.py` declares what
is asked for, `resource.py` says how the vendor is reached.
"""

from __future__ import annotations

from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.ingest.declare import Vendor
from analytics_assets.vendors.sealmetrics.endpoints import VENDOR as SEALMETRICS
from analytics_assets.vendors.sealmetrics.resource import SealMetricsResource
from analytics_assets.vendors.sealmetrics_legacy.endpoints import VENDOR as SEALMETRICS_LEGACY
from analytics_assets.vendors.sealmetrics_legacy.resource import SealMetricsLegacyResource
from analytics_assets.vendors.segmetrics.endpoints import VENDOR as SEGMETRICS
from analytics_assets.vendors.segmetrics.resource import SegMetricsResource
from analytics_assets.vendors.session_story.endpoints import VENDOR as SESSION_STORY
from analytics_assets.vendors.session_story.resource import SessionStoryResource
from analytics_assets.vendors.wemasy.endpoints import VENDOR as WEMASY
from analytics_assets.vendors.wemasy.resource import WemasyResource

VENDORS: tuple[tuple[Vendor, type[VendorConnection]], ...] = (
    (SEALMETRICS, SealMetricsResource),
    (SEALMETRICS_LEGACY, SealMetricsLegacyResource),
    (WEMASY, WemasyResource),
    (SESSION_STORY, SessionStoryResource),
    (SEGMETRICS, SegMetricsResource),
)
