"""SQL and pydantic accept and reject the same values, and read the same from them.

Every example is a list of values as a vendor may send them. Each is what the type's own pattern
makes, near it, or anything else that JSON can say.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError, create_model

from analytics_assets.ingest.declare import Endpoint, Tenant, Window
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
)
from analytics_assets.ingest.rows.intake import Intake
from analytics_assets.ingest.rows.reading import Reading, Stamps
from analytics_assets.ingest.rows.workspace import Workspace, open_workspace
from analytics_assets.privacy.addresses import normal_form
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.settings import AnalyticsConfig

DAY = date(2026, 2, 1)
ZONE = "Europe/Madrid"
STAMPS = Stamps("t", "2026-02-02T06:00:00+00:00", "load", "run")
PRIVACY = Privacy("key")
TYPES = {
    "text": Text,
    "id": Id,
    "money": Money,
    "count": Count,
    "ratio": Ratio,
    "flag": Flag,
    "local date": LocalDate,
    "instant": Instant,
    "json": Json,
    "personal text": PersonalText,
    "personal name": PersonalName,
}

_numbers = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False, places=5).map(str),
    st.sampled_from(["1e3", "-0", "0.0", "1.", ".5", "+5", "1_000", "0x10", "1e-7", "NaN", "٣"]),
    st.from_regex(r"-?[0-9]{1,19}(\.[0-9]{0,6})?([eE][-+]?[0-9]{1,3})?", fullmatch=True),
)
_moments = st.one_of(
    st.dates().map(str),
    st.datetimes().map(lambda at: at.isoformat(" ")),
    st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
    st.from_regex(r"[0-9]{4}-?[0-3][0-9]-?[0-9]{2}", fullmatch=True),
    st.from_regex(
        r"20[0-9]{2}-[01][0-9]-[0-3][0-9][ T][0-2][0-9]:[0-9]{2}(:[0-6][0-9](\.[0-9]{1,10})?)?"
        r"(Z|z|[-+][0-2][0-9]:?[0-9]{2}|[-+][0-9]{2}| UTC)?",
        fullmatch=True,
    ),
)
_texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["", " ", "\t", "[", "{", "{}", "[1]", "{{x}}", "null", "true", "TRUE", "0"]),
    st.sampled_from(
        ["a@x.example", "10.0.0.1 x", "a%40x.example", "\\", "'", '"', "\u00a0", "\u2003x"]
    ),
)
_scalars = st.one_of(st.none(), st.booleans(), _numbers, _moments, _texts)
_values = st.one_of(
    _scalars, st.lists(_scalars, max_size=2), st.dictionaries(_texts, _scalars, max_size=2)
)


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_workspace(Path(folder), PRIVACY) as workspace,
    ):
        yield workspace


def endpoint_of(kind: Any, need: str) -> Endpoint:
    required = need == "required"
    shape: Any = kind if required else kind | None
    value: Any = (shape, ...) if required else (shape, None)
    model = create_model("One", __base__=Row, n=(Count, ...), value=value)
    return Endpoint(name="one", model=model, docs_url="", tenant_column="site_id", key=("n",))


def judged(endpoint: Endpoint, rows: list[bytes]) -> dict[int, Any]:
    """What pydantic reads from the rows that it accepts, by position."""
    found: dict[int, Any] = {}
    for n, row in enumerate(rows):
        try:
            model = endpoint.model.model_validate(msgspec.json.decode(row))
        except ValidationError:
            continue
        found[n] = model.model_dump()["value"]
    return found


def stored(value: Any, kind: Any) -> Any:
    """What stands in the table for a value that pydantic has read."""
    if value is None or kind is PersonalName:
        return None
    if kind is PersonalText:
        return PRIVACY.hashed(value) if normal_form(value) else None
    if kind in (Text, Id):
        return PRIVACY.hidden(value)
    if kind is Json:
        return msgspec.json.decode(PRIVACY.hidden_json(msgspec.json.encode(value).decode()))
    if kind is Instant and value.tzinfo is None:
        return value.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    return value


def read(value: Any, kind: Any) -> Any:
    """A value of the table, in the form of `stored`."""
    if value is None:
        return None
    if kind is Json:
        return msgspec.json.decode(value)
    return value.astimezone(UTC) if kind is Instant else value


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-15)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


@pytest.mark.parametrize("need", ["required", "optional"])
@pytest.mark.parametrize("name", TYPES)
def test_what_is_loaded_is_what_pydantic_accepts(
    name: str, need: str, workspace: Workspace, tmp_path: Path
) -> None:
    """A value would be lost, or be another one, by the way that its row happened to take."""
    kind = TYPES[name]
    endpoint = endpoint_of(kind, need)
    window = Window(Tenant("t", ZONE), DAY, DAY, AnalyticsConfig())

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(_values, min_size=1, max_size=40))
    def holds(sent: list[Any]) -> None:
        rows = [msgspec.json.encode({"n": n, "value": value}) for n, value in enumerate(sent)]
        intake = Intake(endpoint, window, workspace, STAMPS, tmp_path)
        intake.add(rows)
        intake.finish()
        loaded = {}
        if intake.parts:
            found = workspace.connection.execute(f"SELECT n, value FROM ({intake.rows(DAY)})")
            loaded = {n: read(value, kind) for n, value in found.fetchall()}
        expected = judged(endpoint, rows)
        assert loaded.keys() == expected.keys()
        assert intake.rejected.total() == len(rows) - len(loaded)
        for n, value in expected.items():
            assert same(loaded[n], stored(value, kind)), rows[n]
        for part in intake.parts:
            part.unlink()

    holds()


@pytest.mark.parametrize("need", ["required", "optional"])
@pytest.mark.parametrize("name", TYPES)
def test_what_sql_takes_without_asking_pydantic_accepts_as_the_same_value(
    name: str, need: str, workspace: Workspace
) -> None:
    """Almost every row is seen by SQL alone: what only SQL accepts would never be noticed."""
    kind = TYPES[name]
    endpoint = endpoint_of(kind, need)
    reading = replace(Reading(endpoint, STAMPS, date(2026, 3, 1)), searched=True)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(_values, min_size=1, max_size=40))
    def holds(sent: list[Any]) -> None:
        rows = [msgspec.json.encode({"n": n, "value": value}) for n, value in enumerate(sent)]
        workspace.spool.write_lines(rows)
        with workspace.time_zone(ZONE):
            sql = reading.taken(workspace.spool.path, max(map(len, rows)))
            found = workspace.connection.execute(f"SELECT n, value FROM ({sql})").fetchall()
        expected = judged(endpoint, rows)
        for n, value in found:
            assert n in expected, rows[n]
            assert same(read(value, kind), stored(expected[n], kind)), rows[n]

    holds()
