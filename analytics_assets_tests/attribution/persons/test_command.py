"""`analytics-assets explain`: how a user finds a wrong merge and undoes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from analytics_assets.cli import cli
from analytics_assets.cli.explain import identifier_of
from analytics_assets.errors import ConfigurationError, LakeError
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.settings import read_config
from analytics_assets_tests.attribution.conftest import World
from analytics_assets_tests.attribution.persons.conftest import contact, wemasy

KEY = "key-of-the-tests"


def explained(one: str, other: str) -> str:
    """What the command prints; its errors are raised."""
    result = CliRunner().invoke(cli, ["explain", one, other], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def merged(world: World, bare_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake where one address stands under two contacts, and the settings beside it."""
    same = {"email": Privacy(KEY).hashed("ann@shop.example")}
    rows = [contact("1") | same, contact("2", at="13:00") | same, contact("3")]
    world.load("segmetrics.contacts", rows)
    world.load("wemasy.sessions", [wemasy("\x1b[31m", "x")])
    for name, value in {
        "ANALYTICS_LAKE": str(world.lake.root),
        "ANALYTICS_WAREHOUSE": str(world.lake.root.with_name("explained.duckdb")),
        "ANALYTICS_PII_KEY": KEY,
    }.items():
        monkeypatch.setenv(name, value)
    return bare_environment / "analytics.toml"


def test_what_is_shown_can_be_copied_to_undo_it(merged: Path) -> None:
    """Who is told of a wrong link must be able to break it."""
    shown = explained("Ann@shop.example ", "2").splitlines()
    assert shown[0] == "one person:"
    assert shown[1].endswith(": address of the contact (segmetrics.contacts, 2026-06-10)")
    merged.write_text("\n".join(shown[-2:]), encoding="utf-8")
    assert explained("1", "2").startswith("two persons")
    assert explained("1", "ann@shop.example").startswith("one person")


@pytest.mark.usefixtures("merged")
def test_what_a_vendor_wrote_cannot_command_the_terminal() -> None:
    """Ids come from browsers: escape codes in them could hide or forge lines."""
    shown = explained("wemasy_session:\x1b[31m", "wemasy_visitor:x")
    assert "one person" in shown
    assert "\x1b" not in shown


@pytest.mark.usefixtures("merged")
def test_a_mistake_ends_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A traceback tells nobody what to write instead."""
    with pytest.raises(ConfigurationError, match="wemasy_session:none is no identifier"):
        explained("1", "wemasy_session:none")
    monkeypatch.delenv("ANALYTICS_PII_KEY")
    with pytest.raises(ConfigurationError, match="ANALYTICS_PII_KEY"):
        explained("ann@shop.example", "1")
    monkeypatch.setenv("ANALYTICS_LAKE", "nowhere")
    with pytest.raises(LakeError):
        explained("1", "2")


def test_identifiers_may_be_given_in_short() -> None:
    """Nobody knows the hash of an address by heart."""
    plain = Privacy(plain=True)
    assert identifier_of("42", plain) == "segmetrics_contact:42"
    assert identifier_of("Ann@Shop.example", plain) == "email_hash:ann@shop.example"
    assert identifier_of("email_hash:0a", Privacy("k")) == "email_hash:0a"
    assert identifier_of("wemasy_session:a:b@c", plain) == "wemasy_session:a:b@c"


def test_a_misspelt_exclusion_is_refused(tmp_path: Path) -> None:
    """A merge that somebody believes undone would stay."""
    path = tmp_path / "analytics.toml"
    path.write_text('[identities]\nexclude = [["contact:1", "order_id:2"]]', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"identities\.exclude"):
        read_config(path)
