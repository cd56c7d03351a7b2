"""Finds what the lake holds about a person: the identifiers, and the rows that carry them.

An e-mail address leads to the contacts that have it, and these to their other addresses. What else
is personal on their rows (a phone number, an IP address) is theirs as well, unless it is also
on a row of somebody else, as the address of a household does: then it goes from their rows only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import duckdb

from analytics_assets.keys import readable
from analytics_assets.lake.rewrite import StoredTable
from analytics_assets.lake.sql import literal, quoted
from analytics_assets.lake.tables import REJECTED_ROWS, TableColumn
from analytics_assets.privacy.addresses import normal_form
from analytics_assets.privacy.forgotten import (
    PSEUDONYM,
    Forgotten,
    Identifier,
    Kind,
    contact_hash,
    is_contact,
    is_email,
    new_pseudonym,
)

_HASH = "[0-9a-f]{64}"


@dataclass
class Person:
    """A person's identifiers as keyed hashes, and, only in memory, as the lake has them."""

    emails: set[str] = field(default_factory=set)
    contacts: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    plain_emails: set[str] = field(default_factory=set, repr=False)
    contact_ids: set[str] = field(default_factory=set, repr=False)

    def counted(self) -> str:
        """How many identifiers of which kind there are."""
        return (
            f"{len(self.emails)} e-mail addresses, {len(self.contacts)} contact ids and "
            f"{len(self.others)} other identifiers"
        )

    def identifiers(self, forgotten: Forgotten) -> tuple[Identifier, ...]:
        """Those that are not forgotten yet, each with a pseudonym of its own.

        One for each, because rows that differ in an identifier must not become the same row.
        """
        known = {identifier.hash for identifier in forgotten.identifiers}
        kinds: tuple[tuple[Kind, set[str]], ...] = (
            ("email", self.emails),
            ("contact", self.contacts),
            ("other", self.others),
        )
        return tuple(
            Identifier(found, kind, new_pseudonym())
            for kind, hashes in kinds
            for found in sorted(hashes - known)
        )


def find_person(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[StoredTable],
    asked: Iterable[str],
    forgotten: Forgotten,
) -> Person:
    """Everything that the lake holds about the person behind e-mail addresses and contact ids."""
    person = Person()
    for text in (text.strip() for text in asked):
        if "@" in readable(text):
            person.plain_emails.add(normal_form(text))
            person.emails.add(forgotten.privacy.hashed(text))
        else:
            person.contact_ids.add(text)
            person.contacts.add(contact_hash(forgotten.privacy, text))
    forgotten.install(connection)
    _install_keys(connection, forgotten)
    _follow_links(connection, tables, person)
    _find_others(connection, tables, person)
    for table, column in _columns(tables, lambda c: is_contact(c) or is_email(c)):
        x, mine = quoted(column.name), _mine([column])
        found = {
            value
            for (value,) in connection.execute(
                f"SELECT DISTINCT trim({x}) FROM {table.rows} WHERE {mine} "
                f"AND NOT starts_with({x}, {literal(PSEUDONYM)})"
            ).fetchall()
        }
        if is_contact(column):
            person.contact_ids |= found
        else:
            person.plain_emails |= {normal_form(v) for v in found if not re.fullmatch(_HASH, v)}
    return person


def _install_keys(connection: duckdb.DuckDBPyConnection, forgotten: Forgotten) -> None:
    """Define the hash of an identifier, whether it is plain, hashed or forgotten."""
    hashes = ", ".join(literal(i.hash) for i in forgotten.identifiers)
    pseudonyms = ", ".join(literal(i.pseudonym) for i in forgotten.identifiers)
    connection.execute(
        f"SET VARIABLE forgotten_before = MAP([{pseudonyms}]::VARCHAR[], [{hashes}]::VARCHAR[])"
    )
    before = f"WHEN starts_with(x, {literal(PSEUDONYM)}) THEN getvariable('forgotten_before')[x]"
    connection.execute(
        "CREATE OR REPLACE TEMP MACRO key_of_contact(x) AS "
        f"CASE {before} ELSE forget_hash('contact ' || trim(x)) END"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP MACRO key_of_value(x) AS "
        f"CASE {before} WHEN regexp_full_match(x, '{_HASH}') THEN x ELSE forget_hash(x) END"
    )


def _follow_links(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[StoredTable], person: Person
) -> None:
    """Go from e-mail addresses to contacts and back until nothing new is found."""
    connection.execute("CREATE OR REPLACE TEMP TABLE links (contact VARCHAR, other VARCHAR)")
    connection.execute("CREATE OR REPLACE TEMP TABLE nested (contact VARCHAR, parent VARCHAR)")
    for table in tables:
        contacts = [c for c in table.columns if is_contact(c)]
        emails = [c for c in table.columns if is_email(c)]
        for contact, email in product(contacts, emails):
            _note(connection, "links", table, (contact, email))
        for parent, contact in product(contacts, contacts):
            if contact.name == "contact_id" != parent.name:
                _note(connection, "nested", table, (contact, parent))
    connection.execute(_ALIASES)
    size = -1
    while size != (size := len(person.emails) + len(person.contacts)):
        _set(connection, person)
        person.emails |= {key for (key,) in connection.execute(_EMAILS_OF).fetchall()}
        person.contacts |= {key for (key,) in connection.execute(_CONTACTS_OF).fetchall()}


_ALIASES = """
CREATE OR REPLACE TEMP TABLE aliases AS
SELECT contact, any_value(parent) AS parent FROM nested
WHERE contact NOT IN (SELECT contact FROM links) AND contact <> parent
GROUP BY contact HAVING count(DISTINCT parent) = 1
"""
"""Rows nested in a contact may name it by another id, which is no contact of its own."""

_IS_MINE = "list_contains(getvariable('person_{kind}'), {column})"
_MY_CONTACT, _MY_PARENT, _MY_EMAIL = (
    _IS_MINE.format(kind=kind, column=column)
    for kind, column in (("contacts", "contact"), ("contacts", "parent"), ("emails", "other"))
)
_EMAILS_OF = f"SELECT other FROM links WHERE {_MY_CONTACT}"
_CONTACTS_OF = f"""
SELECT contact FROM links WHERE {_MY_EMAIL}
UNION SELECT parent FROM aliases WHERE {_MY_CONTACT}
UNION SELECT contact FROM aliases WHERE {_MY_PARENT}
"""


def _note(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    table: StoredTable,
    columns: tuple[TableColumn, TableColumn],
) -> None:
    """Add the pairs of identifiers that are on one row."""
    keys = ", ".join(_key(column) for column in columns)
    connection.execute(
        f"INSERT INTO {name} SELECT DISTINCT * FROM (SELECT {keys} FROM {table.rows}) "
        "AS pairs(a, b) WHERE a IS NOT NULL AND b IS NOT NULL"
    )


def _key(column: TableColumn) -> str:
    """SQL of the hash of what a column holds, in whatever form it is there."""
    return f"key_of_{'contact' if is_contact(column) else 'value'}({quoted(column.name)})"


def _find_others(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[StoredTable], person: Person
) -> None:
    shared: set[str] = set()
    for table, column in _columns(tables, _is_other):
        about = [c for c in table.columns if is_contact(c) or is_email(c)]
        if not about:
            continue
        x = quoted(column.name)
        somebody = " OR ".join(f"{quoted(c.name)} IS NOT NULL" for c in about)
        found = connection.execute(
            f"SELECT key_of_value({x}), bool_or({_mine(about)}), "
            f"bool_or(NOT ({_mine(about)}) AND ({somebody})) "
            f"FROM {table.rows} WHERE {x} IS NOT NULL GROUP BY 1"
        ).fetchall()
        person.others |= {key for key, mine, _ in found if mine and key}
        shared |= {key for key, _, others in found if others}
    person.others -= shared


def _set(connection: duckdb.DuckDBPyConnection, person: Person) -> None:
    for name, hashes in (("emails", person.emails), ("contacts", person.contacts)):
        values = ", ".join(literal(value) for value in sorted(hashes))
        connection.execute(f"SET VARIABLE person_{name} = [{values}]::VARCHAR[]")


def _mine(columns: Iterable[TableColumn]) -> str:
    """SQL: one of the columns names the person; false where they are null."""
    conditions = []
    for column in columns:
        kind = "contacts" if is_contact(column) else "emails"
        conditions.append(f"coalesce({_IS_MINE.format(kind=kind, column=_key(column))}, false)")
    return " OR ".join(conditions)


def _is_other(column: TableColumn) -> bool:
    return column.personal == "hash" and not is_email(column)


def _columns(
    tables: Sequence[StoredTable], wanted: Callable[[TableColumn], bool]
) -> Iterator[tuple[StoredTable, TableColumn]]:
    for table in tables:
        if table.folder != REJECTED_ROWS.folder:
            yield from ((table, column) for column in table.columns if wanted(column))
