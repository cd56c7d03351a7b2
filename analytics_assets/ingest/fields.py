"""The field types of every vendor's rows, each with one pattern that pydantic and DuckDB share.

A row model is a pydantic class whose fields use only these types. `columns_of` compiles it: DuckDB
reads every scalar as text, `value_sql` turns the text into the column, and `accepts_sql` says where
it may. SQL takes the plain forms of a value only; what it does not take is shown to pydantic, which
knows all forms, decides and explains. So pydantic must take whatever SQL takes, as the same value.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic.fields import FieldInfo

from analytics_assets.privacy.field_names import FieldNames

_WHOLE = r"-?[0-9]{1,18}(\.0+)?"
_RATIO = r"-?[0-9]{1,15}(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?"
_DATE = r"[1-9][0-9]{3}-?[0-9]{2}-?[0-9]{2}"
_INSTANT = (
    r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"(Z|[-+]([01][0-9]|2[0-3]):?[0-5][0-9])?"
)
_FLAG = r"(?i)true|false|0|1"
_CENTS = Decimal("0.0001")
_BLANK = ""
_NO_DATE = (
    # of MySQL; the same by Carbon and by PHP's DateTime; the first instant of .NET
    r"|(0000-00-00|-0001-11-30|0001-01-01)"
    r"([ T]00:00:00(\.0{1,9})?(Z|[+]00:?00)?)?"
)
"""Patterns of what vendors write where they have no value."""


@dataclass(frozen=True)
class FieldType:
    """How one kind of value is stored, recognised and read.

    The SQL templates have `{x}` for the vendor's text, and `accepts_sql` has `{value}` for
    `value_sql`. `personal` is empty, `hash` or `drop`. `missing` is the pattern of what vendors
    send in an optional field that has no value; None where every text is one. A text that is not
    `searched` cannot hold an address.
    """

    name: str
    duckdb: str
    accepts_sql: str
    value_sql: str
    reads: str = "VARCHAR"
    personal: str = ""
    missing: str | None = None
    searched: bool = False


@dataclass(frozen=True)
class Column:
    """One column of an endpoint's table, compiled from a model's field."""

    name: str
    source: str
    type: FieldType
    required: bool
    description: str

    def accepts(self, x: str) -> str:
        """SQL that is true where the text `x` is of the type, or missing and optional."""
        test = self.type.accepts_sql.format(x=x, value=self.value(x))
        if self.required:
            return f"({x} IS NOT NULL AND {test})"
        match self.type.missing:
            case None:
                missing = ""
            case "":
                missing = f" OR trim({x}) = ''"
            case pattern:
                missing = f" OR regexp_full_match(trim({x}), '{pattern}')"
        return f"({x} IS NULL OR {test}{missing})"

    def value(self, x: str, *, searched: bool = False) -> str:
        """SQL that reads the text `x`; with addresses in it hashed where it is `searched`.

        Nested values are always looked at: a member may be personal by its name alone.
        """
        value = self.type.value_sql.format(x=x)
        if self.type.reads == "JSON":
            return f"hide_json({value})" if searched else f"hide_named({value})"
        return f"hide_personal({value})" if searched and self.type.searched else value


class Row(BaseModel):
    """A row as the vendor documents it: what breaks its types is rejected.

    Fields that are not declared go to `_extra`.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    guessed: ClassVar[bool] = False

    @model_validator(mode="before")
    @classmethod
    def _without_missing(cls, row: Any) -> Any:
        """Vendors send an empty text or a date of zeros for what they do not have."""
        if not isinstance(row, dict):
            return row
        missing = {c.source: c.type.missing for c in columns_of(cls) if c.type.missing is not None}
        return {
            key: value
            for key, value in row.items()
            if not (
                isinstance(value, str)
                and key in missing
                and re.fullmatch(missing[key], value.strip())
            )
        }


class GuessedRow(Row):
    """A row whose fields the vendor does not document, or not all of them.

    A wrong guess costs no row: an optional value that does not fit its type is null, and kept as it
    came in `_extra`.
    """

    guessed = True


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float | Decimal):
        return str(value)
    msg = "is not a text"
    raise ValueError(msg)


def _matching(pattern: str, what: str, value: Any) -> str:
    text = _text(value).strip() if not isinstance(value, bool) else "?"
    if re.fullmatch(pattern, text) is None:
        msg = f"is not {what}"
        raise ValueError(msg)
    return text


def _identifier(value: Any) -> str:
    text = _text(value)
    if isinstance(value, bool) or not text.strip():
        msg = "is not an id"
        raise ValueError(msg)
    return text


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        msg = "is not an amount"
        raise ValueError(msg)  # noqa: TRY004  pydantic turns only ValueError into an explanation
    try:
        amount = Decimal(str(value)).quantize(_CENTS, ROUND_HALF_UP)
    except InvalidOperation:
        msg = "is not an amount"
        raise ValueError(msg) from None
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 14:
        msg = "is not an amount"
        raise ValueError(msg)
    return amount


def _count(value: Any) -> int:
    return int(Decimal(_matching(_WHOLE, "a whole number", value)))


def _ratio(value: Any) -> float:
    return float(_matching(_RATIO, "a number", value))


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return _matching(_FLAG, "true or false", value).lower() in ("true", "1")


def _local_date(value: Any) -> date:
    text = _matching(_DATE, "a date", value).replace("-", "")
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007  a local day has no zone


def _instant(value: Any) -> datetime:
    return datetime.fromisoformat(_matching(_INSTANT, "an instant", value))


def _matches(pattern: str) -> str:
    """SQL that tests `{x}` against a pattern, with the pattern's braces kept from `str.format`."""
    return "regexp_full_match({x}, '" + pattern.replace("{", "{{").replace("}", "}}") + "')"


_IS_THERE = "{value} IS NOT NULL"
_IN_RANGE = "{value} BETWEEN -99999999999999 AND 99999999999999"  # DuckDB reads 1e14 as well
# An object where a text belongs is read as text too: what looks like one is left to pydantic.
# Comparing whole texts is five times as fast as looking at their first character.
_NO_CONTAINER = "({x} < '[' OR ({x} >= '\\' AND {x} < '{{') OR {x} >= '|')"
_AS_DATE = (
    "CASE WHEN strlen({x}) = 8 THEN try_strptime({x}, '%Y%m%d')::DATE "
    "ELSE try_cast({x} AS DATE) END"
)
TEXT = FieldType("text", "VARCHAR", _NO_CONTAINER, "{x}", searched=True)
MONEY = FieldType(
    "money", "DECIMAL(18,4)", _IN_RANGE, "try_cast({x} AS DECIMAL(18,4))", missing=_BLANK
)
COUNT = FieldType("count", "BIGINT", _matches(_WHOLE), "try_cast({x} AS BIGINT)", missing=_BLANK)
RATIO = FieldType("ratio", "DOUBLE", _matches(_RATIO), "try_cast({x} AS DOUBLE)", missing=_BLANK)
FLAG = FieldType(
    "flag",
    "BOOLEAN",
    "{x} IN ('true', 'false', '0', '1')",
    "try_cast({x} AS BOOLEAN)",
    missing=_BLANK,
)
IDENTIFIER = FieldType(
    "id",
    "VARCHAR",
    # it begins with more than a space or a break, and is not what a flag looks like as text
    f"({{x}} > '!' AND {{value}} IS NOT NULL AND {{x}} <> 'true' AND {{x}} <> 'false' "
    f"AND {_NO_CONTAINER})",
    "CASE WHEN trim({x}) <> '' THEN {x} END",
    missing=_BLANK,
    searched=True,  # some vendors' visitors are named by their addresses
)
LOCAL_DATE = FieldType(
    "local date",
    "DATE",
    "({x} >= '1' AND CASE WHEN strlen({x}) = 8 THEN {value} IS NOT NULL "
    "ELSE {value}::VARCHAR = {x} END)",
    _AS_DATE,
    missing=_NO_DATE,
)
INSTANT = FieldType(
    "instant",
    "TIMESTAMPTZ",
    f"({_matches(_INSTANT)} AND {_IS_THERE})",
    "try_cast({x} AS TIMESTAMPTZ)",  # without an offset: in the connection's time zone
    missing=_NO_DATE,
)
JSON = FieldType("json", "JSON", "true", "{x}", reads="JSON")
PERSONAL = FieldType(
    "personal text", "VARCHAR", TEXT.accepts_sql, "hash_personal({x})", personal="hash"
)
NAME = FieldType(
    "personal name", "VARCHAR", TEXT.accepts_sql, "drop_personal({x})", personal="drop"
)

Text = Annotated[str, BeforeValidator(_text), TEXT]
"""Any text; e-mail and IP addresses inside it are hashed."""
Id = Annotated[str, BeforeValidator(_identifier), IDENTIFIER]
"""An identifier, kept as text whatever the vendor sends; one that is an address is hashed."""
Money = Annotated[Decimal, BeforeValidator(_decimal), MONEY]
"""An amount in the vendor's unit, from a text or a number, to four decimals."""
Count = Annotated[int, BeforeValidator(_count), COUNT]
"""A whole number."""
Ratio = Annotated[float, BeforeValidator(_ratio), RATIO]
"""A rate, percentage, average or coordinate: never money."""
Flag = Annotated[bool, BeforeValidator(_flag), FLAG]
"""True or false."""
LocalDate = Annotated[date, BeforeValidator(_local_date), LOCAL_DATE]
"""A local day, `YYYY-MM-DD` or `YYYYMMDD`."""
Instant = Annotated[datetime, BeforeValidator(_instant), INSTANT]
"""A moment; without an offset it is read in the tenant's time zone."""
Json = Annotated[Any, JSON]
"""Anything nested; addresses inside it, and members that are personal by name, are hashed."""
PersonalText = Annotated[str, BeforeValidator(_text), PERSONAL]
"""An e-mail address, IP address, phone number and the like: hashed before it is written."""
PersonalName = Annotated[str, BeforeValidator(_text), NAME]
"""A person's name: dropped before it is written."""


@functools.cache
def columns_of(model: type[Row]) -> tuple[Column, ...]:
    """Compile a row model to columns.

    A field's alias is the vendor's key; the column is that key in snake_case.

    Raises:
        TypeError: a field is not of one of this module's types.
    """
    return tuple(_column(model, name, info) for name, info in model.model_fields.items())


def _column(model: type[Row], name: str, info: FieldInfo) -> Column:
    found = [part for part in info.metadata if isinstance(part, FieldType)]
    found = found or _in_union(info.annotation)
    if len(found) != 1:
        msg = f"{model.__name__}.{name} is not of a declared field type"
        raise TypeError(msg)
    source = info.alias or name
    return Column(
        name=snake_case(source),
        source=source,
        type=found[0],
        required=info.is_required(),
        description=info.description or "",
    )


def _in_union(annotation: Any) -> list[FieldType]:
    if get_origin(annotation) not in (Union, UnionType):
        return []
    members = [member for member in get_args(annotation) if member is not NoneType]
    return [
        part for member in members for part in get_args(member)[1:] if isinstance(part, FieldType)
    ]


def is_personal_name(name: str, parent: str = "") -> bool:
    """Whether a field that nobody declares is personal by its name; `parent` is what holds it."""
    return bool(FieldNames().treatment(name, parent))


def snake_case(key: str) -> str:
    """A vendor's key as a column name: camelCase and dashes become underscores."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key)
    return re.sub(r"[^0-9A-Za-z_]+", "_", spaced).lower()
