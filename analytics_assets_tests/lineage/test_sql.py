"""The columns that a query's columns are made of."""

from __future__ import annotations

import duckdb
import pytest

from analytics_assets.lineage.sql import Columns, query_columns

_TABLES = {"sales": ("day", "id", "amount", "tag", "parts"), "people": ("id", "name", "tag")}


def _relations(name: str) -> Columns:
    return {column: frozenset([f"{name}.{column}"]) for column in _TABLES[name]}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param("SELECT amount AS a FROM sales", {"a": "amount"}, id="a name"),
        pytest.param("SELECT 1 AS a FROM sales", {"a": ""}, id="a constant"),
        pytest.param(
            "SELECT CASE WHEN tag = 'x' THEN amount END AS a FROM sales WHERE id > 0",
            {"a": "amount tag"},
            id="a condition on the value, and none on the rows",
        ),
        pytest.param(
            "WITH one AS (SELECT *, lower(tag) AS word FROM sales), "
            "two AS (SELECT * EXCLUDE (tag) FROM one) SELECT two.word AS a FROM two",
            {"a": "tag"},
            id="stars and what comes before",
        ),
        pytest.param(
            "SELECT s.* EXCLUDE (id, day, parts, amount, tag), lower(tag) AS id FROM sales AS s",
            {"id": "tag"},
            id="a column in place of the one that a star leaves out",
        ),
        pytest.param(
            "SELECT lower(tag) AS word, word || id AS a FROM sales",
            {"word": "tag", "a": "tag id"},
            id="a name given in the same list",
        ),
        pytest.param(
            "SELECT lower(id) AS tag, tag AS a FROM sales",
            {"tag": "id", "a": "tag"},
            id="a column comes before a name given in the same list",
        ),
        pytest.param(
            "SELECT tag AS a FROM sales UNION ALL SELECT id FROM sales",
            {"a": "tag id"},
            id="a union by place",
        ),
        pytest.param(
            "FROM (SELECT tag AS a, id AS b FROM sales) UNION ALL BY NAME "
            "(SELECT amount AS b FROM sales)",
            {"a": "tag", "b": "id amount"},
            id="a union by name",
        ),
        pytest.param(
            "SELECT day, NULL, NULL, day FROM sales UNION ALL SELECT day, id, tag, day FROM sales",
            {"day": "day", "#1": "id", "#2": "tag", "day#3": "day"},
            id="columns without a name, and with the same one",
        ),
        pytest.param(
            "SELECT day, count(*) AS a FROM sales GROUP BY ALL",
            {"day": "day", "a": "day"},
            id="a count comes from what is grouped",
        ),
        pytest.param(
            "SELECT sum(sign) AS a FROM (SELECT tag, 1 AS sign FROM sales) GROUP BY tag",
            {"a": "tag"},
            id="a sum of a constant is a count",
        ),
        pytest.param(
            "SELECT sum(amount) FILTER (tag = 'x') AS a FROM sales GROUP BY day",
            {"a": "amount tag"},
            id="a filter is part of the value",
        ),
        pytest.param(
            "SELECT row_number() OVER w AS a, lag(amount) OVER w AS b FROM sales "
            "WINDOW w AS (PARTITION BY day ORDER BY id)",
            {"a": "day", "b": "amount"},
            id="a named window",
        ),
        pytest.param(
            "SELECT list(tag ORDER BY amount) AS a FROM sales GROUP BY day",
            {"a": "tag"},
            id="an order of what is aggregated",
        ),
        pytest.param(
            "SELECT row_number() OVER (ORDER BY id) AS a FROM sales", {"a": "id"}, id="an order"
        ),
        pytest.param(
            "SELECT list_transform(parts, lambda x: x || tag) AS a FROM sales",
            {"a": "parts tag"},
            id="a lambda's parameter is no column",
        ),
        pytest.param(
            "SELECT a.size AS a FROM (SELECT struct_pack(size := amount, of := id) AS a "
            "FROM sales)",
            {"a": "amount id"},
            id="a field of a struct",
        ),
        pytest.param(
            "SELECT unnest([{on_day: day, sign: 1}, {on_day: id, sign: -1}], recursive := true) "
            "FROM sales",
            {"on_day": "day id", "sign": ""},
            id="structs spread over columns",
        ),
        pytest.param(
            "SELECT one, name FROM (VALUES ('x', 1), ('y', 2)) AS v(one, two), people",
            {"one": "", "name": "people.name"},
            id="values with names",
        ),
        pytest.param(
            "SELECT *, name || sales.tag AS a FROM sales ANTI JOIN people USING (id) "
            "LEFT JOIN people AS p USING (id)",
            {"day": "day", "id": "id", "amount": "amount", "tag": "tag", "parts": "parts"}
            | {"name": "people.name", "tag#6": "people.tag", "a": "people.name tag"},
            id="a join that only picks rows gives no columns",
        ),
        pytest.param(
            "SELECT id AS a FROM sales FULL JOIN people USING (id)",
            {"a": "id people.id"},
            id="either side of a full join",
        ),
        pytest.param(
            "SELECT (SELECT max(name) FROM people WHERE people.id = sales.id) AS a FROM sales",
            {"a": "people.name"},
            id="a query inside",
        ),
        pytest.param(
            "SELECT p.amount AS a FROM (SELECT p FROM sales AS p)",
            {"a": "day id amount tag parts"},
            id="a row as a value",
        ),
    ],
)
def test_a_column_is_made_of_what_its_expression_names(sql: str, expected: dict[str, str]) -> None:
    """A column that is missed is missing in every impact analysis; DuckDB takes each statement."""
    found = query_columns(sql, _relations)
    assert {name: set(origins) for name, origins in found.items()} == {
        name: {word if "." in word else f"sales.{word}" for word in words.split()}
        for name, words in expected.items()
    }
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE people (id VARCHAR, name VARCHAR, tag VARCHAR)")
        connection.execute(
            "CREATE TABLE sales "
            "(day VARCHAR, id VARCHAR, amount BIGINT, tag VARCHAR, parts VARCHAR[])"
        )
        assert len(connection.sql(sql.replace("id > 0", "id > ''")).columns) == len(expected)


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT colour FROM sales", "colour"),
        ("SELECT sales.colour FROM sales", "sales.colour"),
        ("SELECT tag FROM read_csv('a.csv')", "READ_CSV"),
        ("INSERT INTO sales SELECT 1", "INSERT"),
    ],
)
def test_what_cannot_be_found_is_named(sql: str, name: str) -> None:
    """A name passed over in silence would look like a constant."""
    with pytest.raises(LookupError, match=name):
        query_columns(sql, _relations)
