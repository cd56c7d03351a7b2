"""Personal data is hashed before anything is written.

Declared personal columns become `sha256(key || normalised value)` and names are dropped; e-mail and
IP addresses found inside other text become the same hash, so that joins keep working. The patterns
serve DuckDB (whole columns) and Python (the few rows that are rejected) alike.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from analytics_assets.lake.sql import literal

SPACES = " \u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What SQL trims: Unicode's space separators, and no tab or line break."""
_ESCAPED = {"%40": "@", "%2B": "+", "%2D": "-", "%2E": ".", "%5F": "_", "%27": "'"}
"""What an address may hold, as URLs spell it; any other escape ends it."""
_LOCAL_PART = r"(?:[A-Za-z0-9._+'-]|%(?:2[BbDdEe7]|5[Ff]))+"
# the escape before an address, as in `q%3Dann%40shop.example`, would else lend it two characters
EMAIL_PATTERN = (
    rf"(?:%[0-9A-Fa-f]{{2}})?{_LOCAL_PART}(?:@|%40)"
    r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
)
_IPV4 = r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b"
_IPV6 = (
    r"\b(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\b"
    r"|\b(?:[0-9A-Fa-f]{1,4}:){1,6}:(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,5})?"
)
PERSONAL_PATTERN = f"{EMAIL_PATTERN}|{_IPV4}|{_IPV6}"
_personal = re.compile(PERSONAL_PATTERN)
_personal_bytes = re.compile(PERSONAL_PATTERN.encode())
_ESCAPES = (b"\\u00", b"\\/")  # JSON that spells a character of an address in another way
_LONG_BYTES = 1024 * 1024  # DuckDB looks through a longer text faster than we do

_replaced = functools.reduce(
    lambda sql, escape: f"replace({sql}, '{escape[0].lower()}', {literal(escape[1])})",
    _ESCAPED.items(),
    "lower(trim(x))",
)
NORMAL_SQL = (
    f"CASE WHEN contains(x, '%') THEN regexp_replace({_replaced}, '^%..', '') "
    "ELSE lower(trim(x)) END"
)
"""SQL of the normal form of the text `x`, which is what is hashed."""
_HASH_SQL = (
    "CREATE OR REPLACE TEMP MACRO personal_hash(x) AS "
    "CASE WHEN getvariable('pii_key') = '' THEN 'hidden' "
    f"ELSE sha256(getvariable('pii_key') || {NORMAL_SQL}) END"
)
_HIDE_SQL = (
    "CREATE OR REPLACE TEMP MACRO hide_personal(x) AS CASE "
    f"WHEN regexp_matches(x, {literal(PERSONAL_PATTERN)}) THEN list_reduce("
    "list_reverse_sort(list_transform(list_distinct("
    f"regexp_extract_all(x, {literal(PERSONAL_PATTERN)})), "
    "lambda found: struct_pack(size := strlen(found), address := found))), "  # the longest first
    "lambda text, found: replace(text, found.address, personal_hash(found.address)), x) ELSE x END"
)
_HASH_COLUMN_SQL = (
    "CREATE OR REPLACE TEMP MACRO hash_personal(x) AS "
    "CASE WHEN trim(x) <> '' THEN personal_hash(x) END"
)
_DROP_SQL = "CREATE OR REPLACE TEMP MACRO drop_personal(x) AS NULL::VARCHAR"
_PLAIN = ("hide_personal", "hash_personal", "drop_personal")


def _normal(value: str) -> str:
    """The normal form of a text, as `NORMAL_SQL` makes it."""
    normal = value.strip(SPACES).lower()
    if "%" not in normal:
        return normal
    for escape, character in _ESCAPED.items():
        normal = normal.replace(escape.lower(), character)
    return re.sub("^%..", "", normal)


def may_be_personal(text: bytes) -> bool:
    """Whether JSON text may hold an e-mail or IP address, so that DuckDB must look closely."""
    if len(text) > _LONG_BYTES or any(escape in text for escape in _ESCAPES):
        return True
    return _personal_bytes.search(text) is not None


@dataclass(frozen=True)
class Privacy:
    """How personal data is written: hashed with a key, or in plain text where that is asked for."""

    key: str = field(default="", repr=False)
    plain: bool = False

    def install(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Define `hide_personal`, `hash_personal` and `drop_personal` on a connection."""
        if self.plain:
            for name in _PLAIN:
                connection.execute(f"CREATE OR REPLACE TEMP MACRO {name}(x) AS x")
            return
        connection.execute(f"SET VARIABLE pii_key = {literal(self.key)}")
        for statement in (_HASH_SQL, _HIDE_SQL, _HASH_COLUMN_SQL, _DROP_SQL):
            connection.execute(statement)

    def hashed(self, value: str) -> str:
        """The hash of one address, as the SQL macros make it; without a key nothing is told."""
        if not self.key:
            return "hidden"
        return hashlib.sha256((self.key + _normal(value)).encode()).hexdigest()

    def hidden(self, text: str) -> str:
        """`text` with every e-mail and IP address hashed."""
        return text if self.plain else _personal.sub(lambda m: self.hashed(m[0]), text)

    def payload(self, row: Any, personal: Mapping[str, str]) -> Any:
        """A rejected row, whole; `personal` says which fields to `hash` and which to `drop`."""
        if self.plain or not isinstance(row, dict):
            return row
        kept = dict(row)
        for name, treatment in personal.items():
            if (value := kept.get(name)) is not None:
                kept[name] = None if treatment == "drop" else self.hashed(str(value))
        return kept
