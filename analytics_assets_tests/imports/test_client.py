"""Files that people write by hand, as spreadsheets save them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from analytics_assets.errors import ConfigurationError
from analytics_assets.imports.client import ImportsClient
from analytics_assets.imports.models import AdSpend, Order
from analytics_assets.ingest.declare import Tenant, Window
from analytics_assets.ingest.fields import Row
from analytics_assets.settings import AnalyticsConfig, Imports

DAY = date(2026, 6, 10)


def read(
    folder: Path, text: str | bytes | None = None, *, hides_personal_data: bool = True
) -> tuple[list[dict[str, Any]], str]:
    """The rows and the note of `ad_spend.csv`, or of `orders.csv` where the text has its key."""
    is_order = "order_id" in str(text)
    name = "orders" if is_order else "ad_spend"
    model: type[Row] = Order if is_order else AdSpend
    if text is not None:
        content = text.encode() if isinstance(text, str) else text
        (folder / f"{name}.csv").write_bytes(content)
    client = ImportsClient("UTC", hides_personal_data=hides_personal_data)
    config = AnalyticsConfig(imports=Imports(folder=str(folder)))
    window = Window(Tenant("imports", "UTC"), DAY, DAY, config)
    pages = list(client.rows(window, name, model))
    rows = [json.loads(bytes(row)) for page in pages for row in page.rows]
    return rows, "; ".join(page.note for page in pages if page.note)


def test_a_file_that_is_not_there_gives_no_rows_and_says_so(tmp_path: Path) -> None:
    """Nobody needs such a file, and a mistyped folder must show."""
    rows, note = read(tmp_path)
    assert rows == []
    assert note == f"there is no {tmp_path}/ad_spend.csv"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_spreadsheets_file_is_read(tmp_path: Path, separator: str) -> None:
    """A byte-order mark, the local separator, titles with capitals and empty lines are usual."""
    lines = [
        ["Date", "Source", "Ad set", "SPEND", "note"],
        ["2026-06-10", "google", '"two\nlines"', "12.50", ""],
        ["", "", "", "", ""],
        ["2026-06-11", "bing", "", "3", "x"],
    ]
    text = "\ufeff" + "\r\n".join(separator.join(line) for line in lines)
    rows, _ = read(tmp_path, text)
    assert rows == [
        {"date": "2026-06-10", "source": "google", "ad_set": "two\nlines", "spend": "12.50"}
        | {"line": 3},
        {"date": "2026-06-11", "source": "bing", "spend": "3", "note": "x", "line": 5},
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no column date, source, spend"),
        ("date,spend\n", "has no column source"),
        ("date,source,spend,Spend\n", "has the column spend twice"),
        ("date,source,spend\n2026-06-10,google,1,250\n", "line 2 has 4 cells for 3 columns"),
        (b"date,source,spend\n2026-06-10,caf\xe9,1\n", "is not UTF-8"),
        ('date,source,spend\n2026-06-10,"google"x,1\n', "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    """Amounts would end up in other columns, or a part of the money would be missing."""
    with pytest.raises(ConfigurationError, match=said) as caught:
        read(tmp_path, text)
    assert "ad_spend.csv" in str(caught.value)


def test_a_folder_of_that_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "ad_spend.csv").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read(tmp_path)


def test_addresses_are_refused_without_a_key(tmp_path: Path) -> None:
    """They would be stored as one and the same text, and all buyers would be one person."""
    text = "order_id,ordered_at,total,email\nA-1,2026-06-10T10:00:00Z,5,{}\n"
    with pytest.raises(ConfigurationError, match="email, and ANALYTICS_PII_KEY is not set"):
        read(tmp_path, text.format("ann@example.com"), hides_personal_data=False)
    rows, _ = read(tmp_path, text.format(""), hides_personal_data=False)
    assert rows[0]["order_id"] == "A-1"
