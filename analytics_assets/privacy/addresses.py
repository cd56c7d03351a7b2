r"""E-mail and IP addresses in text, however they are spelled: found, replaced, compared.

Whoever hides, forgets or verifies uses these functions, so all of them see the same addresses. A
text is looked at as `keys.readable` reads it: percent-encoding decoded until nothing changes, HTML
entities, JSON escapes, fullwidth signs, letters of every script (RFC 6531), IPv6 (RFC 4291) in
full, short or mapped. `MAY_HOLD_ADDRESS` is the test before: it finds every spelling that is
replaced, in Python, in DuckDB (RE2) and, as bytes, in `pii_prefilter.py`.

Only the part of a text that spells an address in another way loses its spelling:

>>> replace_addresses("/?q=%20a&to=ann%2540shop.example&x=%20b", lambda address: "<hidden>")
'/?q=%20a&to=<hidden>&x=%20b'
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Callable

from analytics_assets.keys import email_key, folded, readable

_PERCENT = "%(?:25)*"
_COLON = f"{_PERCENT}3[Aa]"
MAY_HOLD_ADDRESS = "|".join(
    [
        "[@\uff20\ufe6b]",
        f"{_PERCENT}(?:4|{_PERCENT}34)(?:0|{_PERCENT}30)",
        f"{_PERCENT}2[Ee]",
        f"{_PERCENT}[Ee][Ff]{_PERCENT}[Bb](?:[Cc]{_PERCENT}[Aa]0|9{_PERCENT}[Aa][Bb])",
        f"{_PERCENT}26(?:{_PERCENT}23|#|commat)",
        f"{_PERCENT}5[Cc][Uu]",
        "&(?:amp;)*(?:#|commat)",
        r"\\u(?:00[2-7]|[Ff][EeFf])",
        r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]",
        "::",
        "(?::[0-9A-Fa-f]{1,4}){7}",
        f"{_COLON}{_COLON}",
        f"(?:{_COLON}[0-9A-Fa-f]{{1,4}}){{7}}",
    ]
)
"""A pattern of what may spell an address; a text without a match holds none."""

_BREAK = r"\s@<>\"(),;:\[\]\\=&?/#%|{}`"  # ends an address in running text, URLs and JSON
_LABEL = rf"[^{_BREAK}.\u3002'!$*^~+]++"
_ADDRESS = re.compile(
    rf"""
      (?P<email> (?<![^{_BREAK}]) [^{_BREAK}]++ @
          (?: (?:{_LABEL}[.\u3002])+ (?=[^\W\d_]) [^{_BREAK}.\u3002'!$*^~+]{{2,}}
            | \[ [0-9A-Fa-f:.]+ \] ) )
    | (?P<ipv6> (?<![0-9A-Za-z:]) (?=[0-9A-Fa-f]{{0,4}}:) [0-9A-Fa-f:]{{2,45}}+
          (?: (?:\.[0-9]{{1,3}}){{3}} )? )
    | (?P<ipv4> (?<![0-9]) (?:[0-9]{{1,3}}\.){{3}} [0-9]{{1,3}} (?![0-9]) )
    """,
    re.VERBOSE,
)
_IPV4 = re.compile(r"(?<![0-9])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9])")
_may_hold = re.compile(MAY_HOLD_ADDRESS)
_part = re.compile(
    r"(?:%[0-9A-Fa-f]{2}|&(?:#\w{1,8}|[A-Za-z]\w{1,30});|\\u[0-9A-Fa-f]{4}"
    r"|[^\s<>\"(),;?=&#/|{}\[\]\\`])+"
)
_encoded = re.compile(r"[%&\\]|[^\x00-\x7f]")
_REMEMBERED = 2**16

Replacement = Callable[[str], str]


def may_hold_address(text: str) -> bool:
    """Whether a text needs a closer look."""
    return _may_hold.search(text) is not None


def replace_addresses(text: str, replacement: Replacement) -> str:
    """A text with the result of `replacement` in the place of each address."""
    if not may_hold_address(text):
        return text
    if not _encoded.search(text):
        return _replaced(text, replacement)
    done = _part.sub(lambda part: _decoded_if_needed(part[0], replacement), text)
    return _decoded_if_needed(done, replacement)


def addresses_in(text: str) -> list[str]:
    """The addresses of a text in their normal form."""
    found: list[str] = []

    def note(address: str) -> str:
        found.append(normal_form(address))
        return " "

    replace_addresses(text, note)
    return found


@functools.lru_cache(_REMEMBERED)
def normal_form(value: str) -> str:
    r"""The text that is hashed for an address or other personal value; the same for all spellings.

    >>> normal_form(" Ann@Shop.example\n"), normal_form("ann%2540shop.example")
    ('ann@shop.example', 'ann@shop.example')
    >>> normal_form("::FFFF:10.1.2.3"), normal_form("2001:DB8:0:0:0:0:0:1"), normal_form("Ann Lee")
    ('10.1.2.3', '2001:db8::1', 'ann lee')
    """
    if may_hold_address(value):
        if (email := email_key(value)) and "@" in value + readable(value):
            return email
        if ip := _ip(readable(value)):
            return ip
    return folded(value)


def _decoded_if_needed(text: str, replacement: Replacement) -> str:
    """The text as it is read, addresses replaced; as it came where it reads as without any."""
    if not _encoded.search(text):
        return _replaced(text, replacement)
    read = readable(text)
    done = _replaced(read, replacement)
    return text if done == read else done


def _replaced(text: str, replacement: Replacement) -> str:
    return _ADDRESS.sub(lambda found: _of_match(found, replacement), text)


def _of_match(found: re.Match[str], replacement: Replacement) -> str:
    text = found[0]
    if found.lastgroup != "ipv6":
        return replacement(text)
    for candidate in (text, text[:-1] if text.endswith(":") else "", text[1:]):
        if candidate.count(":") > 1 and candidate != "::" and _ip(candidate):
            return text.replace(candidate, replacement(candidate), 1)
    return _IPV4.sub(lambda ip: replacement(ip[0]), text)


def _ip(text: str) -> str | None:
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)
