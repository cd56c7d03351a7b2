"""The user's own rules (`[channels]` of `analytics.toml`), as DuckDB macros.

Rules hold for the past as well: channels are named whenever tables are computed, never at ingest.
"""

from __future__ import annotations

import duckdb

from analytics_assets.errors import ConfigurationError
from analytics_assets.lake.sql import literal
from analytics_assets.settings import ChannelRule, Channels


def install_channels(connection: duckdb.DuckDBPyConnection, channels: Channels) -> None:
    """Define `channel_of` and `channel_by_tags`.

    `channel_of(source, medium, campaign, term, content, landing_page)` takes keys as made by
    `source_key`, `medium_key` and `tag_key`. The user's first rule that holds decides; then the
    default rules (`default_channel`) do. `channel_by_tags` is the same for what has no more than
    the first three.

    Raises:
        ConfigurationError: a rule has a pattern that is no regular expression.
    """
    _check_patterns(connection, channels)
    connection.execute(
        "CREATE OR REPLACE TEMP MACRO channel_of("
        "source, medium, campaign, term, content, landing_page) AS " + channel_sql(channels)
    )
    connection.execute(
        "CREATE OR REPLACE TEMP MACRO channel_by_tags(source, medium, campaign) AS "
        "channel_of(source, medium, campaign, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR)"
    )


def channel_sql(channels: Channels) -> str:
    """SQL of the channel; the names in it are those of the keys."""
    default = "default_channel(source, medium, campaign)"
    whens = "".join(
        f"WHEN {_condition(rule)} THEN {literal(rule.channel)} " for rule in channels.rules
    )
    return f"CASE {whens}ELSE {default} END" if whens else default


def _condition(rule: ChannelRule) -> str:
    """SQL that is true where every pattern of a rule matches; a missing value matches none."""
    return " AND ".join(
        f"coalesce(regexp_matches({name}, {literal(pattern)}, 'i'), false)"
        for name, pattern in rule.patterns.items()
    )


def _check_patterns(connection: duckdb.DuckDBPyConnection, channels: Channels) -> None:
    for number, rule in enumerate(channels.rules, start=1):
        for name, pattern in rule.patterns.items():
            try:
                connection.execute("SELECT regexp_matches('', ?)", [pattern])
            except duckdb.Error as error:
                reason = str(error).splitlines()[0]
                what = f"analytics.toml: channels.rules {number}, {name}: {reason}"
                raise ConfigurationError(what, todo="Correct the pattern (RE2 syntax)") from None
