"""Nested data: JSON text that is read, changed where it is personal, and written again.

Numbers keep every digit, and a text in which nothing changes stays byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from analytics_assets.privacy.addresses import replace_addresses
from analytics_assets.privacy.field_names import PAIR_VALUES, FieldNames, Treatment, pair_name

_WHOLE_DIGITS = 18  # what the encoder can write as an integer
_encoder = msgspec.json.Encoder(decimal_format="number")
_MEMBER = re.compile(
    r'("((?:[^"\\]|\\.)*)"\s*:\s*)("(?:[^"\\]|\\.)*(?:"|$)|-?[0-9][0-9.eE+-]*)', re.DOTALL
)

Hash = Callable[[str], str]


def change_json(text: str, change: Callable[[Any], Any], broken: Callable[[str], str]) -> str:
    """JSON text with its document changed; what is not JSON is changed as text by `broken`."""
    try:
        document = json.loads(text, parse_float=Decimal, parse_int=_whole)
        changed = change(document)
        return text if changed == document else _written(changed)
    except (ValueError, RecursionError):
        return broken(text)


def hide_json(text: str, hashed: Hash, names: FieldNames) -> str:
    """JSON text with addresses and the values of personal fields hashed, and names dropped."""
    return change_json(
        text,
        lambda document: hide_document(document, hashed, names),
        lambda whole: hide_broken(whole, hashed, names),
    )


def hide_document(
    value: Any, hashed: Hash, names: FieldNames, treatment: Treatment = "", parent: str = ""
) -> Any:
    """A document with addresses and personal fields hashed, at any depth, keys included.

    Args:
        value: what `json.loads` gives.
        hashed: the keyed hash of a text.
        names: which fields are personal.
        treatment: how the field that holds the value is treated.
        parent: the name of that field.
    """
    if isinstance(value, dict):
        beside = names.treatment(pair_name(value), parent)
        changed = {}
        for name, inner in value.items():
            own = names.treatment(name, parent) or (beside if name in PAIR_VALUES else "")
            kept = hide_document(inner, hashed, names, own or treatment, name)
            changed[replace_addresses(name, hashed)] = kept
        return changed
    if isinstance(value, list):
        return [hide_document(inner, hashed, names, treatment, parent) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    if treatment == "drop":
        return None
    if treatment == "hash":
        return hashed(str(value)) if str(value).strip() else value
    return replace_addresses(value, hashed) if isinstance(value, str) else value


def hide_broken(text: str, hashed: Hash, names: FieldNames) -> str:
    """Text that looks like JSON and is none, such as a row that was cut off."""

    def member(found: re.Match[str]) -> str:
        treatment = names.treatment(found[2])
        if not treatment:
            return found[0]
        value = found[3].strip('"')
        return f'{found[1]}"{hashed(value)}"' if treatment == "hash" else f"{found[1]}null"

    return replace_addresses(_MEMBER.sub(member, text), hashed)


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) <= _WHOLE_DIGITS else Decimal(text)


def _written(document: Any) -> str:
    try:
        return _encoder.encode(document).decode()
    except ValueError:  # half of a surrogate pair, which only an escape can spell
        return json.dumps(document, default=float)
