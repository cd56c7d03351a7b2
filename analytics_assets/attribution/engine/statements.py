"""The SQL files of attribution, by their names."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable


def statement(name: str) -> str:
    """The SQL file of that name."""
    return sql_files()[name].read_text(encoding="utf-8")


@cache
def sql_files() -> dict[str, Traversable]:
    """Every SQL file below `attribution/` by its name, which no other file has."""
    rooms = resources.files("analytics_assets.attribution").iterdir()
    files = [file for room in rooms if room.is_dir() for file in room.iterdir()]
    return {file.name.removesuffix(".sql"): file for file in files if file.name.endswith(".sql")}
