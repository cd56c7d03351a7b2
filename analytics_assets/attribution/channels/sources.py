"""Traffic sources as data: what kind of site a source is, and its other spellings.

Search, social, shopping and video follow Google's list of source categories
(`ga4_source_categories.toml`); `sources.toml` has what this project adds.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from analytics_assets.keys import host_of, tag_key
from analytics_assets.settings import Channels

GA4_LIST = "ga4_source_categories.toml"


@cache
def source_categories() -> Mapping[str, str]:
    """The category of each source: search, social, shopping, video or assistant."""
    ours, googles = _read("sources.toml")["categories"], _read(GA4_LIST)
    return {
        name: category
        for categories in (ours, googles)
        for category, names in categories.items()
        if isinstance(names, list)
        for name in names
    }


@cache
def source_aliases() -> Mapping[str, str]:
    """The source that each other spelling of its name means."""
    aliases = _read("sources.toml")["aliases"]
    return {spelling: source for source, spellings in aliases.items() for spelling in spellings}


def own_aliases(channels: Channels) -> Mapping[str, str]:
    """The user's own spellings of sources, as keys."""
    return {
        tag_key(spelling) or spelling: tag_key(source) or source
        for spelling, source in channels.aliases.items()
    }


def passage_pattern(channels: Channels) -> str:
    """A pattern of hosts that a buyer only passes through, with their subdomains."""
    listed = [host for hosts in _read("sources.toml")["passages"].values() for host in hosts]
    own = [host_of(host) or host for host in channels.passages]
    return rf"(?:^|\.)(?:{'|'.join(map(re.escape, [*listed, *own]))})$"


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text("utf-8"))
