"""The keys on a DuckDB connection: macros with a short way for plain values, over Python functions.

A function is registered under its name with `_python` behind it and remembers what it has answered,
so that a value costs once however many rows have it.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable
from importlib import resources
from typing import TypeVar

import duckdb
from duckdb.func import FunctionNullHandling
from iso4217 import Currency

from analytics_assets.keys.addresses import email_key
from analytics_assets.keys.clicks import AD_CAMPAIGN, ANY_CLICK, BY_PLAIN_NAME, SHORTEST_SINGLE
from analytics_assets.keys.currencies import OTHER_DIGITS, currency_key
from analytics_assets.keys.hosts import host_of, site_of_host
from analytics_assets.keys.orders import (
    ORDER,
    ORDER_PROPERTIES,
    SORTING,
    THANKS_PATH,
    VAGUE_ORDER,
    order_key,
)
from analytics_assets.keys.placeholders import PLACEHOLDERS, is_placeholder
from analytics_assets.keys.tags import TAG, tag_key, tag_text
from analytics_assets.keys.text import readable

_Answer = TypeVar("_Answer")
_REMEMBERED_VALUES = 2**16
_PARAMETERS = {
    "tag": TAG,
    "click": ANY_CLICK,
    "ad_campaign": AD_CAMPAIGN,
    "order_id": ORDER,
    "vague_order_id": VAGUE_ORDER,
    "sorting": SORTING,
}


def install_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """Define the macros of `macros.sql` on a connection; doing so again is harmless.

    >>> with duckdb.connect() as connection:
    ...     install_keys(connection)
    ...     connection.execute("SELECT order_key('%231001'), site_of('www.shop.co.uk')").fetchone()
    ('1001', 'shop.co.uk')
    """
    for name, (function, returned) in _FUNCTIONS.items():
        # connections to one database share their functions
        with contextlib.suppress(duckdb.CatalogException, duckdb.NotImplementedException):
            connection.create_function(
                f"{name}_python",
                function,
                ["VARCHAR"],
                returned,
                null_handling=FunctionNullHandling.SPECIAL,
            )
    for name, value in _constants().items():
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {name}() AS {value}")
    connection.execute(resources.files(__package__).joinpath("macros.sql").read_text("utf-8"))


def _remembering(function: Callable[[str], _Answer]) -> Callable[[str | None], _Answer | None]:
    @functools.lru_cache(_REMEMBERED_VALUES)
    def remembered(value: str | None) -> _Answer | None:
        return None if value is None else function(value)

    return remembered


# DuckDB keeps no reference to a function that another connection to the same database registered:
# these live as long as the process.
_FUNCTIONS = {
    **{
        function.__name__: (_remembering(function), "VARCHAR")
        for function in (readable, tag_text, tag_key, order_key)
    },
    **{
        function.__name__: (_remembering(function), "VARCHAR")
        for function in (email_key, host_of, site_of_host, currency_key)
    },
    is_placeholder.__name__: (_remembering(is_placeholder), "BOOLEAN"),
}


@functools.cache
def _constants() -> dict[str, str]:
    """Macros without arguments by name: the constants that Python and SQL share."""
    clicks = ", ".join(
        f"{_text(name)}: {{source: {_text(click.source)}, medium: {_text(click.medium)}, "
        f"single: {click.single}}}"
        for name, click in BY_PLAIN_NAME.items()
    )
    units = ", ".join(f"{_text(code)}: {10**digits}" for code, digits in OTHER_DIGITS.items())
    parameters = ", ".join(
        f"{name}: {{first: {_text(parameter.first)}, names: {_text(parameter.names)}}}"
        for name, parameter in _PARAMETERS.items()
    )
    codes = sorted(c.code for c in Currency if currency_key(c.code) == c.code)
    return {
        "placeholder_words": _list(sorted(PLACEHOLDERS)),
        "currency_codes": _list(codes),
        "unusual_minor_units": f"MAP {{{units}}}",
        "click_parameters": f"MAP {{{clicks}}}",
        "parameters": f"{{{parameters}}}",
        "order_properties": _list(ORDER_PROPERTIES),
        "shortest_single_click": str(SHORTEST_SINGLE),
        "thanks_path": _text(THANKS_PATH),
    }


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str | None) -> str:
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"
