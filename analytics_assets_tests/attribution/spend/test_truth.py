"""What the sandbox's shop really spent."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import dagster as dg
import httpx

from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.attribution.shops import install_shops
from analytics_assets.attribution.spend.currency import compute_rates
from analytics_assets.attribution.spend.steps import compute_spend
from analytics_assets.defs.build import build_definitions
from analytics_assets.defs.schedules import range_tags
from analytics_assets.lake.warehouse import open_warehouse

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 4)
ASSETS = [dg.AssetKey(["segmetrics", "report_ads"]), dg.AssetKey(["imports", "ad_spend"])]


def test_spend_is_what_was_spent_to_the_cent(sandbox: dict[str, str]) -> None:
    """A unit mistaken, or a row lost in a join, would be wrong by any factor."""
    job = build_definitions().resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        assert job.execute_in_process(
            asset_selection=ASSETS,
            instance=instance,
            tags=range_tags(FIRST.isoformat(), LAST.isoformat()),
        ).success
    run = Run.of_days(FIRST, LAST, Settings("Europe/Madrid"))
    with open_warehouse(Path(sandbox["ANALYTICS_WAREHOUSE"])) as connection:
        prepare(connection, run)
        install_shops(connection)
        compute_rates(connection)
        connection.execute(
            "CREATE TEMP TABLE computed_touchpoints "
            "(day DATE, shop VARCHAR, source VARCHAR, medium VARCHAR, campaign VARCHAR, "
            "channel VARCHAR)"
        )
        compute_spend(connection, run)
        found = connection.execute(
            "SELECT day::VARCHAR, campaign, ad_id, spend_minor, clicks, impressions "
            "FROM computed_spend ORDER BY ALL"
        ).fetchall()
    address = urlsplit(sandbox["SEGMETRICS_API_BASE_URL"])
    truth = httpx.get(
        f"{address.scheme}://{address.netloc}/truth/spend",
        params={"start": FIRST.isoformat(), "end": LAST.isoformat()},
    ).json()["spend"]
    columns = ("day", "campaign", "ad_id", "spend_minor", "clicks", "impressions")
    assert found == sorted(tuple(row[column] for column in columns) for row in truth)
    assert len({row["day"] for row in truth}) == 3
