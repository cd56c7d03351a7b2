"""The user's channel rules: a broken one must be named, not ignored."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from analytics_assets.attribution.channels.rules import install_channels
from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.errors import ConfigurationError
from analytics_assets.settings import ChannelRule, Channels, read_config


def test_a_broken_pattern_is_named() -> None:
    """DuckDB's own message would come from the middle of a long statement."""
    channels = Channels(rules=(ChannelRule(channel="X", medium="cpc"), broken := _broken()))
    assert broken.source == "("
    with duckdb.connect() as connection, pytest.raises(ConfigurationError) as error:
        install_channels(connection, channels)
    assert "channels.rules 2, source" in str(error.value)


def test_500_channels_are_told_apart() -> None:
    """An agency's rules could be too many for one expression, or be tried in another order."""
    rules = [ChannelRule(channel=f"Channel {n}", source=f"^partner {n}$") for n in range(500)]
    last = ChannelRule(channel="Partners", source="^partner")
    with duckdb.connect() as connection:
        channels = Channels(rules=(*rules, last))
        prepare(connection, Run.of_no_days(Settings("UTC", channels=channels)))
        found = connection.execute(
            "SELECT channel_by_tags('partner ' || n, 'cpc', NULL) FROM range(501) AS numbers(n)"
        ).fetchall()
    assert [channel for (channel,) in found] == [*(rule.channel for rule in rules), "Partners"]


def test_a_rule_needs_a_pattern(tmp_path: Path) -> None:
    """A rule that is always true would take every visit."""
    path = tmp_path / "analytics.toml"
    path.write_text('[[channels.rules]]\nchannel = "X"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="a rule needs a pattern"):
        read_config(path)


def test_rules_and_identities_are_read(tmp_path: Path) -> None:
    """The settings as the documentation shows them."""
    path = tmp_path / "analytics.toml"
    path.write_text(
        """
        [channels]
        aliases = { "gazette online" = "gazette" }
        [[channels.rules]]
        channel = "AI"
        source = "chatgpt|perplexity"

        [identities]
        exclude = [["segmetrics_contact:1", "segmetrics_uid:x"]]
        max_persons_per_device = 3
        """,
        encoding="utf-8",
    )
    config = read_config(path)
    assert config.channels.rules[0].patterns == {"source": "chatgpt|perplexity"}
    assert config.identities.exclude == (("segmetrics_contact:1", "segmetrics_uid:x"),)
    assert config.identities.max_links["click_id"] == 10


def _broken() -> ChannelRule:
    return ChannelRule(channel="Y", source="(")
