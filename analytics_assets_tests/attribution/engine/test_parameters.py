"""A parameter that is set twice, or by a step, gives later steps other days than the run's."""

from __future__ import annotations

import re
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

import duckdb

from analytics_assets.attribution.engine import parameters
from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.run import (
    Asked,
    Days,
    Run,
    Settings,
    computing_run,
    exploring_run,
)
from analytics_assets.attribution.engine.statements import sql_files, statement
from analytics_assets.settings import Channels

_ATTRIBUTION = Path(str(resources.files("analytics_assets.attribution")))
_SETS = re.compile(r"\bSET\s+((SESSION|GLOBAL)\s+)?VARIABLE\b", re.IGNORECASE)
_DAY = date(2026, 6, 19)
_OLD = (date(2026, 1, 5), date(2026, 6, 18))


def _value(connection: duckdb.DuckDBPyConnection, name: str) -> object:
    found = connection.execute(f"SELECT getvariable('{name}')").fetchone()
    assert found
    return found[0]


def test_parameters_are_set_in_one_place() -> None:
    """A step that sets a variable changes what every later step reads (case 34)."""
    setting = [
        path.relative_to(_ATTRIBUTION).as_posix()
        for path in sorted(_ATTRIBUTION.rglob("*"))
        if path.suffix in {".py", ".sql"} and _SETS.search(path.read_text("utf-8"))
    ]
    assert setting == [Path(parameters.__file__).relative_to(_ATTRIBUTION).as_posix()]


def test_every_parameter_that_is_read_is_bound() -> None:
    """DuckDB reads a variable that nobody set as null, and the rows are silently gone."""
    read = {
        name
        for path in _ATTRIBUTION.rglob("*")
        if path.suffix in {".py", ".sql"}
        for name in re.findall(r"getvariable\('(\w+)'\)", path.read_text("utf-8"))
    }
    assert read == {*parameters.PARAMETERS, *parameters.SHOPS_FOUND}


def test_binding_another_run_leaves_nothing_of_the_first() -> None:
    """A day of the exploring run that stays would bound what the computing run reads."""
    settings = Settings("Europe/Madrid")
    asked = Asked(Days(_DAY, _DAY), newest=_DAY, published=_OLD)
    exploring = exploring_run(asked, settings)
    computing = computing_run(asked, settings, _OLD[0])
    with duckdb.connect() as connection:
        prepare(connection, exploring)
        assert _value(connection, "last_day") == _DAY
        assert _value(connection, "read_first_day") == _OLD[0]
        parameters.bind(connection, computing)
        again = {name: _value(connection, name) for name in parameters.PARAMETERS}
    with duckdb.connect() as connection:
        prepare(connection, computing)
        assert again == {name: _value(connection, name) for name in parameters.PARAMETERS}


def test_a_run_reads_as_far_back_as_its_months_need() -> None:
    """A model learns from whole months, and the first path of a month begins before it."""
    asked = Asked(Days(_DAY, _DAY), newest=date(2026, 6, 25))
    run = computing_run(asked, Settings("UTC"), _DAY)
    assert run.computed == Days(date(2026, 3, 1), date(2026, 6, 25))
    assert run.read == Days(date(2026, 3, 1) - timedelta(90), date(2026, 6, 25))
    assert run.asked == Days(_DAY, _DAY)


def test_own_spellings_come_before_those_that_are_known() -> None:
    """A user could not say that `meta` is a shop of that name."""
    channels = Channels(aliases={" Meta ": "Meta-Store.com"})
    with duckdb.connect() as connection:
        prepare(connection, Run.of_no_days(Settings("UTC", channels=channels)))
        found = connection.execute("SELECT source_alias('meta'), source_alias('fb')").fetchone()
    assert found == ("meta-store.com", "facebook")


def test_macros_name_no_tables() -> None:
    """A macro that reads a table reads all of it, though the step runs on a shard of persons."""
    for name in sql_files():
        if name.endswith("_macros"):
            sql = re.sub(r"--.*", "", statement(name))
            assert not re.search(r"\b(FROM|JOIN)\s+\w+\.\w+|\bAS\s+TABLE\b", sql), name
