"""Hosts and the registrable domains that they belong to."""

from __future__ import annotations

import functools
import ipaddress
import re

import idna
from publicsuffixlist import PublicSuffixList

from analytics_assets.keys.text import readable

_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#\\]*)")
_BARE = re.compile(r"[^\s/?#\\@:]+\.[^\s/?#\\@:]+(?=[/?#\\:]|$)")
_IPV6 = re.compile(r"\[[0-9a-f:.]+\]")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


def host_of(url: str | None) -> str | None:
    """The host of an address, or a host written alone, in ASCII (UTS #46) and without `www.`.

    None where there is none: a word without a dot, as `newsletter`, is no host.

    >>> host_of("https://www.Shop.example:8443/cart?a=1"), host_of("l.facebook.com")
    ('shop.example', 'l.facebook.com')
    >>> host_of("https://user:secret@shop.example/"), host_of("//cdn.shop.example/a.js")
    ('shop.example', 'cdn.shop.example')
    >>> host_of("https://Bücher.example/"), host_of("http%3A%2F%2Fa.example%2F"), host_of("email")
    ('xn--bcher-kva.example', 'a.example', None)
    """
    if not url:
        return None
    text = readable(url)
    if authority := _AUTHORITY.match(text):
        name = authority[1].rpartition("@")[2]
        if name.startswith("["):
            address = name.partition("]")[0].lower() + "]"
            return address if _IPV6.fullmatch(address) else None
        name = name.partition(":")[0]
    elif bare := _BARE.match(text):
        name = bare[0]
    else:
        return None
    host = ascii_host(name.strip("."))
    if host is None or not (authority or "." in host):
        return None
    while host.startswith("www.") and "." in (rest := host.removeprefix("www.")):
        host = rest
    return host


def site_of(url: str | None) -> str | None:
    """The registrable domain of an address or host: the public suffix and one label before it.

    By the Public Suffix List (publicsuffix.org) as `publicsuffixlist` ships it, with its private
    part: shops under `myshopify.com` are sites of their own. An IP address or a host without a
    dot is its own site.

    >>> site_of("https://checkout.shop.example/pay"), site_of("www.shop.co.uk")
    ('shop.example', 'shop.co.uk')
    >>> site_of("https://one.myshopify.com/"), site_of("http://127.0.0.1:8000/")
    ('one.myshopify.com', '127.0.0.1')
    """
    host = host_of(url)
    return host if host is None else site_of_host(host)


def site_of_host(host: str) -> str:
    """The registrable domain of a host as `host_of` makes it."""
    return host if _is_ip(host) else _suffixes().privatesuffix(host) or host


def ascii_host(name: str) -> str | None:
    """A host in lower-case ASCII (UTS #46, then IDNA 2003 for what 2008 refuses, as emoji)."""
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except UnicodeError:
            try:
                name = name.encode("idna").decode()
            except UnicodeError:
                return None
    name = name.lower()
    return name if _HOST.fullmatch(name) else None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@functools.cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
