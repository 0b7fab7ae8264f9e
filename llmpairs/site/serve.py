"""Serve an exported site on loopback, for one's own use."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LOOPBACK = "127.0.0.1"


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a line per request; a browser asks again each time, as the next export replaces them."""

    protocol_version = "HTTP/1.1"

    def end_headers(self) -> None:
        """Add the header that keeps a browser from showing an earlier export."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (named so by the standard library)
        """Write nothing."""


def create_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of the folder on loopback that is not running yet; port 0 takes a free one.

    OSError where the port is in use.
    """
    return ThreadingHTTPServer((LOOPBACK, port), partial(QuietHandler, directory=str(folder)))


def format_address(server: ThreadingHTTPServer) -> str:
    """Address of the running server."""
    return f"http://{LOOPBACK}:{server.server_port}/"
