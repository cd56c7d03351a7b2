"""The cost of the ads. Clicks follow from the visits they brought; some spend brings none."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from analytics_assets.sandbox.traffic import ADS, Ad

if TYPE_CHECKING:
    from datetime import date

    from analytics_assets.sandbox.world import World

_IDLE_CLICKS = 3
_CLICKS_PER_VISIT = 1.18


class AdDay(NamedTuple):
    """One ad on one day. Spend is in minor units of euro."""

    day: date
    ad: Ad
    spend_minor: int
    clicks: int
    impressions: int


def ad_days(world: World, day: date) -> list[AdDay]:
    """All ads on a local day; nothing on a day that does not exist."""
    if not world.start <= day <= world.end:
        return []
    visits = Counter(
        session.touch.ad.ad_id
        for session in world.day(day).sessions
        if session.touch.ad is not None
    )
    rows = []
    for ad in ADS:
        noise = world.chance("clicks", day, ad.ad_id)
        idle = round(_IDLE_CLICKS * world.scale * noise)
        clicks = round(visits[ad.ad_id] * _CLICKS_PER_VISIT) + idle
        price = 0.8 + 0.4 * world.chance("price", day, ad.ad_id)
        wasted = 0.7 + 0.6 * world.chance("impressions", day, ad.ad_id)
        impressions = round((clicks + 1) / ad.click_rate * wasted)
        spend_minor = round(clicks * ad.click_cost_minor * price) + round(impressions * 0.05)
        rows.append(AdDay(day, ad, spend_minor, clicks, impressions))
    return rows
