"""The lineage page: every table and column, and what each is made of; one file that needs no other.

The page is whole without its script; the script lights up what belongs to a column. Everything that
is not ours is escaped, and a content policy keeps anything else from running or being fetched.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from itertools import groupby
from pathlib import Path

from analytics_assets.lake.staging import lake_errors, write_atomically
from analytics_assets.lineage.graph import Card, CardColumn

_HERE = Path(__file__).parent
_HINT = (
    "Choose a column to see what it is made of, down to the vendor's field, and what is made of it."
    " Arrow keys move, <kbd>/</kbd> searches, <kbd>Esc</kbd> goes back."
)


def lineage_path(warehouse: Path) -> Path:
    """The path of the page: beside the warehouse."""
    return warehouse.with_name("lineage.html")


def write_lineage(path: Path, cards: Sequence[Card]) -> None:
    """Write the page; a reader sees the old one or the new.

    Raises:
        LakeError: the page cannot be written.
    """
    with lake_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, lineage_page(cards))


def lineage_page(cards: Sequence[Card]) -> str:
    """The page as HTML; cards of one layer are together, as are those of one schema in it."""
    style = (_HERE / "page.css").read_text("utf-8")
    script = (_HERE / "page.js").read_text("utf-8")
    layers = [_layer(number, list(found)) for number, found in groupby(cards, lambda c: c.layer)]
    columns = sum(len(card.columns) for card in cards)
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Column lineage</title><style>{style}</style></head><body>"
        f"<header><div><h1>Column lineage</h1><p>{len(cards)} tables, {columns:,} columns. {_HINT}"
        '</p></div><label>Search <input id="search" type="search" autocomplete="off" '
        'placeholder="table or column"></label>'
        '<p id="said" role="status" aria-live="polite"></p></header>'
        f'<main><div id="board"><svg id="lines" aria-hidden="true"></svg>{"".join(layers)}</div>'
        '<aside id="about" aria-label="The chosen column" hidden></aside></main>'
        f'<script type="application/json" id="tables">{_json(cards)}</script>'
        f"<script>{script}</script></body></html>\n"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


def _json(cards: Sequence[Card]) -> str:
    """Tables and columns for the page's script; no text can end the element that holds it."""
    tables = {
        card.table: {
            "title": card.title,
            "grain": card.grain,
            "url": card.docs_url,
            "columns": {
                column.name: {
                    "type": column.type,
                    "description": column.description,
                    "source": column.source,
                    "origins": column.origins,
                }
                for column in card.columns
            },
        }
        for card in cards
    }
    text = json.dumps(tables, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _layer(number: int, cards: Sequence[Card]) -> str:
    heading = f"Derived, step {number}" if number else "Sources"
    groups = [_group(list(found), number) for _, found in groupby(cards, lambda c: c.schema)]
    return f'<section class="layer"><h2>{heading}</h2>{"".join(groups)}</section>'


def _group(cards: Sequence[Card], layer: int) -> str:
    heading = "" if layer else f"<h3>{escape(cards[0].title)}</h3>"
    hue = escape(cards[0].schema)
    return f'<div class="group {hue}">{heading}{"".join(map(_card, cards))}</div>'


def _card(card: Card) -> str:
    columns = "".join(_column(card, column) for column in card.columns)
    table = escape(card.table)
    return (
        f'<article class="card" id="{table}"><h4><button type="button" class="head" '
        f'title="{escape(card.grain)}">{escape(card.name)}<small>{len(card.columns)}</small>'
        f"</button></h4><ul>{columns}</ul></article>"
    )


def _column(card: Card, column: CardColumn) -> str:
    name = escape(f"{card.table}.{column.name}")
    return (
        f'<li><button type="button" class="column" data-id="{name}">{escape(column.name)}'
        f"<small>{escape(column.type)}</small></button></li>"
    )
