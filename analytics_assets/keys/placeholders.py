"""Placeholders for missing values: one list for every field."""

from __future__ import annotations

import re

from analytics_assets.keys.text import folded

PLACEHOLDERS = frozenset(
    {
        *("none", "no", "nil", "null", "nan", "undefined", "void", "empty", "blank", "missing"),
        *("n/a", "na", "n.a.", "n.a", "not available", "not applicable", "not set", "not provided"),
        *("notset", "not_set", "not-set", "unset", "unavailable", "unspecified", "no value"),
        *("unknown", "anonymous", "guest", "true", "false", "infinity", "-infinity", "-1"),
        *("object object", "function", "no order id", "no_order_id"),
        # a name where its value belongs
        *("order_id", "orderid", "order id", "order-id", "transaction_id", "transactionid"),
        # German, Dutch, Spanish, French, Italian, Portuguese
        *("unbekannt", "onbekend", "desconocido", "inconnu", "sconosciuto", "desconhecido"),
        *("gast", "invitado", "invité", "ospite", "convidado", "keine", "geen", "ninguno"),
        *("aucun", "nessuno", "nenhum"),
    }
)
"""Words, folded, without the brackets and quotes around them."""

AROUND = " ()<>[]'\"`"
"""Characters around a placeholder: `(not set)`, `<null>`, `[object Object]`."""

_NOTHING = re.compile(r"[0!-/:-@\[-`{-~ ]*")
"""Zeros and punctuation alone: `0`, `0.00`, `-`, `???`, a UUID of zeros."""

_MACRO = re.compile(
    r"""
      .*[{}].*                                  # {order}, {{campaign.name}}, ${order.id}, {% id %}
    | %{1,2} [a-z_][\w.:-]* %{1,2}              # %ORDER_ID%, %%CLICK_URL%%
    | __ [a-z]\w* __                            # __CAMPAIGN_NAME__
    | \[ [^\[\]]* (?:id|name|number|value|code|order|transaction|campaign|source|medium|keyword
        |placement|creative|click|macro|timestamp) [^\[\]]* \]     # [ORDERID], [campaign_name]
    | < (?: [a-z_][\w.\x20-]* | [%?!].* ) >     # <order_id>, <%= order.id %>
    | \$ [a-z_][\w.]* \$?                       # $ORDER_ID, $order_id$
    | (@{1,2}) [a-z_][\w.]* \1                  # @order_id@
    | \# [a-z_][\w.]* \#                        # #order_id#
    """,
    re.VERBOSE | re.DOTALL,
)
"""Macros that a template or an ad platform did not fill in."""


def is_placeholder(text: str) -> bool:
    """Whether a text is a placeholder for a missing value.

    >>> [is_placeholder(text) for text in ("N/A", "(not set)", "0", "{{order_id}}", "%ORDER_ID%")]
    [True, True, True, True, True]
    >>> [is_placeholder(text) for text in ("1001", "[ES] Brand", "Guest post", "50 % off")]
    [False, False, False, False]
    """
    bare = folded(text)
    return (
        bare.strip(AROUND) in PLACEHOLDERS
        or _NOTHING.fullmatch(bare) is not None
        or _MACRO.fullmatch(bare) is not None
    )
