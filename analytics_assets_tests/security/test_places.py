"""200 places for a person's data: none of them is in the clear, before forgetting and after it.

A place is a spelling of an address, or a field that is personal by its name, at some position of a
row: a column, a nested or undeclared field, a rejected row, an id, the name of a field. What the
platform cannot promise is written in docs/privacy.md, and is no part of the table.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analytics_assets.lake.lake import Lake
from analytics_assets.lake.rewrite import rewriting
from analytics_assets.privacy.fingerprint import note_key
from analytics_assets.privacy.forget import carry_out, plan_to_forget, refuse_what_is_left
from analytics_assets.privacy.hashing import Privacy
from analytics_assets_tests.ingest.fake import FakeClient, load, tables

DAY = date(2026, 2, 1)
PRIVACY = Privacy("key")  # as the loader of the fake vendor has it
PERSON = "wilhelmina@birds.example"
SPELLINGS = {
    "plain": PERSON,
    "upper case": PERSON.upper(),
    "percent": "wilhelmina%40birds.example",
    "percent twice": "wilhelmina%2540birds.example",
    "percent three times": "wilhelmina%252540birds.example",
    "encoded dot": "wilhelmina@birds%2Eexample",
    "every sign encoded": "".join(f"%{ord(c):02X}" for c in PERSON),
    "decimal entity": "wilhelmina&#64;birds.example",
    "hexadecimal entity": "wilhelmina&#x40;birds.example",
    "named entity": "wilhelmina&commat;birds.example",
    "entity in a URL": "wilhelmina%26%2364%3Bbirds.example",
    "JSON escape": "wilhelmina\\u0040birds.example",
    "fullwidth": "wilhelmina\uff20birds.example",
    "small form": "wilhelmina\ufe6bbirds.example",
    "zero-width space": "wilhelmina\u200b@birds.example",
    "international domain": "wilhelmina@b\u00fcrds.example",
    "letters beyond ASCII": "wilhelmin\u00e9@birds.example",
    "Cyrillic": "\u0430\u043d\u043d\u0430wilhelmina@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444",
    "Turkish": "\u0130wilhelmina@birds.example",
    "in brackets": "Someone <wilhelmina@birds.example>",
    "IPv6": "2001:db8:0:1:1:1:1:affe",
    "IPv6, short": "2001:db8::affe",
    "IPv6 in a URL": "2001%3Adb8%3A%3Aaffe",
    "IPv6 with nothing before": "::affe",
    "IPv6, mapped": "::ffff:198.51.100.234",
    "IPv6, mapped in hexadecimal": "::ffff:c633:64ea",
    "IPv4": "198.51.100.234",
    "IPv4 in a URL": "198%2E51%2E100%2E234",
}
NAMED = {
    **dict.fromkeys(("phone", "Telefon", "homePhone", "tel", "Téléphone"), "+34 600 98 71 23"),
    **dict.fromkeys(("phone_number", "telefoonnummer", "cellulare"), "+34 600 98 71 23"),
    **dict.fromkeys(("birthday", "Geburtsdatum", "fecha_de_nacimiento", "dob"), "1984-05-06"),
    **dict.fromkeys(("date de naissance", "geboortedatum", "Data di nascita"), "1984-05-06"),
    **dict.fromkeys(("full_name", "Nombre completo", "lastName", "Prénom"), "Zwitscherling"),
    **dict.fromkeys(("Vorname", "achternaam", "cognome", "sobrenome", "surname"), "Zwitscherling"),
    **dict.fromkeys(("NIF", "dni", "BSN", "codice fiscale", "CPF", "Steuernummer"), "12345678Z"),
    **dict.fromkeys(("street", "Straße", "calle", "indirizzo", "morada", "adres"), "Vogelweg 7"),
}
SECRETS = [
    *(
        "wilhelmin",
        "birds.example",
        "b\u00fcrds",
        "\u043f\u043e\u0447\u0442\u0430",
        "affe",
        "198.51.100.234",
    ),
    *("%2Eexample", "c633:64ea", "198%2E51", "%77%69", *NAMED.values()),
]
POSITIONS = ("column", "in a URL", "nested", "undeclared", "rejected", "id", "name of a field")


@dataclass(frozen=True)
class Place:
    """Where something of a person is put, and what."""

    name: str
    row: dict[str, Any]


def places() -> list[Place]:
    """Spellings by position, then named fields by position."""
    return [
        *(
            Place(f"{s} {p}", at(p, text))
            for (s, text), p in itertools.product(SPELLINGS.items(), POSITIONS)
        ),
        *(
            Place(f"{n} {p}", named(p, n, v))
            for (n, v), p in itertools.product(NAMED.items(), NAMED_AT)
        ),
    ]


NAMED_AT = ("undeclared", "nested", "below address", "pair", "rejected")
_numbers = itertools.count()


def at(position: str, text: str) -> dict[str, Any]:
    """A row of the fake vendor with a text at a position."""
    base: dict[str, Any] = {
        "sale_id": f"s{next(_numbers)}",
        "date": DAY.isoformat(),
        "amount": "1.00",
    }
    by_position: dict[str, dict[str, Any]] = {
        "column": {"note": text},
        "in a URL": {"note": f"https://shop.example/?a=%20b&mail={text}&z=1"},
        "nested": {"properties": {"deep": [{"text": f"by {text}, he said"}]}},
        "undeclared": {"remark": text},
        "rejected": {"amount": {"no": text}},
        "id": {"sale_id": f"{text}"},
        "name of a field": {text: "x", "deep": {text: 1}},
    }
    return base | by_position[position]


def named(position: str, name: str, value: str) -> dict[str, Any]:
    """A row of the fake vendor with a named field at a position."""
    base: dict[str, Any] = {
        "sale_id": f"s{next(_numbers)}",
        "date": DAY.isoformat(),
        "amount": "1.00",
    }
    by_position: dict[str, dict[str, Any]] = {
        "undeclared": {name: value},
        "nested": {"properties": {"more": [{name: value}]}},
        "below address": {"address": {"line": value, name: [value]}},
        "pair": {"fields": [{"name": name, "value": value}]},
        "rejected": {"amount": {"no": 1}, "form": {name: value}},
    }
    return base | by_position[position]


def in_the_clear(root: Path, words: Sequence[str]) -> Iterator[str]:
    """Files below a folder, the values of Parquet files included, that hold one of the words."""
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        if path.suffix == ".parquet":
            rows = duckdb.execute(
                f"FROM read_parquet('{path}', hive_partitioning = false)"
            ).fetchall()
            text = "\n".join(str(row) for row in rows)
        else:
            text = path.read_text("utf-8", "replace")
        for word in words:
            if word.lower() in text.lower():
                yield f"{word} in {path.relative_to(root)}"


def test_nothing_is_in_the_clear_in_any_of_the_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    table = places()
    assert len(table) >= 200
    rows = [place.row for place in table]
    (outcome,) = load(tmp_path / "lake", FakeClient({("north", DAY): rows}), [DAY])
    record = outcome.records[0]
    assert record.rows_loaded + record.rows_rejected + record.rows_duplicate == len(rows)
    assert record.rows_rejected >= len(SPELLINGS)
    assert list(in_the_clear(tmp_path, SECRETS)) == []
    shown = json.dumps([record.undeclared, list(record.reasons)])
    assert [word for word in SECRETS if word.lower() in shown.lower()] == []


def test_a_forgotten_person_is_in_no_place_under_any_hash(tmp_path: Path) -> None:
    """A hash that stays behind still says that two rows are the same person's."""
    rows = [
        at(position, text)
        for text, position in itertools.product(SPELLINGS.values(), POSITIONS)
        if PRIVACY.hashed(PERSON) in PRIVACY.hidden(text)
    ]
    assert len(rows) > 70
    load(tmp_path, FakeClient({("north", DAY): rows}), [DAY])
    assert list(in_the_clear(tmp_path, [PRIVACY.hashed(PERSON)]))
    lake = Lake(tmp_path)
    note_key(lake, PRIVACY)
    with rewriting(lake) as connection:
        plan = plan_to_forget(connection, lake, tables(), [PERSON], PRIVACY, lambda _, work: work)
        carry_out(connection, lake, tables(), plan)
        refuse_what_is_left(connection, lake, tables(), plan.person, lambda _, work: work)
    found = in_the_clear(tmp_path, [PRIVACY.hashed(PERSON), *SECRETS])
    assert [line for line in found if "ops/forgotten" not in line] == []
