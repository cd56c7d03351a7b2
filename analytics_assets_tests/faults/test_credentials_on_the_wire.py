"""Credentials and personal data reach the vendor over TLS, and nobody else: no proxy, no log."""

from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import which

import pytest

from analytics_assets.errors import (
    ConfigurationError,
    VendorUnavailableError,
    VendorUnreachableError,
)
from analytics_assets.ingest.http import client as http
from analytics_assets.ingest.http.client import Api
from analytics_assets_tests.fake_api import hurry, unlimited
from analytics_assets_tests.faults.conftest import Stranger, listening
from analytics_assets_tests.vendors.support import Sandbox

KEY = "canary-credential-of-this-test"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def open_api(url: str) -> Api:
    return Api("acme", url, lambda: {"X-API-Key": KEY}, unlimited(), "ACME_API_KEY")


def status(api: Api) -> int:
    return api.fetch("GET", "/control/stats", lambda answer: answer.status)


def use_proxy(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    for name in (*PROXIES, "NO_PROXY"):
        monkeypatch.delenv(name.lower(), raising=False)
        monkeypatch.delenv(name, raising=False)
    for name in PROXIES:
        monkeypatch.setenv(name, address)


def test_this_machine_is_never_asked_through_a_proxy(
    sandbox: Sandbox, stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain http to loopback would hand the key to the company's proxy."""
    use_proxy(monkeypatch, stranger.url)
    with closing(open_api(sandbox.url)) as api:
        assert status(api) == 200
    assert stranger.seen == []


def test_a_proxy_of_the_environment_sees_no_credential(
    stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a company's proxy nothing would work, or the proxy would read the key."""
    use_proxy(monkeypatch, stranger.url)
    with closing(open_api("https://api.acme.example")) as api:
        hurry(api)
        with pytest.raises(VendorUnreachableError, match="the proxy of HTTPS_PROXY"):
            status(api)
    assert stranger.seen
    for request in stranger.seen:
        assert request.startswith("CONNECT api.acme.example:443 ")
        assert KEY not in request


@pytest.mark.parametrize("address", ["socks5://127.0.0.1:1080", "gopher://127.0.0.1"])
def test_a_proxy_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """A traceback of the HTTP library says nothing about the variable to change."""
    use_proxy(monkeypatch, address)
    with pytest.raises(ConfigurationError, match="HTTPS_PROXY"):
        open_api("https://api.acme.example")


_LOUD = """
import logging, logging.config, sys
from analytics_assets.ingest.http.client import Api
from analytics_assets.ingest.http.limits import RateLimit

names = [n for n in logging.root.manager.loggerDict if n.split(".")[0] in ("httpx", "httpcore")]
assert "httpx" in names and "httpcore.http11" in names, names
loud = {"level": "DEBUG", "handlers": ["all"], "propagate": True}
logging.config.dictConfig({
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"all": {"class": "logging.StreamHandler", "level": "DEBUG"}},
    "root": {"level": "DEBUG", "handlers": ["all"]},
    "loggers": {name: loud for name in names},
})
logging.getLogger("host").debug("the host process logs everything")
api = Api("acme", sys.argv[1], lambda: {"X-API-Key": "canary-key"}, RateLimit("x", 60_000), "KEY")
for _ in range(2):
    api.fetch("GET", "/control/stats", lambda a: a, params={"email": "canary@acme.example"})
api.close()
"""


def test_requests_are_not_logged_however_the_host_process_logs(sandbox: Sandbox) -> None:
    """At INFO httpx logs whole URLs, at DEBUG httpcore logs headers: a log is read by many."""
    done = subprocess.run(
        [sys.executable, "-c", _LOUD, sandbox.url], capture_output=True, text=True, check=True
    )
    assert "the host process logs everything" in done.stderr
    for word in ("canary", "HTTP Request", "send_request", "control/stats"):
        assert word not in done.stderr + done.stdout


def test_certificates_are_verified_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A variable left over from a debugging session would open every connection to a listener."""
    for name in ("PYTHONHTTPSVERIFY", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "HTTPX_VERIFY"):
        monkeypatch.setenv(name, "0")
    http._trusted_authorities.cache_clear()
    context = http._trusted_authorities()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.fixture
def certificate(tmp_path: Path) -> Iterator[Path]:
    """A certificate for `localhost` that nobody has signed; its key is beside it."""
    if not (openssl := which("openssl")):
        pytest.skip("no openssl to make a certificate with")
    file = tmp_path / "localhost.pem"
    kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1"
    name = "-subj /CN=localhost -addext subjectAltName=DNS:localhost"
    command = [openssl, *kind.split(), *name.split(), "-keyout", f"{file}.key", "-out", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    yield file
    http._trusted_authorities.cache_clear()


def test_a_server_that_cannot_prove_its_name_gets_nothing(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody between here and the vendor could read the key; a company's own authority may."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, f"{certificate}.key")
    with listening(tls) as impostor:
        url = f"https://localhost:{impostor.port}"
        with closing(open_api(url)) as api:
            hurry(api)
            with pytest.raises(VendorUnreachableError, match="certificate cannot be verified"):
                status(api)
        assert impostor.seen == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        http._trusted_authorities.cache_clear()
        with closing(open_api(url)) as api:
            hurry(api)
            with pytest.raises(VendorUnavailableError, match="502"):
                status(api)
        assert impostor.seen
