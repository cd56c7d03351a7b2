"""What each field type takes and refuses when pydantic decides, and how models compile."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from analytics_assets.ingest.fields import (
    Count,
    Flag,
    Id,
    Instant,
    Json,
    LocalDate,
    Money,
    PersonalName,
    PersonalText,
    Ratio,
    Row,
    Text,
    columns_of,
    snake_case,
)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Money, "59.99", Decimal("59.9900")),
        (Money, 89.5, Decimal("89.5000")),
        (Money, 4500, Decimal("4500.0000")),
        (Money, "-3.99995", Decimal("-4.0000")),
        (Money, "1e2", Decimal("100.0000")),
        (Count, "12", 12),
        (Count, 3.0, 3),
        (Ratio, "-174.138608", -174.138608),
        (Ratio, 15.1515, 15.1515),
        (Flag, 0, False),
        (Flag, "true", True),
        (LocalDate, "2025-11-17", date(2025, 11, 17)),
        (LocalDate, "20251117", date(2025, 11, 17)),
        (Instant, "2026-04-15T12:34:56.789Z", datetime(2026, 4, 15, 12, 34, 56, 789000, UTC)),
        (Instant, "2026-04-15T14:34:56+02:00", datetime(2026, 4, 15, 12, 34, 56, tzinfo=UTC)),
        (Id, 1004, "1004"),
        (Id, "A-1", "A-1"),
        (Text, True, "true"),
        (Text, "", ""),
        (Text, "{{campaign.name}}", "{{campaign.name}}"),
        (Json, {"a": [1]}, {"a": [1]}),
    ],
)
def test_every_documented_form_of_a_value_is_read(kind: Any, value: Any, expected: Any) -> None:
    """The same field comes as text from one endpoint and as a number from another."""
    assert TypeAdapter(kind).validate_python(value) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Money, "12,50"),
        (Money, True),
        (Money, "NaN"),
        (Money, "1e14"),
        (Count, 1.5),
        (Count, True),
        (Ratio, "12 %"),
        (Flag, "yes"),
        (LocalDate, "2026-02-30"),
        (LocalDate, "15/04/2026"),
        (Instant, "yesterday"),
        (Instant, 1776256496),
        (Id, ""),
        (Id, {"id": 1}),
        (Id, True),
        (Text, {"a": 1}),
        (Text, ["a"]),
    ],
)
def test_what_is_not_of_the_type_is_refused_with_a_reason(kind: Any, value: Any) -> None:
    """A wrong value would become null, or another value, without a trace."""
    with pytest.raises(ValidationError, match=r"is not|out of range"):
        TypeAdapter(kind).validate_python(value)


class _Sample(Row):
    """One row per sample."""

    order_id: Id = Field(description="Id.")
    lead_value: Money | None = Field(default=None, alias="leadValue", description="Value.")
    email: PersonalText | None = Field(default=None, description="Address.")
    name: PersonalName | None = Field(default=None, description="Name.")


def test_a_model_compiles_to_the_vendor_s_names_in_snake_case() -> None:
    """Columns would be called what the vendor's programmers happened to like."""
    columns = columns_of(_Sample)
    assert [(c.name, c.source, c.required) for c in columns] == [
        ("order_id", "order_id", True),
        ("lead_value", "leadValue", False),
        ("email", "email", False),
        ("name", "name", False),
    ]
    assert [c.type.personal for c in columns] == ["", "", "hash", "drop"]


def test_a_field_of_another_type_is_refused() -> None:
    """A float for money would compile to a column that rounds."""

    class Wrong(Row):
        """One row per mistake."""

        amount: float = Field(description="Money.")

    assert issubclass(Wrong, BaseModel)
    with pytest.raises(TypeError, match=r"Wrong\.amount"):
        columns_of(Wrong)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("numOfCustomers", "num_of_customers"),
        ("add-to-cart", "add_to_cart"),
        ("_id", "_id"),
        ("utm_source", "utm_source"),
        ("Source", "source"),
    ],
)
def test_keys_become_names_that_sql_reads_without_quotes(key: str, expected: str) -> None:
    """Analysts would have to quote columns."""
    assert snake_case(key) == expected
