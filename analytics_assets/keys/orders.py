"""Order ids, and where they are read from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from analytics_assets.keys.placeholders import is_placeholder
from analytics_assets.keys.text import readable
from analytics_assets.keys.urls import Parameter

ORDER_PARAMETERS = (
    *("order_id", "order_number", "order_no", "order_nr", "order_num", "order_ref"),
    *("order_reference", "order_code", "order_increment_id", "increment_id", "id_order"),
    *("transaction_id", "transaction_number", "trans_id", "txn_id", "purchase_id"),
    # German, Dutch, Spanish, French, Italian, Portuguese
    *("bestellnummer", "bestell_nr", "auftragsnummer", "bestelnummer", "bestelling_id"),
    *("id_pedido", "pedido_id", "numero_pedido", "id_commande", "commande_id"),
    *("numero_commande", "id_ordine", "ordine_id", "numero_ordine"),
)
"""Parameters of a thank-you page's address that carry an order id and nothing else."""

VAGUE_PARAMETERS = ("order", "transaction", "bestellung", "bestelling", "pedido", "commande")
"""Parameters that carry an order id at one shop and something else, as a sort order, at another."""

ORDER = Parameter(*ORDER_PARAMETERS)
VAGUE_ORDER = Parameter(*VAGUE_PARAMETERS)
SORTING = Parameter(
    *("dir", "direction", "sort", "sort_by", "sort_order", "order_by", "order_way", "order_dir")
)
"""Parameters of a sorted list: beside them `order` is its direction or its field."""

THANKS_PATH = r"/order-received/([0-9]+)"
"""WooCommerce's thank-you page has the order id in its path."""

ORDER_PROPERTIES = (
    *("$.order_id", "$.orderId", "$.orderID", "$.order_number", "$.orderNumber", "$.order_no"),
    *("$.transaction_id", "$.transactionId", "$.transactionID", "$.purchase_id"),
    *("$.order.id", "$.order.order_id", "$.order.number", "$.order", "$.transaction"),
    *("$.ecommerce.transaction_id", "$.ecommerce.purchase.actionField.id"),
)
"""Where shops put the order id into what they send along, the first that holds one counts."""

_WHOLE_FLOAT = re.compile(r"([1-9][0-9]*)\.0+")
_NO_ID = re.compile(r"[\[\]{}<>]")


def order_key(order_id: str | None) -> str | None:
    r"""An order id as it is compared; None where it is a placeholder.

    A leading `#` and quotes around it are how shops print an id. A whole number with `.0` is how
    JSON and spreadsheets print one; `1001.5` and `A-1001.0` are ids of their own. Leading zeros and
    case are kept, because shops give out ids that differ in them alone.

    >>> [order_key(text) for text in ("#1001", "%231001", "1001.0", '"1001"', " 1001\ufeff")]
    ['1001', '1001', '1001', '1001', '1001']
    >>> [order_key(text) for text in ("1001.5", "A-1001.0", "0001001", "a-1", "A-1")]
    ['1001.5', 'A-1001.0', '0001001', 'a-1', 'A-1']
    >>> [order_key(text) for text in ("N/A", "0", "{{order_id}}", "[ORDERID]", "", '{"id": 1}')]
    [None, None, None, None, None, None]
    """
    if order_id is None:
        return None
    text = readable(order_id)
    if is_placeholder(text):
        return None
    text = text.strip("\"'` ").lstrip("#").strip("\"'` ")
    if whole := _WHOLE_FLOAT.fullmatch(text):
        text = whole[1]
    return None if _NO_ID.search(text) or is_placeholder(text) else text


def order_id_in_url(url: str | None) -> str | None:
    """The order id in the address of a thank-you page, as `order_key` makes it.

    An id in an address has a digit: `?order=price` is a sort order, and so is any `order` beside
    the parameters of a sorted list.

    >>> order_id_in_url("https://shop.example/thanks?order=%231001")
    '1001'
    >>> order_id_in_url("https://shop.example/checkout/order-received/77/?key=wc_order_x")
    '77'
    >>> order_id_in_url("https://shop.example/shoes?dir=asc&order=price")
    >>> order_id_in_url("https://shop.example/shoes?sort=1&order=2")
    """
    if not url:
        return None
    if (found := ORDER.find(url)) and (key := _with_digit(found[1])):
        return key
    if (path := re.search(THANKS_PATH, url)) and (key := order_key(path[1])):
        return key
    if SORTING.find(url) or not (found := VAGUE_ORDER.find(url)):
        return None
    return _with_digit(found[1])


def order_id_in_json(properties: Mapping[str, Any] | None) -> str | None:
    """The order id among what a shop sends along with an event, as `order_key` makes it.

    >>> order_id_in_json({"order_id": "N/A", "order": {"id": 1001.0}})
    '1001'
    """
    for path in ORDER_PROPERTIES if properties else ():
        value: Any = properties
        for name in path.removeprefix("$.").split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, str | int | float) and (key := order_key(str(value))):
            return key
    return None


def _with_digit(value: str) -> str | None:
    key = order_key(value)
    return key if key and re.search("[0-9]", key) else None
