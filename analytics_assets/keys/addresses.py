"""E-mail addresses as they are compared, hashed and forgotten."""

from __future__ import annotations

import re

from analytics_assets.keys.hosts import ascii_host
from analytics_assets.keys.placeholders import is_placeholder
from analytics_assets.keys.text import folded, readable

_NAMED = re.compile(r"<([^<>]*@[^<>]*)>")
_AROUND = "<>\"'`(),;:[]"


def email_key(value: str | None) -> str | None:
    r"""The address in a text as it is compared; None where there is none.

    The part before the @ is folded as `folded` says, the domain is in its ASCII form (UTS #46, IDNA
    2008); white space is never part of an address (RFC 5321), nor are brackets, quotes and a
    `mailto:` around it.

    Letters of Turkish are as in every other language: `İsmail@`, `Ismail@` and `ısmail@` are three
    addresses, because `İ` folds to `i` with a dot above (U+0307), `I` to `i`, and `ı` to itself.
    What a mail server would treat as one address beyond that (dots, `+shop`) is not known here.

    >>> email_key(" Ann@X.example\n"), email_key("mailto:ann%40x.example")
    ('ann@x.example', 'ann@x.example')
    >>> email_key("Ann Lee <ann&#64;x.example>")
    'ann@x.example'
    >>> email_key("info@münchen.example"), email_key("JOSÉ@x.example")
    ('info@xn--mnchen-3ya.example', 'josé@x.example')
    >>> email_key("guest"), email_key("none@none.com"), email_key("@x.example")
    (None, None, None)
    """
    if value is None:
        return None
    text = readable(value)
    if named := _NAMED.search(text):
        text = named[1]
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0]
    local, _, domain = "".join(text.split()).strip(_AROUND).rpartition("@")
    host = ascii_host(domain.strip("."))
    if not local or host is None:
        return None
    if is_placeholder(local) and is_placeholder(host.partition(".")[0]):
        return None
    return f"{folded(local)}@{host}"
