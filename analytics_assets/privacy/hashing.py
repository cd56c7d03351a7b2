"""Personal data is hashed before anything is written.

Declared personal columns become `sha256(key || normal form)` and names are dropped; e-mail and IP
addresses inside other text become the same hash, so that joins keep working; so do the values of
nested and undeclared fields that are personal by their name. There is one gate: the SQL macros test
whether a value may hold anything personal, and call the Python functions for those that may.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from analytics_assets.lake.sql import literal
from analytics_assets.privacy.addresses import MAY_HOLD_ADDRESS, normal_form, replace_addresses
from analytics_assets.privacy.documents import hide_broken, hide_document, hide_json
from analytics_assets.privacy.field_names import FieldNames

_PLAIN_ADDRESS = r"[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_NORMAL = (
    f"CASE WHEN regexp_full_match(x, {literal(_PLAIN_ADDRESS)}) THEN lower(x) "
    "ELSE personal_normal_form(x) END"
)
_KEY, _NAMES = "getvariable('pii_key')", "getvariable('pii_names')"
_PLAIN = ("hide_personal", "hide_json", "hide_named", "hash_personal", "drop_personal")
_SEPARATOR = "\n"


@dataclass(frozen=True)
class Privacy:
    """How personal data is written: hashed with a key, or in plain text where that is asked for.

    Attributes:
        key: the key of the hash; without one a value becomes the word `hidden`.
        plain: whether everything stays as it comes.
        names: which nested and undeclared fields are personal.
    """

    key: str = field(default="", repr=False)
    plain: bool = False
    names: FieldNames = field(default_factory=FieldNames)

    def install(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Define the macros on a connection.

        `hide_personal` is for a text, `hide_json` for JSON, `hide_named` for JSON that holds no
        address; `hash_personal` and `drop_personal` are for declared personal columns.
        """
        if self.plain:
            for name in _PLAIN:
                connection.execute(f"CREATE OR REPLACE TEMP MACRO {name}(x) AS x")
            return
        install_normal_form(connection)
        define(connection, "hide_addresses", hide_addresses, 2)
        define(connection, "hide_members", hide_members, 3)
        connection.execute(f"SET VARIABLE pii_key = {literal(self.key)}")
        connection.execute(f"SET VARIABLE pii_names = {literal(_SEPARATOR.join(self.names.more))}")
        may_be_personal = literal(f"{MAY_HOLD_ADDRESS}|{self.names.pattern}")
        hidden = f"hide_members(x::VARCHAR, {_KEY}, {_NAMES})::JSON"
        for name, body in {
            "hide_personal": f"CASE WHEN regexp_matches(x, {literal(MAY_HOLD_ADDRESS)}) "
            f"THEN hide_addresses(x, {_KEY}) ELSE x END",
            "hide_json": f"CASE WHEN regexp_matches(x::VARCHAR, {may_be_personal}) "
            f"THEN {hidden} ELSE x END",
            "hide_named": f"CASE WHEN regexp_matches(x::VARCHAR, {literal(self.names.pattern)}) "
            f"THEN {hidden} ELSE x END",
            "hash_personal": "CASE WHEN personal_normal(x) = '' THEN NULL "
            f"WHEN {_KEY} = '' THEN 'hidden' ELSE sha256({_KEY} || personal_normal(x)) END",
            "drop_personal": "NULL::VARCHAR",
        }.items():
            connection.execute(f"CREATE OR REPLACE TEMP MACRO {name}(x) AS {body}")

    def hashed(self, value: str) -> str:
        """The hash of one value, as the SQL macros make it; without a key it says nothing."""
        return _hashed(value, self.key)

    def hidden(self, text: str) -> str:
        """`text` with every e-mail and IP address hashed."""
        return text if self.plain else replace_addresses(text, self.hashed)

    def hidden_json(self, text: str) -> str:
        """JSON text as `hide_json` makes it."""
        return text if self.plain else hide_json(text, self.hashed, self.names)

    def payload(self, row: Any, personal: Mapping[str, str]) -> Any:
        """A rejected row, whole; `personal` says which fields to `hash` and which to `drop`.

        Text is a row that is no JSON.
        """
        if self.plain:
            return row
        if isinstance(row, str):
            return hide_broken(row, self.hashed, self.names)
        declared = {}
        if isinstance(row, dict):
            declared = {name: row[name] for name in personal.keys() & row.keys()}
            row = {name: value for name, value in row.items() if name not in declared}
        kept = hide_document(row, self.hashed, self.names)
        for name, value in declared.items():
            gone = value is None or personal[name] == "drop"
            kept[name] = None if gone else self.hashed(str(value))
        return kept


def install_normal_form(connection: duckdb.DuckDBPyConnection) -> None:
    """Define `personal_normal`, the SQL of what is hashed of a value."""
    define(connection, "personal_normal_form", normal_form, 1)
    connection.execute(f"CREATE OR REPLACE TEMP MACRO personal_normal(x) AS {_NORMAL}")


def define(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    function: Callable[..., Any],
    arguments: int,
    returned: str = "VARCHAR",
) -> None:
    """Make a Python function on texts an SQL function; connections to one database share them."""
    connection.execute("SELECT 1").fetchall()  # ends a result that nobody has read to its end
    with contextlib.suppress(duckdb.CatalogException, duckdb.NotImplementedException):
        connection.create_function(name, function, ["VARCHAR"] * arguments, returned)


# DuckDB keeps no reference to a function that another connection to the same database registered:
# these live as long as the process.
def hide_addresses(text: str, key: str) -> str:
    """A text with its addresses hashed."""
    return replace_addresses(text, functools.partial(_hashed, key=key))


def hide_members(text: str, key: str, names: str) -> str:
    """JSON text with addresses and personal fields hashed."""
    return hide_json(text, functools.partial(_hashed, key=key), _field_names(names))


@functools.cache
def _field_names(more: str) -> FieldNames:
    return FieldNames(tuple(more.split(_SEPARATOR)) if more else ())


def _hashed(value: str, key: str) -> str:
    if not key:
        return "hidden"
    return hashlib.sha256((key + normal_form(value)).encode("utf-8", "replace")).hexdigest()
