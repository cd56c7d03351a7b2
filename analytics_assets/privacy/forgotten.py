"""Who is forgotten: keyed hashes and their pseudonyms, applied by every writer.

A writer holds the lake's publication lock from the moment it applies `ops.forgotten` to the moment
its files are in their place; whoever forgets a person holds it alone. So no file that was made
before somebody was forgotten can be published after it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple

import duckdb

from analytics_assets.errors import ConfigurationError, LakeError
from analytics_assets.lake.lake import Lake, publication_lock
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.tables import FORGOTTEN, LOAD_COLUMNS, TableColumn
from analytics_assets.privacy.addresses import MAY_HOLD_ADDRESS, replace_addresses
from analytics_assets.privacy.documents import change_json
from analytics_assets.privacy.fingerprint import key_check, note_key, refuse_other_key
from analytics_assets.privacy.hashing import Privacy, define, install_normal_form

Kind = Literal["email", "contact", "other"]

PSEUDONYM = "forgotten-"
_CONTACT = "contact "  # sets the hash of a contact id apart from that of an equal text
_CONTAINERS = {
    "JSON": "forget_json({x}::VARCHAR)::JSON",
    "VARCHAR[]": "list_transform({x}, lambda text: forget_json(text))",
    "MAP": "map_from_entries(list_transform(map_entries({x}), lambda entry: "
    "struct_pack(k := forget_text(entry.key), v := entry.value)))",
}
"""How the text in other types is replaced; of maps, that of the keys."""
PAYLOAD = "payload"
"""The column of rejected rows that holds a vendor's row, whole."""
_GONE = """'"forgotten"'"""  # SQL of a JSON text
_STAMPS = {column.name for column in LOAD_COLUMNS}
_CONTACT_NAMED = "segmetrics_contact:"  # how a contact is named among other identifiers
_KNOWN_TEXT = re.compile(rf"{_CONTACT_NAMED}([^\s:,;()\[\]\"']+)|[0-9a-f]{{64}}")
_MAY_BE_KNOWN = f"{_CONTACT_NAMED}|[0-9a-f]{{64}}|{MAY_HOLD_ADDRESS}"
_CONTACT_NAME = r"[A-Za-z_]*[Cc]ontact_?[Ii]d"
_CONTACT_MEMBER = re.compile(rf'("{_CONTACT_NAME}"\s*:\s*)(?:"([^"\\]*)"|([0-9]+))')
FREE_TEXT = frozenset(
    {"_extra", "value", "meta", "note", "notes", "comment", "comments", "message", "description"}
)
"""Columns that can hold anything about a person: they go with the row of a forgotten one."""


class Identifier(NamedTuple):
    """Something that identifies a forgotten person: its keyed hash, and its pseudonym."""

    hash: str
    kind: Kind
    pseudonym: str


def new_pseudonym() -> str:
    """A random text for the place of an identifier."""
    return PSEUDONYM + secrets.token_hex(8)


def is_contact(column: TableColumn) -> bool:
    """Whether a column holds contact ids, by its name."""
    return column.name == "contact_id" or column.name.endswith("_contact_id")


def contact_hash(privacy: Privacy, contact_id: str) -> str:
    """The keyed hash of a contact id, as the SQL macros make it."""
    return privacy.hashed(_CONTACT + contact_id.strip())


@dataclass(frozen=True)
class Forgotten:
    """All that is forgotten, as SQL that puts pseudonyms in its place."""

    identifiers: tuple[Identifier, ...] = ()
    privacy: Privacy = field(default_factory=Privacy)

    @cached_property
    def _pseudonyms(self) -> dict[str, str]:
        return {i.hash: i.pseudonym for i in self.identifiers}

    def install(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Define what `rows` and `touched` use."""
        emails = {i.hash: i.pseudonym for i in self.identifiers if i.kind == "email"}
        named = sha256(repr((self.identifiers, self.privacy.key)).encode()).hexdigest()
        _INSTALLED[named] = self
        install_normal_form(connection)
        define(connection, "without_forgotten", without_forgotten, 2)
        define(connection, "json_without_forgotten", json_without_forgotten, 2)
        connection.execute(f"SET VARIABLE forgotten_key = {literal(self.privacy.key)}")
        connection.execute(f"SET VARIABLE forgotten = {_map(self._pseudonyms)}")
        connection.execute(f"SET VARIABLE forgotten_emails = {_map(emails)}")
        connection.execute(f"SET VARIABLE forgotten_named = {literal(named)}")
        for name, body in _MACROS.items():
            connection.execute(f"CREATE OR REPLACE TEMP MACRO {name}(x) AS {body}")

    def text(self, text: str) -> str:
        """A text with pseudonyms in the place of hashes, contacts and addresses."""
        return replace_addresses(_KNOWN_TEXT.sub(self._of_known, text), self._of_address)

    def json(self, text: str) -> str:
        """JSON text, looked at in every member."""
        return change_json(text, self._of_document, self._of_broken)

    def _of_known(self, found: re.Match[str]) -> str:
        if found[1] is None:
            return self._pseudonyms.get(found[0], found[0])
        pseudonym = self._pseudonyms.get(contact_hash(self.privacy, found[1]))
        return _CONTACT_NAMED + pseudonym if pseudonym else found[0]

    def _of_address(self, address: str) -> str:
        return self._pseudonyms.get(self.privacy.hashed(address), address)

    def _of_document(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self.text(n): self._of_member(n, inner) for n, inner in value.items()}
        if isinstance(value, list):
            return [self._of_document(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else value

    def _of_member(self, name: str, value: Any) -> Any:
        if isinstance(value, str | int) and re.fullmatch(_CONTACT_NAME, name):
            return self._pseudonyms.get(contact_hash(self.privacy, str(value)), value)
        return self._of_document(value)

    def _of_broken(self, text: str) -> str:
        def member(found: re.Match[str]) -> str:
            contact = contact_hash(self.privacy, found[2] or found[3] or "")
            pseudonym = self._pseudonyms.get(contact)
            return f'{found[1]}"{pseudonym}"' if pseudonym else found[0]

        return self.text(_CONTACT_MEMBER.sub(member, text))

    def rows(self, sql: str, columns: Sequence[TableColumn]) -> str:
        """The rows of `sql` without the forgotten; `columns` says what is personal among them."""
        replaced = [f"{new} AS {quoted(name)}" for name, new in self._replacements(columns)]
        return f"SELECT * REPLACE ({', '.join(replaced)}) FROM ({sql})" if replaced else sql

    def touched(self, columns: Sequence[TableColumn]) -> str:
        """An SQL condition: the row is about a forgotten person."""
        changes = [
            f"{new} IS DISTINCT FROM {quoted(name)}" for name, new in self._replacements(columns)
        ]
        return " OR ".join(changes) or "false"

    def _replacements(self, columns: Sequence[TableColumn]) -> list[tuple[str, str]]:
        if not self.identifiers:
            return []
        person = _person(columns)
        found = [(c.name, self._replacement(c, person)) for c in columns if c.name not in _STAMPS]
        return [(name, new) for name, new in found if new]

    def _replacement(self, column: TableColumn, person: str) -> str:
        """SQL of a column's new value; empty where it cannot hold anything personal."""
        x = quoted(column.name)
        if column.name in FREE_TEXT and column.type in ("JSON", "VARCHAR") and person != "NULL":
            kept = _CONTAINERS.get(column.type, "forget_text({x})").format(x=x)
            return f"CASE WHEN {person} IS NULL THEN {kept} END"
        if column.type != "VARCHAR":
            kind = "MAP" if column.type.startswith("MAP(VARCHAR,") else column.type
            return _CONTAINERS.get(kind, "").format(x=x)
        if is_contact(column):
            return f"coalesce(forget_contact({x}), {x})"
        if column.name == PAYLOAD:
            return f"CASE WHEN forget_json({x}) IS DISTINCT FROM {x} THEN {_GONE} ELSE {x} END"
        if column.personal:
            return _of_row(column, x, person)
        return f"forget_text({x})"


def _of_row(column: TableColumn, x: str, person: str) -> str:
    """A personal value; it goes with a forgotten person's row even if it came up afterwards."""
    if column.personal == "drop":
        return f"CASE WHEN {person} IS NULL THEN {x} END"
    other = f"coalesce({person}, forget_text({x}))"
    return f"CASE WHEN {x} IS NOT NULL THEN coalesce(forget_value({x}), {other}) END"


def _person(columns: Sequence[TableColumn]) -> str:
    """SQL of the pseudonym of the person that a row is about; null if that is nobody forgotten."""
    pseudonyms = [f"forget_contact({quoted(c.name)})" for c in columns if is_contact(c)]
    pseudonyms += [f"forget_email({quoted(c.name)})" for c in columns if is_email(c)]
    return f"coalesce({', '.join(pseudonyms)}, NULL)" if pseudonyms else "NULL"


def is_email(column: TableColumn) -> bool:
    """Whether a column holds the e-mail address of the person that its rows are about."""
    return column.personal == "hash" and "email" in column.name


@contextmanager
def publishing(
    lake: Lake, connection: duckdb.DuckDBPyConnection, privacy: Privacy
) -> Iterator[Forgotten]:
    """Hold the lake's publication lock with other writers; gives what they must leave out.

    Raises:
        ConfigurationError: the key is not the one that the lake was hashed with.
        LakeError: the lake cannot be written.
    """
    with publication_lock(lake, exclusive=False):
        note_key(lake, privacy)
        forgotten = read_forgotten(lake, privacy)
        if forgotten.identifiers:
            forgotten.install(connection)
        yield forgotten


def read_forgotten(lake: Lake, privacy: Privacy) -> Forgotten:
    """Read the content of `ops.forgotten`; its files are read when there is a new one.

    Raises:
        ConfigurationError: the key is not the one that the lake was hashed with.
        LakeError: a file is damaged.
    """
    refuse_other_key(lake, privacy)
    folder = lake.root / FORGOTTEN.folder
    empty = Path(FORGOTTEN.empty_file).name
    paths = tuple(sorted(str(p) for p in folder.glob("*/*.parquet") if p.name != empty))
    if not paths:
        return Forgotten((), privacy)
    try:
        identifiers, checks = _read(paths)
    except duckdb.Error:
        what = f"a file below {folder} is damaged, so nobody can be left out of a load"
        raise LakeError(what, todo="Restore it from a backup") from None
    if checks != {key_check(privacy)}:
        what = "ANALYTICS_PII_KEY is not the key under which people were forgotten (ops.forgotten)"
        raise ConfigurationError(what, todo="Set it to that key again")
    return Forgotten(identifiers, privacy)


@lru_cache(maxsize=2)
def _read(paths: tuple[str, ...]) -> tuple[tuple[Identifier, ...], set[str]]:
    """Identifiers and key checks; a file never changes once it is published."""
    files = ", ".join(literal(path) for path in paths)
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT identifier_hash, kind, pseudonym, key_check "
            f"FROM read_parquet([{files}], hive_partitioning = false) ORDER BY ALL"
        ).fetchall()
    return tuple(Identifier(*row[:3]) for row in rows), {row[3] for row in rows}


def _map(pairs: Mapping[str, str]) -> str:
    keys = ", ".join(literal(key) for key in pairs)
    values = ", ".join(literal(value) for value in pairs.values())
    return f"MAP([{keys}]::VARCHAR[], [{values}]::VARCHAR[])"


_INSTALLED: dict[str, Forgotten] = {}
"""The forgotten that connections use, by name: a function in SQL is handed texts alone."""
_KNOWN, _EMAILS = "getvariable('forgotten')", "getvariable('forgotten_emails')"


# These live as long as the process: see `hashing.py`.
def without_forgotten(text: str, named: str) -> str:
    """A text without the forgotten."""
    return _INSTALLED[named].text(text)


def json_without_forgotten(text: str, named: str) -> str:
    """JSON text without the forgotten."""
    return _INSTALLED[named].json(text)


def _if_known(pattern: str, function: str) -> str:
    changed = f"{function}(x, getvariable('forgotten_named'))"
    return f"CASE WHEN regexp_matches(x, {literal(pattern)}) THEN {changed} ELSE x END"


_MACROS = {
    "forget_hash": "sha256(getvariable('forgotten_key') || personal_normal(x))",
    "forget_contact": f"{_KNOWN}[forget_hash({literal(_CONTACT)} || trim(x))]",
    "forget_value": f"coalesce({_KNOWN}[x], {_KNOWN}[forget_hash(x)])",
    "forget_email": f"coalesce({_EMAILS}[x], {_EMAILS}[forget_hash(x)])",
    "forget_text": _if_known(_MAY_BE_KNOWN, "without_forgotten"),
    "forget_json": _if_known(rf'{_MAY_BE_KNOWN}|"{_CONTACT_NAME}"\s*:', "json_without_forgotten"),
}
"""`forget_contact`, `forget_value` and `forget_email` are null for what is not forgotten."""
