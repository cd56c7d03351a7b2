"""A key that SQL makes otherwise than Python joins in one step what another step keeps apart."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import hypothesis
import hypothesis.strategies as st
import pyarrow as pa
import pytest
from duckdb.func import FunctionNullHandling
from iso4217 import Currency

from analytics_assets import keys
from analytics_assets.keys.placeholders import PLACEHOLDERS
from analytics_assets_tests.keys.test_functions import TEXTS

ONE_VALUE: dict[str, Callable[[str], Any]] = {
    f"{function.__name__}(value)": function
    for function in (
        *(keys.readable, keys.is_placeholder, keys.tag_text, keys.tag_key, keys.order_key),
        *(keys.email_key, keys.host_of, keys.site_of, keys.currency_key),
    )
}
"""The keys of one value, by the SQL that makes them."""
FUNCTIONS: dict[str, Callable[[str], Any]] = {
    **ONE_VALUE,
    "order_id_in_url(value)": keys.order_id_in_url,
    "ad_campaign_id(value)": keys.ad_campaign_id,
    "has_tag(value)": keys.has_tag,
    "click_in(value).id": lambda url: (click := keys.click_in(url)) and click.id,
    "click_in(value).source": lambda url: (click := keys.click_in(url)) and click.parameter.source,
    "click_in(value).is_single": lambda url: (click := keys.click_in(url)) and click.is_single,
}
"""And those of addresses, which are made of them."""
_URL_PIECES = st.sampled_from(
    [
        *(
            "https://",
            "http%3A%2F%2F",
            "www.",
            "WWW.",
            "shop.example",
            "xn--80a1acny",
            "bücher",
            ":80",
        ),
        *("/", "\\/", "?", "&", "&amp;", ";", "#", "@", "/order-received/", "ſ", "\u212a", "ı"),
        *(
            "order=",
            "order_id=",
            "OrderId=",
            "sort=",
            "gclid=",
            "FBCLID=",
            "li_fat_id=",
            "li-fat-id=",
        ),
        *(
            "gad_campaignid=",
            "utm_source=",
            "%231001",
            "1001.0",
            "CjwKCAabcdef1234568",
            "{gclid}",
            "%7Bid%7D",
        ),
        *("undefined", "price"),
    ]
)
URLS = st.lists(_URL_PIECES | st.text(max_size=2), max_size=8).map("".join)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        keys.install_keys(connection)
        yield connection


def _by_sql(connection: duckdb.DuckDBPyConnection, sql: str, texts: list[str]) -> list[Any]:
    values = pa.table({"value": pa.array(texts, pa.string())})
    connection.register("texts", values)
    return connection.execute(f"SELECT {sql} FROM texts").fetchall()


def test_sql_and_python_agree_on_texts_of_every_kind(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    @hypothesis.given(st.lists(TEXTS | URLS, min_size=1, max_size=60))
    @hypothesis.settings(max_examples=30, deadline=None)
    def agree(texts: list[str]) -> None:
        by_python = [tuple(read(text) for read in FUNCTIONS.values()) for text in texts]
        assert _by_sql(connection, ", ".join(FUNCTIONS), texts) == by_python

    agree()


@pytest.mark.parametrize("sql", FUNCTIONS)
def test_sql_and_python_agree_on_ascii_and_on_every_placeholder(
    connection: duckdb.DuckDBPyConnection, sql: str
) -> None:
    ascii_ = [chr(point) for point in range(1, 128)]
    texts = [*ascii_, *(a + b for a in ascii_ for b in ascii_)]
    texts += [f"{a}{b}1{c}" for a in ascii_ for b, c in ("a ", ".@", "@.")]
    texts += [
        around.format(word) for word in PLACEHOLDERS for around in ("{}", "({})", " {}", "#{}")
    ]
    texts += [f"{word}@{word}.example" for word in PLACEHOLDERS] + ["EUR", "eur", "XXX", "JPY", "€"]
    assert _by_sql(connection, sql, texts) == [(FUNCTIONS[sql](text),) for text in texts]


@pytest.fixture(scope="module")
def short_ways() -> Iterator[duckdb.DuckDBPyConnection]:
    """The macros over functions that answer NULL: what has a key took the short way."""
    with duckdb.connect() as connection:
        for function in ONE_VALUE.values():
            name = function.__name__
            returned = "BOOLEAN" if name == "is_placeholder" else "VARCHAR"
            connection.create_function(
                f"{name}_python",
                _no_answer,
                ["VARCHAR"],
                returned,
                null_handling=FunctionNullHandling.SPECIAL,
            )
        keys.install_keys(connection)
        connection.execute(
            "CREATE TABLE points AS SELECT chr(point::INTEGER) AS point "
            f"FROM range(1, {sys.maxunicode + 1}) AS points(point) "
            "WHERE point NOT BETWEEN 55296 AND 57343"  # the halves of surrogate pairs
        )
        yield connection


def _no_answer(_: str | None) -> None:
    return None


@pytest.mark.parametrize("sql", ONE_VALUE)
def test_no_code_point_takes_the_short_way_to_another_key(
    short_ways: duckdb.DuckDBPyConnection, sql: str
) -> None:
    for around in ("\n", "a\n1", "a\n@x\n.example"):
        found = short_ways.execute(
            f"SELECT value, {sql} AS key "
            "FROM (SELECT replace(?, chr(10), point) AS value FROM points) "
            f"WHERE {sql} IS NOT NULL",
            [around],
        ).fetchall()
        assert [(value, key) for value, key in found if ONE_VALUE[sql](value) != key] == []


def test_an_event_shows_its_order_id_to_sql_as_to_python(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    events: list[dict[str, Any]] = [
        *({"order_id": "#1001"}, {"orderId": 1001.0}, {"transaction_id": 1001}, {"order": "1001"}),
        *(
            {"order_id": "N/A", "order": {"id": "1001.0"}},
            {"ecommerce": {"transaction_id": "1001"}},
        ),
        *({"order_id": None}, {"order_id": True}, {"order": {"total": 5}}, {"order_id": [1]}, {}),
    ]
    found = [
        connection.execute("SELECT order_id_in_json(?::JSON)", [json.dumps(event)]).fetchall()[0][0]
        for event in events
    ]
    assert found == [keys.order_id_in_json(event) for event in events]
    assert found == ["1001"] * 6 + [None] * 5


def test_sql_knows_the_smallest_unit_of_every_currency(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for currency in Currency:
        (units,) = connection.execute(
            "SELECT minor_units(10.505::DECIMAL(18, 4), ?)", [currency.code]
        ).fetchall()[0]
        assert units == keys.minor_units(Decimal("10.505"), currency.code)


def test_a_connection_outlives_another_that_defined_the_keys_of_its_database(
    tmp_path: Path,
) -> None:
    path = tmp_path / "shared.duckdb"
    with duckdb.connect(path) as first, duckdb.connect(path) as second:
        keys.install_keys(first)
        keys.install_keys(second)
        first.close()
        assert second.execute("SELECT order_key('%231001')").fetchall() == [("1001",)]
