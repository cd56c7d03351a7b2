"""Which undeclared fields are personal by their name, at any depth and in seven languages."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from analytics_assets.keys import folded

Treatment = Literal["", "hash", "drop"]
"""The treatment of a value: none, hash it, or drop it."""

PAIR_NAMES = ("name", "key", "label", "field", "property", "attribute", "title", "question", "id")
"""Members that name the value beside them: `{"name": "Phone", "value": "..."}`."""
PAIR_VALUES = ("value", "values", "answer", "text", "content")

_PARTS_OF_WORDS = 5
"""Entries of so many letters also begin or end a longer word."""
_GERMAN = str.maketrans({"ß": "ss"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LONGEST_NAME = 200  # longer ones are texts in place of a name


@functools.cache
def _listed() -> dict[str, dict[str, list[str]]]:
    file = resources.files(__package__).joinpath("personal_fields.toml")
    return tomllib.loads(file.read_text("utf-8"))


@dataclass(frozen=True)
class FieldNames:
    """The names of personal fields: those of the file, and `more`, the user's, which are hashed."""

    more: tuple[str, ...] = ()

    def treatment(self, name: str, parent: str = "") -> Treatment:
        """The treatment of the values of a field; `parent` is the field that holds it.

        >>> names = FieldNames(("loyalty card",))
        >>> [names.treatment(n) for n in ("Nombre completo", "homePhone", "NIF", "Loyalty-Card")]
        ['drop', 'hash', 'hash', 'hash']
        >>> names.treatment("name"), names.treatment("name", "customer"), names.treatment("iPhone")
        ('', 'drop', '')
        >>> names.treatment("Company Name", "contact"), names.treatment("Contact Name")
        ('', 'drop')
        """
        return _treatment(self, name, parent)

    @functools.cached_property
    def pattern(self) -> str:
        """An RE2 pattern that finds every JSON text in which a member is personal by its name."""
        entries = {entry for _, entry in _entries(self)}
        # at most one sign between words: anything longer makes RE2 a hundred times as slow
        words = "|".join(sorted("[^a-z]?".join(entry) for entry in entries))
        persons = "|".join(sorted(_listed()["person"]["words"]))
        pairs = "|".join(PAIR_NAMES)
        return (
            rf'(?i)(?:{words})[^"]*"\s*:'
            rf'|(?:{persons})[^"]*"\s*:\s*[\[{{]'
            rf'|"(?:{pairs})"\s*:\s*"[^"]*(?:{words}|[^\x00-\x7f]|\\u)'
            r'|[^\x00-\x7f][^"]*"\s*:|"(?:[^"\\]|\\.)*\\u[^"]*"\s*:'
        )


def _entries(names: FieldNames) -> Iterator[tuple[Treatment, tuple[str, ...]]]:
    kinds: tuple[Treatment, ...] = ("drop", "hash")
    for kind in kinds:
        for entries in _listed()[kind].values():
            yield from ((kind, tuple(entry.split())) for entry in entries)
    yield from (("hash", tuple(_words(entry))) for entry in names.more if entry.strip())


@functools.lru_cache(2**14)
def _treatment(names: FieldNames, name: str, parent: str) -> Treatment:
    words = _words(name[:_LONGEST_NAME])
    person = _listed()["person"]
    if words and words[-1] in person["names"]:
        around = {*words[:-1], *_words(parent[:_LONGEST_NAME])}
        if around & _persons() and not {*words[:-1]} & {*person["things"]}:
            return "drop"
    harmless = _listed()["harmless"]["words"]
    together = "".join(words)
    if together in harmless:
        return ""
    words = [word for word in words if word not in harmless]
    for kind, entry in _by_kind(names):
        if _holds(words, together, entry):
            return kind
    return ""


@functools.cache
def _persons() -> frozenset[str]:
    words = _listed()["person"]["words"]
    return frozenset({*words, *(f"{word}s" for word in words)})


@functools.cache
def _by_kind(names: FieldNames) -> tuple[tuple[Treatment, tuple[str, ...]], ...]:
    return tuple(_entries(names))


def _holds(words: list[str], together: str, entry: tuple[str, ...]) -> bool:
    if len(entry) > 1:
        joined = "".join(entry)
        return joined in together and any(word.startswith(entry[0][:3]) for word in words)
    (only,) = entry
    if len(only) < _PARTS_OF_WORDS:
        return only in words
    return any(word.startswith(only) or word.endswith(only) for word in words)


def _words(name: str) -> list[str]:
    """The words of a name in small letters, without accents: `Nombre-completo`, `fullName`."""
    spaced = _CAMEL.sub(" ", name.translate(_GERMAN))
    bare = unicodedata.normalize("NFKD", folded(spaced))
    return re.findall(r"[^\W\d_]+", "".join(c for c in bare if not unicodedata.combining(c)))


def pair_name(members: dict[str, Any]) -> str:
    """The name that an object gives the value beside it; empty where it gives none."""
    if not any(name in members for name in PAIR_VALUES):
        return ""
    return next((v for n in PAIR_NAMES if isinstance(v := members.get(n), str)), "")
