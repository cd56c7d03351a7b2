"""Turns JSON that strict parsers refuse into JSON that they take, and marks what was changed.

One odd value must not cost a document. What RFC 8259 lets vendors write and parsers still refuse is
replaced, and marked `REPLACED`: half a surrogate pair (section 8.2) becomes U+FFFD, a number beyond
a double (section 6) its text, and what is nested too deeply (section 9) becomes text. What is no
JSON becomes a text that begins with `REFUSED`: bytes that are not UTF-8, control characters, words
such as NaN. A row that holds this mark is rejected, whole; the other rows are loaded.

The marks are noncharacters, which no text may hold (Unicode 17, section 23.7).
"""

from __future__ import annotations

import math
import re

import msgspec

REFUSED = "\ufdd0"
REPLACED = "\ufdd1"
_REFUSED, _REPLACED = REFUSED.encode(), REPLACED.encode()

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MARKS = (_REFUSED, _REPLACED)

_DEEPEST = 64  # levels that are kept where a parser has given up
_LONGEST_NUMBER = 4000  # digits; Python refuses more than 4300

# Each begins with another byte and no part can match in two ways, so that time is linear.
_STRING = rb'"(?:[^"\\]++|\\.)*+"?'
_SOUND = (
    rb'(?:[\s:\[\]{}]++|,(?!\s*+[\]}])|"[ !#-\[\]-~]*+"'
    rb"|-?[0-9](?:(?<!0)[0-9]{0,15})(?=[\s,\]}])|(?:true|false|null)(?=[\s,\]}])){1,1000}+"
)
_TOKENS = re.compile(
    b"(?P<sound>" + _SOUND + b")|(?P<string>" + _STRING + rb")|(?P<comma>,\s*+(?P<end>[\]}]))"
    rb'|(?P<word>[^\s",:\[\]{}]++)',
    re.DOTALL,
)
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?")
_LITERALS = frozenset({b"true", b"false", b"null"})
_BRACKETS = re.compile(_STRING + rb"|[\[\]{}]", re.DOTALL)
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb'|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|(?P<bad>\\)',
)
_LATIN_1 = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}
_CONTROL = re.compile("[\x00-\x1f]")


def mend(text: bytes) -> bytes:
    """The document with every value that a parser may refuse replaced and marked.

    It takes time in proportion to the text. What is broken in its structure stays so.
    """
    return _TOKENS.sub(_mended, _shallow(text.removeprefix(BYTE_ORDER_MARK)))


def is_refused(row: bytes) -> bool:
    """Whether a row holds something that is no JSON."""
    return _REFUSED in row


def unmarked(row: bytes) -> bytes:
    """A row without the marks."""
    return row.replace(_REFUSED, b"").replace(_REPLACED, b"")


def readable(text: bytes) -> str:
    """Bytes as text: UTF-8, and what is not that byte by byte as Latin-1, so that none is lost."""
    return text.decode("utf-8", "surrogateescape").translate(_LATIN_1)


def marked(text: str) -> str:
    """A text that was decoded with `surrogateescape`; refused where that had to escape."""
    plain = text.translate(_LATIN_1)
    return text if plain == text else REFUSED + plain


def _mended(token: re.Match[bytes]) -> bytes:
    kind, text = token.lastgroup, token[0]
    if kind == "string":
        return _mended_string(text)
    if kind == "word":
        return _mended_word(text)
    if kind == "comma":  # before a bracket
        extra = b',"' + _REFUSED + b'":","' if token["end"] == b"}" else b""
        return extra + token["end"]
    return text


def _mended_word(word: bytes) -> bytes:
    if word in _LITERALS:
        return word
    if _NUMBER.fullmatch(word) is None:
        return _as_string(_REFUSED, word)
    if len(word) <= _LONGEST_NUMBER and math.isfinite(float(word)):
        return word
    return _as_string(_REPLACED, word)


def _mended_string(string: bytes) -> bytes:
    if len(string) == 1 or not string.endswith(b'"'):
        return string  # it does not end: the document is cut
    replaced = refused = False

    def mended(escape: re.Match[bytes]) -> bytes:
        nonlocal replaced, refused
        if escape["half"]:
            replaced = True
            return b"\\ufffd"
        if escape["bad"]:
            refused = True
            return b"\\\\"
        return escape[0]

    inner = _ESCAPES.sub(mended, string[1:-1])
    try:
        words = inner.decode()
    except UnicodeDecodeError:
        refused, words = True, readable(inner)
    if _CONTROL.search(words):
        refused = True
        words = _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", words)
    mark = REFUSED if refused else REPLACED if replaced else ""
    return f'"{mark}{words}"'.encode()


def _as_string(mark: bytes, text: bytes) -> bytes:
    return msgspec.json.encode(readable(mark + text))


def _shallow(text: bytes) -> bytes:
    """The document with what is nested more than `_DEEPEST` levels as text, if a parser gives up.

    RFC 8259, section 9: an implementation may limit the depth of nesting.
    """
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except RecursionError:
        pass
    except (msgspec.DecodeError, UnicodeDecodeError):
        return text
    else:
        return text
    parts: list[bytes] = []
    depth = begins = kept_to = 0
    for token in _BRACKETS.finditer(text):
        if token[0] in b"[{":
            depth += 1
            if depth == _DEEPEST + 1:
                begins = token.start()
        elif token[0] in b"]}":
            if depth == _DEEPEST + 1:
                parts += [text[kept_to:begins], _as_string(_REPLACED, text[begins : token.end()])]
                kept_to = token.end()
            depth -= 1
    return b"".join([*parts, text[kept_to:]])
