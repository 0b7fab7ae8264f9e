"""A local web server that imitates sources, with good and bad responses, and records what it served."""

import gzip
import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAMES = json.dumps({"data": [{"id": f"lab/m{n}"} for n in range(3)]}).encode()
NEWER = json.dumps({"data": [{"id": f"lab/n{n}"} for n in range(3)]}).encode()
HIDDEN = json.dumps({"data": [{"id": "lab/hidden"}]}).encode()
ROBOTS = b"User-agent: *\nDisallow: /forbidden\n"
DATE = "Mon, 18 May 2026 20:00:00 GMT"
HUGE = 100_000_000
CHUNK = b"x" * 65_536

Served = tuple[str, int, frozenset[tuple[str, str]], bytes]
"""Path, status, headers and body of an answer that was sent whole."""
NOT_ARCHIVED_HEADERS = {"server", "date", "content-length", "transfer-encoding", "set-cookie", "connection"}
"""Headers of the connection, keys, and those that http.server adds by itself."""


class Server(ThreadingHTTPServer):
    """Answers in every way that servers do."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: Counter[str] = Counter()
        self.agents: set[str] = set()
        self.served: list[Served] = []
        self.conditions: dict[str, str] = {}
        """What the last request of a path was made conditional on."""
        self.sent = Counter[str]()
        """Bytes of endless bodies that the client took."""
        self.page, self.tag = NAMES, '"v1"'
        self.ending = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of the play; anything else is a fault of the server."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def serve() -> Iterator[Server]:
    """A running server, with all its answers let go at the end."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ending.set()
        server.shutdown()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        self.server.agents.add(self.headers["User-Agent"])
        asked_if = self.headers["If-None-Match"] or self.headers["If-Modified-Since"]
        self.server.conditions[self.path] = asked_if or ""
        name = self.path.partition("?")[0].strip("/").replace(".", "_")
        getattr(self, f"answer_{name}", self.answer_missing)()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def start(self, status: int, **headers: str) -> frozenset[tuple[str, str]]:
        """Send status and headers; returns those that an archive is to hold."""
        self.send_response(status)
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        for key, value in named.items():
            self.send_header(key, value)
        self.end_headers()
        lower = {(key.lower(), value) for key, value in named.items()}
        return frozenset(pair for pair in lower if pair[0] not in NOT_ARCHIVED_HEADERS)

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send an answer whole."""
        kept = self.start(status, Content_Length=str(len(body)), **headers)
        self.server.served.append((self.path, status, kept, body))
        self.wfile.write(body)

    def stream(self, chunks: Iterator[bytes]) -> None:
        """Send what is never wanted whole, until the client has had enough or the server ends."""
        self.close_connection = True
        try:
            for chunk in chunks:
                if self.server.ending.is_set():
                    return
                self.wfile.write(chunk)
                self.server.sent[self.path] += len(chunk)
        except (BrokenPipeError, ConnectionResetError):
            return

    def answer_robots_txt(self) -> None:
        self.send(200, ROBOTS, Content_Type="text/plain")

    # Good answers.

    def answer_list(self) -> None:
        packed = gzip.compress(NAMES, mtime=0)
        self.send(200, packed, Content_Type="application/json", Content_Encoding="gzip", Set_Cookie="id=1")

    def answer_plain(self) -> None:
        self.send(200, NAMES, Content_Type="application/json")

    def answer_chunked(self) -> None:
        kept = self.start(200, Transfer_Encoding="chunked")
        self.server.served.append((self.path, 200, kept, NAMES))
        for chunk in (NAMES[:10], NAMES[10:], b""):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))

    def answer_tagged(self) -> None:
        tag = self.server.tag
        if self.headers["If-None-Match"] == tag:
            self.send(304, ETag=tag)
        else:
            packed = gzip.compress(self.server.page, mtime=0)
            self.send(200, packed, Content_Type="application/json", Content_Encoding="gzip", ETag=tag)

    def answer_dated(self) -> None:
        if self.headers["If-Modified-Since"] == DATE:
            self.send(304)
        else:
            self.send(200, NAMES, Last_Modified=DATE)

    def answer_flaky(self) -> None:
        if self.server.asked[self.path] == 1:
            self.send(503, b"busy", Retry_After="0")
        else:
            self.send(200, NAMES)

    def answer_patient(self) -> None:
        if self.server.asked[self.path] == 1:
            self.send(429, b"in a moment", Retry_After="0")
        else:
            self.send(200, NAMES)

    def answer_here(self) -> None:
        self.send(302, Location="/there")

    def answer_there(self) -> None:
        self.send(200, NAMES)

    def answer_mislabelled(self) -> None:
        self.send(200, NAMES, Content_Type="text/html; charset=utf-16")

    def answer_hidden(self) -> None:
        self.send(200, HIDDEN if "sk-very-secret" in (self.headers["Authorization"] or "") else b"{}")

    # Answers of no use.

    def answer_elsewhere(self) -> None:
        self.send(301, Location=f"http://localhost:{self.server.server_port}/list")

    def answer_private(self) -> None:
        self.send(302, Location="http://10.0.0.1/list")

    def answer_homewards(self) -> None:
        self.send(301, Location="/en/")

    def answer_loop(self) -> None:
        self.send(302, Location="/loop")

    def answer_missing(self) -> None:
        self.send(404, b"no")

    def answer_withdrawn(self) -> None:
        self.send(410, b"no more")

    def answer_denied(self) -> None:
        self.send(403, b"not for you")

    def answer_forbidden(self) -> None:
        self.send(200, NAMES)

    def answer_limited(self) -> None:
        self.send(429, b"later", Retry_After="9999")

    def answer_broken(self) -> None:
        self.send(500, b"oops")

    def answer_html(self) -> None:
        self.send(200, b"<html>Welcome</html>", Content_Type="application/json")

    def answer_blank(self) -> None:
        self.send(200, b" \n", Content_Type="application/json")

    def answer_nothing(self) -> None:
        self.send(200, b'{"data": []}', Content_Type="application/json")

    def answer_recoded(self) -> None:
        self.send(200, NAMES.decode().encode("utf-16"), Content_Type="application/json; charset=utf-8")

    def answer_bug(self) -> None:
        self.send(200, NAMES)

    def answer_bomb(self) -> None:
        self.send(200, gzip.compress(bytes(5_000_000), mtime=0), Content_Encoding="gzip")

    def answer_half_packed(self) -> None:
        packed = gzip.compress(NAMES, mtime=0)[:-12]
        self.send(200, packed, Content_Encoding="gzip")

    # Answers that do not come to their end.

    def answer_cut(self) -> None:
        self.start(200, Content_Length=str(len(NAMES)))
        self.stream(iter([NAMES[:-10]]))

    def answer_half_chunked(self) -> None:
        self.start(200, Transfer_Encoding="chunked")
        self.stream(iter([b"%x\r\n%s\r\n" % (len(NAMES), NAMES)]))

    def answer_large(self) -> None:
        self.start(200, Content_Length=str(HUGE))
        self.stream(iter([CHUNK] * (HUGE // len(CHUNK))))

    def answer_endless(self) -> None:
        self.start(200, Transfer_Encoding="chunked")
        self.stream(iter([b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK)] * (HUGE // len(CHUNK))))

    def answer_drip(self) -> None:
        self.start(200, Content_Length="1000")
        self.stream(b" " for _ in range(200) if not self.server.ending.wait(0.05))

    def answer_stuck(self) -> None:
        self.server.ending.wait(10)
