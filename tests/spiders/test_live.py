"""A live crawl over the loopback: what is recorded, and that it replays to the same lines with the server gone."""

import gzip
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from spiders.archive import list_archive, verify_archive
from tests.spiders.conftest import ROOT, Crawled, crawl_into

NAMES = json.dumps({"data": [{"id": f"lab/m{n}"} for n in range(3)]}).encode()
HIDDEN = json.dumps({"data": [{"id": "lab/hidden"}]}).encode()


class Server(ThreadingHTTPServer):
    """Answers in every way that servers do, and keeps what it was asked."""

    daemon_threads = True
    asked: Counter[str]
    agents: set[str]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        self.server.agents.add(self.headers["User-Agent"])
        name = self.path.strip("/").replace(".", "_")
        getattr(self, f"answer_{name}", self.answer_missing)()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_robots_txt(self) -> None:
        self.send(200, b"User-agent: *\nDisallow: /forbidden\n", Content_Type="text/plain")

    def answer_list(self) -> None:
        packed = gzip.compress(NAMES, mtime=0)
        self.send(200, packed, Content_Type="application/json", Content_Encoding="gzip", Set_Cookie="id=1")

    def answer_chunked(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in (NAMES[:10], NAMES[10:], b""):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))

    def answer_flaky(self) -> None:
        if self.server.asked[self.path] < 3:
            self.send(503, b"busy", Retry_After="0")
        else:
            self.send(200, NAMES)

    def answer_here(self) -> None:
        self.send(302, Location="/there")

    def answer_there(self) -> None:
        self.send(200, NAMES)

    def answer_elsewhere(self) -> None:
        self.send(302, Location=f"http://localhost:{self.server.server_port}/list")

    def answer_missing(self) -> None:
        self.send(404, b"no")

    def answer_forbidden(self) -> None:
        self.send(200, NAMES)

    def answer_limited(self) -> None:
        self.send(429, b"later", Retry_After="9999")

    def answer_broken(self) -> None:
        self.send(500, b"oops")

    def answer_html(self) -> None:
        self.send(200, b"<html>Welcome</html>", Content_Type="application/json")

    def answer_large(self) -> None:
        self.send(200, b"x" * 30_000)

    def answer_bug(self) -> None:
        self.send(200, NAMES)

    def answer_stuck(self) -> None:
        time.sleep(8)

    def answer_hidden(self) -> None:
        self.send(200, HIDDEN if "sk-very-secret" in (self.headers["Authorization"] or "") else b"{}")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    found = Server(("127.0.0.1", 0), Handler)
    found.asked, found.agents = Counter(), set()
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()


@pytest.fixture(scope="module")
def live(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    out = tmp_path_factory.mktemp("live")
    return crawl_into(out, "--port", str(server.server_port), module="tests.spiders.loopback")


@pytest.fixture(scope="module")
def replayed(live: Crawled, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    asked = sum(server.asked.values())
    archive = str(live.out / "archive")
    out = tmp_path_factory.mktemp("replay")
    crawled = crawl_into(
        out, "--port", str(server.server_port), "--archive", archive, module="tests.spiders.loopback"
    )
    assert sum(server.asked.values()) == asked, "a replay asked the server"
    return crawled


def causes(crawled: Crawled) -> dict[str, str]:
    return {each["url"].rpartition("/")[2]: each["cause"] for each in crawled.health("loopback")["failures"]}


def test_each_failure_has_its_name(live: Crawled) -> None:
    assert live.code == 0
    assert causes(live) == {
        "elsewhere": "moved",
        "missing": "gone",
        "forbidden": "blocked",
        "limited": "rate_limited",
        "broken": "failed",
        "html": "not_text",
        "large": "failed",
        "bug": "failed",
        "stuck": "timed_out",
    }
    health = live.health("loopback")
    assert (health["state"], health["mode"], health["items"]) == ("partial", "live", 13)
    details = {each["url"].rpartition("/")[2]: each["detail"] for each in health["failures"]}
    assert details["elsewhere"] == "HTTP 302 to localhost"
    assert details["bug"] == "the parser broke: ZeroDivisionError: a bug of ours"
    assert health["started_at"] <= health["finished_at"]


def test_the_server_is_treated_with_manners(live: Crawled, server: Server) -> None:
    assert server.asked["/robots.txt"] == 1
    assert "/forbidden" not in server.asked
    assert (server.asked["/flaky"], server.asked["/broken"], server.asked["/limited"]) == (3, 3, 1)
    (agent,) = server.agents
    assert agent.startswith("llmpairs/")
    assert "(+https://github.com/llmpairs/llmpairs)" in agent


def test_a_replay_without_the_server_lands_the_same_bytes(live: Crawled, replayed: Crawled) -> None:
    name = Path("landing") / "loopback.jsonl.gz"
    assert (replayed.out / name).read_bytes() == (live.out / name).read_bytes()
    same = {**causes(live), "forbidden": "not_archived", "large": "not_archived", "stuck": "not_archived"}
    assert causes(replayed) == same
    assert "started_at" not in replayed.health("loopback")


def test_captures_lead_to_the_records(live: Crawled, replayed: Crawled) -> None:
    records = {row["record_id"]: row for row in list_archive(live.out / "archive")}
    for row in live.captures("loopback"):
        assert records[row["warc_record_id"]]["offset"] == row["warc_offset"]
    again = {row["capture_id"]: row for row in replayed.captures("loopback")}
    for row in live.captures("loopback"):
        assert row == again[row["capture_id"]]


def test_everything_is_recorded_but_the_key(live: Crawled) -> None:
    path = live.out / "archive" / "loopback.warc.gz"
    assert verify_archive(path) == []
    statuses = Counter(row["url"].rpartition("/")[2] for row in list_archive(path))
    assert statuses["flaky"] == 3
    assert statuses["robots.txt"] == 1
    with gzip.open(path) as stream:
        assert b"sk-very-secret" not in stream.read()
    everything = b"".join(each.read_bytes() for each in live.out.rglob("*") if each.is_file())
    assert b"sk-very-secret" not in everything
    assert "sk-very-secret" not in live.errors


def test_progress_is_one_line_a_page(live: Crawled) -> None:
    lines = [json.loads(line) for line in live.errors.splitlines() if line.startswith("{")]
    assert {line["source"] for line in lines} == {"loopback"}
    assert lines[-1]["pages"] == 14
    assert next(line for line in lines if line["url"].endswith("/list"))["items"] == 3


def test_an_unchanged_page_is_recorded_as_such(live: Crawled, server: Server, tmp_path: Path) -> None:
    rows = [row for row in live.captures("loopback") if row["url"].endswith(("/list", "/chunked"))]
    previous = tmp_path / "previous.jsonl"
    known = [
        {
            "url": row["url"],
            "captured_at": row["captured_at"],
            "payload_digest": row["stored_digest"],
            "file": "../../first/archive/loopback.warc.gz",
        }
        for row in rows
    ]
    previous.write_text("".join(json.dumps(each) + "\n" for each in known))
    (tmp_path / "first").symlink_to(live.out)
    arguments = ("--port", str(server.server_port), "--paths", "list,chunked", "--previous", str(previous))
    second = crawl_into(tmp_path / "second", *arguments, module="tests.spiders.loopback")
    assert {row["warc_record_type"] for row in second.captures("loopback")} == {"revisit"}
    third = crawl_into(
        tmp_path / "third",
        *("--port", str(server.server_port), "--paths", "list,chunked"),
        *("--archive", str(tmp_path / "second" / "archive")),
        module="tests.spiders.loopback",
    )
    assert third.landed("loopback") == second.landed("loopback")
    assert third.health("loopback")["state"] == "ok"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_crawl_ends_at_once_and_leaves_no_half_file(
    server: Server, tmp_path: Path, number: signal.Signals
) -> None:
    arguments = ["--port", str(server.server_port), "--out", str(tmp_path), "--paths", "list,stuck"]
    command = [sys.executable, "-m", "tests.spiders.loopback", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert '"url"' in process.stderr.readline()
    started = time.monotonic()
    process.send_signal(number)
    assert process.wait(timeout=5) == 128 + number
    assert time.monotonic() - started < 1
    process.stderr.close()
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == ["loopback.warc.gz.part"]
    assert len(list_archive(tmp_path / "archive" / "loopback.warc.gz.part")) >= 2
