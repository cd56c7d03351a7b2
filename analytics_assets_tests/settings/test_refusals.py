"""A setting that cannot be used is one line that names it, and the one that was likely meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics_assets.errors import ConfigurationError
from analytics_assets.settings import read_config
from analytics_assets.settings.values import calendar_day, did_you_mean, time_zone


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[healing]\ngap_dayz = 3", "no setting healing.gap_dayz. Did you mean gap_days?"),
        ("[atribution]\n", "no setting atribution. Did you mean attribution?"),
        (
            '[[channels.rules]]\nchanel = "AI"',
            "channels.rules.0.chanel. Did you mean channel?",
        ),
        ("[healing]\nx = 3", "no setting healing.x. There are enabled, gap_days"),
        ("[healing]\ngap_days = 0", "healing.gap_days: Input should be greater"),
        ("[healing", "cannot be read"),
    ],
)
def test_a_wrong_line_of_the_file_is_named_with_what_was_meant(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "analytics.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as refused:
        read_config(path)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["Madrid", "Europe", "", "../etc", "/etc/localtime", "a\0b"])
def test_what_is_no_time_zone_is_one_line(text: str) -> None:
    """`Europe` is a folder of zones: opening it was a traceback."""
    with pytest.raises(ConfigurationError, match=r"is no time zone\. Set it to a name such as"):
        time_zone("ANALYTICS_TIMEZONE", text)


def test_what_is_a_zone_or_a_day_is_taken() -> None:
    assert time_zone("ANALYTICS_TIMEZONE", "Europe/Madrid") == "Europe/Madrid"
    assert calendar_day("ANALYTICS_START_DATE", "2026-02-28").day == 28
    with pytest.raises(ConfigurationError, match="ANALYTICS_START_DATE is '2026-02-30'"):
        calendar_day("ANALYTICS_START_DATE", "2026-02-30")


def test_a_name_that_is_like_none_is_not_guessed() -> None:
    assert did_you_mean("matomo", ["wemasy", "segmetrics"]) == ""
