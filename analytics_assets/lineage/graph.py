"""Tables and columns as a graph: what each column is made of, and what is made of it."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from analytics_assets.attribution.engine.tables import DERIVATIONS
from analytics_assets.ingest.declare import Crawl, Endpoint, Vendor
from analytics_assets.ingest.tables import endpoint_table
from analytics_assets.lake.tables import DAY, EXTRA, LOAD_COLUMNS, OPERATIONS, Table, TableColumn
from analytics_assets.tables import SOURCES

NOTED = Path(__file__).with_name("columns.json")

Direct = Mapping[str, Mapping[str, tuple[str, ...]]]
"""For every derived table, by column, the columns that it is made of (`schema.table.column`)."""

_PLACES = {"section", "position", "query", "line"}
"""Columns with the place of a row in an answer or a file, which shows in its order only."""
CONSTANT = "a setting, or one word per source"
"""The origin of a derived column that is made of no other column."""


@dataclass(frozen=True)
class CardColumn:
    """A column as the page shows it.

    Attributes:
        name: the column.
        type: its DuckDB type.
        description: what it holds.
        source: where it comes from outside the platform: the field of the vendor's row, or the
            setting; empty of what is derived from other columns.
        origins: the columns that it is made of, as `schema.table.column`.
    """

    name: str
    type: str
    description: str
    source: str = ""
    origins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """A table as the page shows it; `layer` is how many tables it is away from the sources."""

    schema: str
    name: str
    layer: int
    grain: str
    columns: tuple[CardColumn, ...]
    title: str
    docs_url: str = ""

    @property
    def table(self) -> str:
        """The table's full name."""
        return f"{self.schema}.{self.name}"


@functools.cache
def direct_lineage() -> Direct:
    """The lineage as it is noted."""
    noted: dict[str, dict[str, list[str]]] = json.loads(NOTED.read_text("utf-8"))
    return {
        table: {name: tuple(origins) for name, origins in columns.items()}
        for table, columns in noted.items()
    }


@functools.cache
def cards() -> tuple[Card, ...]:
    """Every table: the vendors', the user's files, the records of loads, then the derived ones."""
    return (
        *(
            _endpoint_card(vendor, crawl, endpoint)
            for vendor in SOURCES
            for crawl in vendor.crawls
            for endpoint in crawl.endpoints
        ),
        *_operations_cards(),
        *_derived_cards(),
    )


def _endpoint_card(vendor: Vendor, crawl: Crawl, endpoint: Endpoint) -> Card:
    table = endpoint_table(vendor, endpoint)
    fields = {column.name: column.source for column in endpoint.columns}
    columns = [
        CardColumn(c.name, c.type, c.description, _source(c.name, crawl, endpoint, fields))
        for c in _shown(table)
    ]
    url = endpoint.docs_url
    return Card(vendor.name, endpoint.name, 0, endpoint.grain, tuple(columns), vendor.title, url)


def _source(name: str, crawl: Crawl, endpoint: Endpoint, fields: Mapping[str, str]) -> str:
    """The field of the vendor's answer that a column of an endpoint's table is."""
    if name == DAY.name and name not in fields:
        if crawl.snapshot:
            return "the day on which it was asked for"
        dated_by = endpoint.day_column
        return f"local day of {fields[dated_by]}" if dated_by else "the day that was asked for"
    if name == EXTRA.name:
        return "every other field of the row"
    if name not in fields:
        own = fields.get(endpoint.tenant_from)
        return f"field {own}" if own else "the site or account that was asked for"
    return "its place in the answer" if name in _PLACES else f"field {fields[name]}"


def _operations_cards() -> list[Card]:
    """The records of the platform itself that derived tables read."""
    read = {table for columns in direct_lineage().values() for table in _tables_of(columns)}
    return [
        Card(
            table.schema,
            table.name,
            0,
            "Records that the platform keeps of its own work.",
            tuple(
                CardColumn(c.name, c.type, c.description, "noted by the platform")
                for c in _shown(table)
            ),
            "Operations",
        )
        for table in OPERATIONS
        if f"{table.schema}.{table.name}" in read
    ]


def _derived_cards() -> list[Card]:
    direct, layers = direct_lineage(), _layers(direct_lineage())
    found = []
    for derivation in DERIVATIONS:
        table = derivation.table
        name = f"{table.schema}.{table.name}"
        noted = direct.get(name, {})
        columns = tuple(
            CardColumn(c.name, c.type, c.description, "" if origins else CONSTANT, origins)
            for c in _shown(table)
            for origins in [noted.get(c.name, ())]
        )
        layer = layers.get(name, 1)
        title = table.schema.title()
        found.append(Card(table.schema, table.name, layer, derivation.grain, columns, title))
    return sorted(found, key=lambda card: card.layer)


def _layers(direct: Direct) -> dict[str, int]:
    """How far each derived table is from the sources, which are 0."""
    parents = {table: _tables_of(columns) - {table} for table, columns in direct.items()}
    layers: dict[str, int] = {}
    for table in TopologicalSorter(parents).static_order():
        layers[table] = max((layers[p] + 1 for p in parents.get(table, ())), default=0)
    return layers


def _tables_of(columns: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The tables that columns are made of."""
    return {origin.rsplit(".", 1)[0] for origins in columns.values() for origin in origins}


def _shown(table: Table) -> list[TableColumn]:
    """The columns that say something of the row; stamps of the load are the same everywhere."""
    stamps = {column.name for column in LOAD_COLUMNS}
    return [c for c in (table.partition, *table.columns) if c.name not in stamps]


def upstream(column: str, direct: Direct) -> frozenset[str]:
    """Every column that a column is made of, down to the sources, itself included."""
    found = {column}
    left = [column]
    while left:
        table, name = left.pop().rsplit(".", 1)
        new = set(direct.get(table, {}).get(name, ())) - found
        found |= new
        left += new
    return frozenset(found)
