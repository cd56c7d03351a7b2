"""Which addresses a credential may be sent to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import httpx

from analytics_assets.errors import ConfigurationError
from analytics_assets.redaction import redact


def check_base_url(variable: str, base_url: str) -> None:
    """Refuse an address that would send credentials in the clear.

    Raises:
        ConfigurationError: not http(s), or plain http to another machine.
    """
    try:
        parts = urlsplit(base_url)
        host = parts.hostname if parts.port != 0 else None  # a port that is no number raises
        httpx.URL(base_url)  # what sends must understand it as well
    except (ValueError, httpx.InvalidURL):
        parts, host = urlsplit(""), None
    if not host:
        what = f"{variable} is {redact(base_url)!r}, which is no address"
        raise ConfigurationError(what, todo="Set it to a URL")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(base_url)):
        return
    raise ConfigurationError(
        f"{variable} is {redact(base_url)!r}, which is not https",
        todo="Use https; plain http is only for this machine",
    )


def is_loopback(base_url: str) -> bool:
    """Whether an address means this machine, which is where a sandbox runs."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
