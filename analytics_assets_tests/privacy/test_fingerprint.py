"""One lake, one key: another one would make strangers of known people, and forget nobody."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from analytics_assets.errors import ConfigurationError, LakeError
from analytics_assets.lake.lake import Lake
from analytics_assets.lake.marker import LAYOUT_VERSION, MARKER
from analytics_assets.platform import Platform
from analytics_assets.privacy.fingerprint import note_key, refuse_other_key
from analytics_assets.privacy.forgotten import publishing
from analytics_assets.privacy.hashing import Privacy
from analytics_assets_tests.privacy.small_lake import forget, small_lake

KEY, OTHER = Privacy("key-of-the-tests"), Privacy("key-of-the-testz")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return small_lake(tmp_path / "lake", {"segmetrics/contacts": []})


def test_the_first_hashed_publication_notes_the_key(lake: Lake) -> None:
    with duckdb.connect() as connection, publishing(lake, connection, KEY):
        pass
    refuse_other_key(lake, KEY)
    with pytest.raises(ConfigurationError, match="ANALYTICS_PII_KEY is not the key"):
        refuse_other_key(lake, OTHER)
    with (
        duckdb.connect() as connection,
        pytest.raises(ConfigurationError),
        publishing(lake, connection, OTHER),
    ):
        pass


def test_a_mistyped_key_forgets_nobody_in_silence(lake: Lake) -> None:
    note_key(lake, KEY)
    with pytest.raises(ConfigurationError, match="ANALYTICS_PII_KEY is not the key"):
        forget(lake, "ann@shop.example", privacy=OTHER)
    forget(lake, "ann@shop.example", privacy=KEY)


def test_plain_data_and_keyless_writers_note_nothing(lake: Lake) -> None:
    for privacy in (Privacy(), Privacy("key-of-the-tests", plain=True)):
        note_key(lake, privacy)
        marker = lake.marker()
        assert marker is not None
        assert marker.key_check == ""


def test_the_marker_shows_nothing_of_the_key(lake: Lake) -> None:
    note_key(lake, KEY)
    assert KEY.key not in (lake.root / MARKER).read_text(encoding="utf-8")


@pytest.mark.parametrize("key", ["short", "fifteen letters"])
def test_a_key_that_can_be_guessed_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError, match="fewer than 16 characters"):
        Platform(pii_key=key).privacy(personal_data=True)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"kind": "other", "version": 1}', "{}", "\x00\xff"]
)
def test_a_damaged_marker_ends_in_one_line(lake: Lake, text: str) -> None:
    (lake.root / MARKER).write_text(text, encoding="utf-8")
    with pytest.raises(LakeError, match=r"_lake\.json is damaged"):
        lake.prepare([], "sandbox")


def test_older_code_refuses_a_newer_lake(lake: Lake) -> None:
    newer = {"kind": "sandbox", "version": LAYOUT_VERSION + 1}
    (lake.root / MARKER).write_text(json.dumps(newer), encoding="utf-8")
    with pytest.raises(LakeError, match=r"newer version.*Update analytics-assets"):
        lake.prepare([], "sandbox")
