"""A live crawl over the loopback: its causes, its archive, and its replay without the server."""

import gzip
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from llmpairs.spiders.archive import list_archive, verify_archive
from tests.spiders.conftest import ROOT, Crawled, crawl_into
from tests.spiders.loopback import PATHS
from tests.spiders.server import HUGE, NOT_ARCHIVED_HEADERS, Server, serve

LOOPBACK = "tests.spiders.loopback"
FAILURES = {
    "elsewhere": "moved",
    "private": "moved",
    "homewards": "moved",
    "loop": "moved",
    "missing": "gone",
    "withdrawn": "gone",
    "denied": "blocked",
    "forbidden": "blocked",
    "limited": "rate_limited",
    "broken": "failed",
    "html": "not_text",
    "blank": "not_text",
    "recoded": "not_text",
    "bug": "failed",
    "bomb": "too_large",
    "large": "too_large",
    "endless": "too_large",
    "half_packed": "cut_short",
    "cut": "cut_short",
    "half_chunked": "cut_short",
    "drip": "timed_out",
    "stuck": "timed_out",
}
NEVER_WHOLE = {"large", "endless", "cut", "half_chunked", "drip", "stuck", "bomb", "half_packed"}
"""Not recorded: the last two cannot be unpacked, so that they may hold the key of the request."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as found:
        yield found


@pytest.fixture(scope="module")
def live(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    out = tmp_path_factory.mktemp("live")
    return crawl_into(out, "--port", str(server.server_port), module=LOOPBACK)


@pytest.fixture(scope="module")
def replayed(live: Crawled, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    asked = sum(server.asked.values())
    archive = str(live.out / "archive")
    out = tmp_path_factory.mktemp("replay")
    crawled = crawl_into(out, "--port", str(server.server_port), "--archive", archive, module=LOOPBACK)
    assert sum(server.asked.values()) == asked, "a replay requested the server"
    return crawled


def path_of(url: str) -> str:
    return url.rpartition("/")[2]


def causes(crawled: Crawled) -> dict[str, str]:
    return {path_of(each["url"]): each["cause"] for each in crawled.health("loopback")["failures"]}


def details(crawled: Crawled) -> dict[str, str]:
    return {path_of(each["url"]): each["detail"] for each in crawled.health("loopback")["failures"]}


def test_each_failure_has_its_cause(live: Crawled) -> None:
    assert live.code == 0
    assert causes(live) == FAILURES
    health = live.health("loopback")
    assert (health["state"], health["mode"], health["items"]) == ("partial", "live", 28)
    assert health["pages_answered"] == len(PATHS) - len(FAILURES)
    assert health["started_at"] <= health["finished_at"]


def test_each_failure_has_a_detail(live: Crawled) -> None:
    detail_of = details(live)
    assert detail_of["elsewhere"].startswith("HTTP 301 to localhost; ")
    assert detail_of["private"].startswith("HTTP 302 to 10.0.0.1, a private address; ")
    assert detail_of["homewards"].startswith("HTTP 301 to the home page /en/: ")
    assert detail_of["loop"] == "more than REDIRECT_MAX_TIMES redirects"
    assert detail_of["bug"] == "the parser raised ZeroDivisionError: a bug of ours"
    assert detail_of["drip"].endswith("took longer than 1.0 seconds.")
    assert detail_of["endless"] == detail_of["large"] == "the body is larger than DOWNLOAD_MAXSIZE"
    assert detail_of["bomb"] == "the unpacked body is larger than DOWNLOAD_MAXSIZE"
    assert detail_of["cut"] == detail_of["half_chunked"] == "the connection ended before the announced end of the body"
    assert detail_of["half_packed"].endswith("the gzip body is cut short or damaged")


def test_a_wrong_content_type_does_not_change_the_items(live: Crawled) -> None:
    landed = {path_of(line["url"]) for line in live.landed("loopback")}
    assert landed == set(PATHS) - FAILURES.keys() - {"nothing"}
    mislabelled = [row for row in live.captures("loopback") if path_of(row["url"]) == "mislabelled"]
    assert mislabelled[0]["content_type"] == "text/html; charset=utf-16"


def test_the_crawl_is_polite(live: Crawled, server: Server) -> None:
    assert server.asked["/robots.txt"] == 1
    assert "/forbidden" not in server.asked
    tries = {path: server.asked[f"/{path}"] for path in ("flaky", "patient", "broken", "limited", "denied")}
    assert tries == {"flaky": 2, "patient": 2, "broken": 2, "limited": 1, "denied": 1}
    (agent,) = server.agents
    assert agent.startswith("llmpairs/")
    assert "(+https://github.com/llmpairs/llmpairs)" in agent


def test_a_body_of_100_megabytes_is_not_downloaded(live: Crawled, server: Server) -> None:
    # What the client did not take still fills the buffers of both sockets: some megabytes.
    assert server.sent["/large"] < HUGE / 4
    assert server.sent["/endless"] < HUGE / 4


def test_a_host_in_a_private_network_is_not_requested(live: Crawled, server: Server, tmp_path: Path) -> None:
    asked = sum(server.asked.values())
    arguments = ("--port", str(server.server_port), "--host", "localhost", "--paths", "list")
    crawled = crawl_into(tmp_path, *arguments, module=LOOPBACK)
    assert causes(crawled) == {"list": "moved"}
    assert details(crawled)["list"] == "localhost has the private address 127.0.0.1, which is not requested"
    assert sum(server.asked.values()) == asked
    assert "Traceback" not in crawled.errors


def test_a_replay_without_the_server_lands_the_same_bytes(live: Crawled, replayed: Crawled) -> None:
    name = Path("landing") / "loopback.jsonl.gz"
    assert (replayed.out / name).read_bytes() == (live.out / name).read_bytes()
    not_recorded = dict.fromkeys(NEVER_WHOLE | {"forbidden"}, "not_archived")
    assert causes(replayed) == {**FAILURES, **not_recorded}
    detail_of, again = details(live), details(replayed)
    assert {path: again[path] for path in again if path not in not_recorded} == {
        path: detail_of[path] for path in detail_of if path not in not_recorded
    }
    assert "started_at" not in replayed.health("loopback")


def test_captures_reference_their_records(live: Crawled, replayed: Crawled) -> None:
    records = {row["record_id"]: row for row in list_archive(live.out / "archive")}
    for row in live.captures("loopback"):
        assert records[row["warc_record_id"]]["offset"] == row["warc_offset"]
    again = {row["capture_id"]: row for row in replayed.captures("loopback")}
    for row in live.captures("loopback"):
        assert row == again[row["capture_id"]]


def test_the_archive_holds_what_the_server_served_byte_for_byte(live: Crawled, server: Server) -> None:
    recorded = Counter[tuple[str, int, frozenset[tuple[str, str]], bytes]]()
    with (live.out / "archive" / "loopback.warc.gz").open("rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            if record.rec_type != "response":
                continue
            url = record.rec_headers.get_header("WARC-Target-URI")
            headers = frozenset(
                (name.lower(), value)
                for name, value in record.http_headers.headers
                if name.lower() not in NOT_ARCHIVED_HEADERS
            )
            key = (f"/{path_of(url)}", int(record.http_headers.get_statuscode()), headers)
            recorded[(*key, record.raw_stream.read())] += 1
    # The server goes on serving the other tests: only what this crawl requested is compared.
    stored = [answer for answer in server.served if answer[0].strip("/") not in NEVER_WHOLE]
    served = Counter(stored[: sum(recorded.values())])
    assert recorded == served
    assert {path for path, _, _, _ in recorded} >= {f"/{path}" for path in PATHS if path not in NEVER_WHOLE} - {
        "/forbidden"
    }


def test_everything_is_recorded_but_the_key(live: Crawled) -> None:
    path = live.out / "archive" / "loopback.warc.gz"
    assert verify_archive(path) == []
    statuses = Counter(path_of(row["url"]) for row in list_archive(path))
    assert statuses["flaky"] == 2
    assert statuses["loop"] == 6
    assert statuses["robots.txt"] == 1
    with gzip.open(path) as stream:
        assert b"sk-very-secret" not in stream.read()
    everything = b"".join(each.read_bytes() for each in live.out.rglob("*") if each.is_file())
    assert b"sk-very-secret" not in everything
    assert "sk-very-secret" not in live.errors


def test_progress_is_one_line_a_page(live: Crawled) -> None:
    lines = [json.loads(line) for line in live.errors.splitlines() if line.startswith("{")]
    assert {line["source"] for line in lines} == {"loopback"}
    assert lines[-1]["pages"] == len(PATHS)
    assert next(line for line in lines if line["url"].endswith("/list"))["items"] == 3


def test_fewer_items_than_usual_are_a_failure(server: Server, tmp_path: Path) -> None:
    usual = ("--item-counts", "[1000, 10, 8, 8, 8, 8, 7, 7]")
    arguments = ("--port", str(server.server_port), "--paths", "list,plain", *usual)
    crawled = crawl_into(tmp_path, *arguments, module=LOOPBACK)
    health = crawled.health("loopback")
    assert (health["state"], health["cause"], health["usual_items"]) == ("failed", "too_few_items", 8)
    assert health["detail"] == "6 items, under 0.8 of the usual 8"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_crawl_ends_at_once_and_leaves_no_half_file(
    server: Server, tmp_path: Path, number: signal.Signals
) -> None:
    arguments = ["--port", str(server.server_port), "--out", str(tmp_path), "--paths", "list,stuck"]
    command = [sys.executable, "-m", LOOPBACK, *arguments]
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
