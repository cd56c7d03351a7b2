"""Where declarations stand in the source, for those who read it from the Dagster UI."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple


class Place(NamedTuple):
    """A line of a source file."""

    path: Path
    line: int
    label: str


def place_of_class(declared: type, label: str) -> Place:
    """Where a class is declared; found as text, because parsing every module takes a second."""
    path = Path(str(sys.modules[declared.__module__].__file__))
    before, found, _ = _text(path).partition(f"\nclass {declared.__name__}(")
    return Place(path, before.count("\n") + 2 if found else 1, label)


def place_of_function(called: Callable[..., Any], label: str) -> Place | None:
    """Where a function is declared; None where it is made of others."""
    code = getattr(called, "__code__", None)
    return Place(Path(code.co_filename), code.co_firstlineno, label) if code else None


@lru_cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
