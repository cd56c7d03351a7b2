"""Serves the lineage page: from a page of Dagster's interface, no browser follows a link to a file.

Only this one page can be asked for; it holds names and descriptions, and no data.
"""

from __future__ import annotations

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from analytics_assets.errors import ConfigurationError


def page_server(host: str, port: int, page: str) -> ThreadingHTTPServer:
    """A server of the page under `/`, listening; port 0 is any free one.

    Raises:
        ConfigurationError: nobody can listen there.
    """
    body = page.encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer with the page."""
            if self.path.partition("?")[0] != "/":
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody wants to read who looked."""

    try:
        return ThreadingHTTPServer((host, port), Handler)
    except (OSError, OverflowError) as error:
        what = f"the lineage page cannot be served at {host}:{port}: {error}"
        raise ConfigurationError(
            what, todo="Give another --port (`make dev`: LINEAGE_PORT)"
        ) from None
