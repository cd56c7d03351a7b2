"""The user interface in a real browser, on a shop with two weeks of days, one of them failed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Page, Route, expect, sync_playwright

from analytics_assets.sandbox_process import printed_environment
from analytics_assets.variables import VARIABLES
from analytics_assets_tests.live.programs import Web, deployed

CHROMIUM = shutil.which("chromium")
DAYS = 14
BROKEN = ("sealmetrics_legacy", "acquisition")
_SLOWEST_PAGE_MS = 60_000
_DRAWN_MS = 3_000  # the graph is laid out after its names are there

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demo leaves behind, with a vendor that fails on one day."""
    folder = tmp_path_factory.mktemp("shop")
    broken = datetime.now(UTC).date() - timedelta(DAYS // 2)
    options = ["--days", str(DAYS), "--faults", f"500:{BROKEN[0]}/{broken:%Y%m%d}:*"]
    ended = subprocess.run(
        [sys.executable, "-m", "analytics_assets.cli", "demo", *options],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if k not in VARIABLES and k != "DAGSTER_HOME"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1, ended.stdout
    assert "failed" in ended.stdout
    return folder


@pytest.fixture(scope="module")
def web(shop: Path) -> Iterator[Web]:
    """A deployment on it; the vendors are not asked any more."""
    files = partial(SimpleHTTPRequestHandler, directory=shop / "data" / "sandbox")
    with ThreadingHTTPServer(("127.0.0.1", 0), files) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield from deployment(shop, f"http://127.0.0.1:{server.server_port}/lineage.html")
        server.shutdown()


def deployment(shop: Path, lineage_url: str) -> Iterator[Web]:
    """The programs, with a lineage page that a server of the user's own serves."""
    home = shop / "data" / "sandbox"
    environment = {
        **printed_environment("--port", "9"),
        "ANALYTICS_LINEAGE_URL": lineage_url,
        "ANALYTICS_LAKE": str(home / "lake"),
        "ANALYTICS_WAREHOUSE": str(home / "warehouse.duckdb"),
        "DAGSTER_HOME": str(home / "dagster"),
    }
    with deployed(environment, shop) as (web, programs):
        viewers = programs.web("viewers")
        may = viewers.ask("{permissions{permission value}}")["permissions"]
        assert may
        assert not [one["permission"] for one in may if one["value"]], "viewers may change things"
        yield web


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of Debian's browser, which reaches this machine only."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1360, "height": 820})
        context.set_default_timeout(_SLOWEST_PAGE_MS)
        expect.set_options(timeout=_SLOWEST_PAGE_MS)
        page = context.new_page()
        page.route("**/*", _this_machine_only)
        yield page
        browser.close()


def _this_machine_only(route: Route) -> None:
    url = route.request.url
    local = url.startswith(("http://127.0.0.1:", "file:", "data:", "blob:"))
    route.continue_() if local else route.abort()


def shoot(page: Page, path: Path) -> None:
    """Save what is in sight, once it is drawn."""
    page.wait_for_timeout(_DRAWN_MS)  # pages ask again and again: the network is never idle
    page.screenshot(path=path)


def test_the_pages_that_people_work_with(
    page: Page, web: Web, shop: Path, screenshots: Path
) -> None:
    page.goto(f"{web.url}/asset-groups")
    expect(page.get_by_text("session_story").last).to_be_visible()
    expect(page.get_by_text("fetching statuses")).to_have_count(0)
    shoot(page, screenshots / "asset_graph.png")

    asset = f"{web.url}/assets/attribution/channel_performance"
    page.goto(asset)
    expect(page.get_by_text("channel_performance").first).to_be_visible()
    shoot(page, screenshots / "asset.png")

    broken = f"{web.url}/assets/{'/'.join(BROKEN)}"
    page.goto(f"{broken}?view=partitions")
    expect(page.get_by_text("Failed (1)")).to_be_visible()
    shoot(page, screenshots / "partitions.png")

    page.goto(f"{broken}?view=checks&checkDetail=row_count")
    expect(page.get_by_text("Execution history")).to_be_visible()
    page.get_by_text("Partitions", exact=True).last.click()
    expect(page.get_by_text("Failed (1)")).to_be_visible()
    shoot(page, screenshots / "failed_check.png")

    assert (shop / "data" / "sandbox" / "lineage.html").exists()
    page.goto(f"{web.url}/assets/attribution/credits")
    link = page.get_by_role("link", name="#attribution.credits").first
    with page.expect_popup() as opened:
        link.click()
    page = opened.value
    page.set_viewport_size({"width": 1360, "height": 820})
    page.locator("[data-id='attribution.credits.base_revenue_minor']").first.click()
    shoot(page, screenshots / "lineage.png")
