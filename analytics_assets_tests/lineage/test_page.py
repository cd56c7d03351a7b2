"""The lineage page: whole, safe, and alive in a real browser."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from analytics_assets.cli import cli
from analytics_assets.errors import LakeError
from analytics_assets.lineage.graph import Card, CardColumn, cards
from analytics_assets.lineage.page import lineage_page, write_lineage

_HOSTILE = "</script><img src=x onerror=alert(1)>\"'&"
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class _Page(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def test_every_table_and_column_is_on_the_page() -> None:
    """Links of assets lead to the tables' anchors."""
    page = _Page(lineage_page(cards()))
    anchors = [a["id"] for tag, a in page.elements if tag == "article"]
    columns = [a["data-id"] for _, a in page.elements if "data-id" in a]
    assert anchors == [card.table for card in cards()]
    assert columns == [f"{card.table}.{c.name}" for card in cards() for c in card.columns]


def test_the_page_needs_nothing_else_and_runs_nothing_else() -> None:
    """It is mailed and opened from disk; its policy must fit its own script and style."""
    text = lineage_page(cards())
    assert not re.search(r'\s(src|href)="', text)
    for element in ("style", "script"):
        body = re.search(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
        assert body
        digest = base64.b64encode(sha256(body[1].encode()).digest()).decode()
        assert f"{element}-src &#x27;sha256-{digest}&#x27;" in text


def test_names_and_words_of_others_are_escaped() -> None:
    """A description or a vendor's field is text, whatever it holds."""
    column = CardColumn(_HOSTILE, _HOSTILE, _HOSTILE, _HOSTILE)
    card = Card(_HOSTILE, _HOSTILE, 0, _HOSTILE, (column,), _HOSTILE, _HOSTILE)
    text = lineage_page([card])
    tags = [tag for tag, _ in _Page(text).elements]
    assert "img" not in tags
    assert tags.count("script") == 2
    data = re.search(r'id="tables">(.*?)</script>', text, re.DOTALL)
    assert data
    [(table, shown)] = json.loads(data[1]).items()
    assert table == f"{_HOSTILE}.{_HOSTILE}"
    assert shown["columns"][_HOSTILE]["description"] == _HOSTILE


def test_the_command_writes_the_page_beside_the_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANALYTICS_WAREHOUSE", str(tmp_path / "data" / "warehouse.duckdb"))
    shown = CliRunner().invoke(cli, ["lineage"])
    assert shown.exit_code == 0, shown.output
    written = tmp_path / "data" / "lineage.html"
    assert str(written) in shown.output
    assert written.read_text("utf-8") == lineage_page(cards())


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeError, match="file"):
        write_lineage(tmp_path / "file" / "lineage.html", cards())


@pytest.mark.browser
@pytest.mark.skipif(_CHROMIUM is None, reason="Chromium is not installed")
def test_a_chosen_column_lights_up_down_to_the_vendors_fields(tmp_path: Path) -> None:
    """The script must run under the page's own policy."""
    path = tmp_path / "lineage.html"
    write_lineage(path, cards())
    shown = subprocess.run(
        [
            str(_CHROMIUM),
            *(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={tmp_path / 'user'}",
            ),
            *("--virtual-time-budget=2000", "--dump-dom"),
            f"{path.as_uri()}#attribution.channel_performance.roas",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    classes = {
        a["data-id"]: (a["class"] or "").split()
        for _, a in _Page(shown.stdout).elements
        if "data-id" in a
    }
    assert "chosen" in classes["attribution.channel_performance.roas"]
    assert "up" in classes["attribution.credits.base_revenue_minor"]
    assert "up" in classes["segmetrics.orders.total"]
    assert "up" not in classes["sealmetrics.devices.day"]
    assert "is made of" in shown.stdout
    assert "<path class=" in shown.stdout
