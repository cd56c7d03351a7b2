"""What is personal is declared, and told where people look at a table's columns."""

from __future__ import annotations

import re

import dagster as dg
import pytest

from analytics_assets.defs.build import build_definitions
from analytics_assets.lake.tables import Table
from analytics_assets.privacy.forgotten import Forgotten, Identifier
from analytics_assets.tables import all_tables
from analytics_assets.vendors import VENDORS

PERSONAL = re.compile(r"(^|_)(e?mail|ip(_address)?|phone|fingerprint|(first|last)_name)($|_)")
KNOWN = {
    "segmetrics/contacts": {"first_name", "last_name", "email"},
    "segmetrics/contact_custom_fields": {"personal_value"},
    "segmetrics/contact_events": {"fingerprint", "ip_address"},
    "session_story/visitors": {"name", "email", "ip_address"},
    "session_story/sessions": {"ip_address"},
    "wemasy/sessions": {"ip_address"},
}
TABLES = [pytest.param(table, id=table.folder) for table in all_tables()]


def test_every_personal_column_is_tagged_in_the_ui() -> None:
    specs = {
        spec.key.to_user_string(): spec
        for definition in build_definitions().resolve_asset_graph().assets_defs
        for spec in definition.specs
    }
    tagged = {}
    for vendor, _ in VENDORS:
        for endpoint in vendor.endpoints:
            name = f"{vendor.name}/{endpoint.name}"
            schema = specs[name].metadata["dagster/column_schema"]
            assert isinstance(schema, dg.TableSchema)
            columns = {c.name for c in schema.columns if c.tags.get("personal_data")}
            if columns:
                tagged[name] = columns
    assert tagged == KNOWN


@pytest.mark.parametrize("table", TABLES)
def test_no_column_looks_personal_and_is_not_declared_so(table: Table) -> None:
    forgotten = [c.name for c in table.columns if PERSONAL.search(c.name) and not c.personal]
    assert forgotten == []


@pytest.mark.parametrize("table", TABLES)
def test_every_column_that_holds_text_is_looked_through(table: Table) -> None:
    """A text inside a type that nobody thought of would keep a forgotten person."""
    somebody = Forgotten((Identifier("0" * 64, "email", "forgotten-0"),))
    replaced = {name for name, _ in somebody._replacements(table.columns)}
    texts = {
        c.name
        for c in table.columns
        if re.search("VARCHAR|JSON|STRUCT|MAP|UNION|BLOB", c.type)
        and c.name not in ("_load_id", "_run_id")
    }
    assert replaced == texts
