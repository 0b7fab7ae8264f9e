"""Conditional requests: which headers are sent, what a 304 stands for, and when a page is requested in full."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from llmpairs.spiders.archive import verify_archive
from llmpairs.spiders.archive.previous import load_cached_response, load_previous_captures
from tests.spiders.conftest import Crawled, crawl_into
from tests.spiders.server import DATE, NEWER, Server, serve

PATHS = ("tagged", "dated", "list")
UNCONDITIONAL = {"/robots.txt": "", **{f"/{path}": "" for path in PATHS}}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as found:
        yield found


def crawl(server: Server, out: Path, *more: str) -> Crawled:
    arguments = ("--port", str(server.server_port), "--paths", ",".join(PATHS), *more)
    return crawl_into(out, *arguments, module="tests.spiders.loopback")


@pytest.fixture(scope="module")
def first(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    crawled = crawl(server, tmp_path_factory.mktemp("runs") / "first")
    assert server.conditions == UNCONDITIONAL
    return crawled


def write_previous_captures(crawled: Crawled, into: Path, **changed: Any) -> Path:
    """The captures of a run in the form that the next run gets."""
    lines = [
        {
            "url": row["url"],
            "captured_at": row["captured_at"],
            "payload_digest": row["stored_digest"],
            "file": "../../first/archive/loopback.warc.gz",
            "etag": row["etag"],
            "last_modified": row["last_modified"],
            "path": str(crawled.out / "archive" / row["archive_file"]),
            "offset": row["warc_offset"],
            **changed,
        }
        for row in crawled.captures("loopback")
    ]
    into.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return into


def strip_capture(crawled: Crawled) -> list[dict[str, Any]]:
    """Landed lines without what depends on the second in which they were captured."""
    lines = crawled.landed("loopback")
    return [
        {name: value for name, value in line.items() if name not in ("captured_at", "capture_id")} for line in lines
    ]


def types(crawled: Crawled) -> dict[str, str]:
    return {row["url"].rpartition("/")[2]: row["warc_record_type"] for row in crawled.captures("loopback")}


def test_an_unchanged_page_is_not_sent_and_has_the_same_items(server: Server, first: Crawled, tmp_path: Path) -> None:
    second = crawl(
        server, tmp_path / "second", "--previous", str(write_previous_captures(first, tmp_path / "previous.jsonl"))
    )
    wanted = {"/robots.txt": "", "/tagged": '"v1"', "/dated": DATE, "/list": ""}
    assert {path: server.conditions[path] for path in wanted} == wanted
    assert [status for path, status, _, _ in server.served if path in ("/tagged", "/dated")][-2:] == [304, 304]
    assert second.health("loopback")["state"] == "ok"
    assert strip_capture(second) == strip_capture(first)
    assert types(second) == dict.fromkeys(PATHS, "revisit")
    rows = {row["capture_id"]: row for row in second.captures("loopback")}
    for line in second.landed("loopback"):
        assert line["captured_at"] == rows[line["capture_id"]]["captured_at"]
    assert {row["status"] for row in rows.values()} == {200}


def test_a_304_is_recorded_as_others_read_it_and_replays(server: Server, first: Crawled, tmp_path: Path) -> None:
    previous = write_previous_captures(first, tmp_path / "previous.jsonl")
    second = crawl(server, tmp_path / "second", "--previous", str(previous))
    archive = second.out / "archive" / "loopback.warc.gz"
    assert verify_archive(archive) == []
    profiles = {}
    with archive.open("rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            if record.rec_type == "revisit":
                named = record.rec_headers.get_header
                name = named("WARC-Target-URI").rpartition("/")[2]
                profiles[name] = named("WARC-Profile").rpartition("/")[2]
                assert named("WARC-Refers-To-Target-URI") == named("WARC-Target-URI")
                assert named("WARC-Refers-To-Date")
    assert profiles == {
        "tagged": "server-not-modified",
        "dated": "server-not-modified",
        "list": "identical-payload-digest",
    }
    (tmp_path / "first").symlink_to(first.out)
    third = crawl(server, tmp_path / "third", "--archive", str(second.out / "archive"))
    assert third.landed("loopback") == second.landed("loopback")
    holder = str((first.out / "archive" / "loopback.warc.gz").resolve())
    found = third.captures("loopback")
    assert {row["original_path"] for row in found} == {holder}
    assert [row | {"original_path": None} for row in found] == second.captures("loopback")


def test_a_page_that_has_changed_is_sent(
    server: Server, first: Crawled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    previous = write_previous_captures(first, tmp_path / "previous.jsonl")
    monkeypatch.setattr(server, "page", NEWER)
    monkeypatch.setattr(server, "tag", '"v2"')
    second = crawl(server, tmp_path / "second", "--previous", str(previous))
    assert types(second) == {"tagged": "response", "dated": "revisit", "list": "revisit"}
    keys = [line["model_key"] for line in second.landed("loopback") if line["url"].endswith("/tagged")]
    assert keys == ["lab/n0", "lab/n1", "lab/n2"]


def test_a_condition_is_not_sent_to_the_target_of_a_redirect(server: Server, first: Crawled, tmp_path: Path) -> None:
    here = first.captures("loopback")[0]["url"].rpartition("/")[0] + "/here"
    lines = [json.loads(line) for line in write_previous_captures(first, tmp_path / "p.jsonl").read_text().splitlines()]
    (tmp_path / "p.jsonl").write_text(json.dumps({**lines[0], "url": here}) + "\n")
    crawl(server, tmp_path / "second", "--paths", "here", "--previous", str(tmp_path / "p.jsonl"))
    assert (server.conditions["/here"], server.conditions["/there"]) == ('"v1"', "")


def test_a_page_without_its_previous_response_is_requested_in_full(
    server: Server, first: Crawled, tmp_path: Path
) -> None:
    previous = write_previous_captures(first, tmp_path / "previous.jsonl", path="nowhere/loopback.warc.gz")
    second = crawl(server, tmp_path / "second", "--previous", str(previous))
    assert {path: server.conditions[path] for path in UNCONDITIONAL} == UNCONDITIONAL
    assert strip_capture(second) == strip_capture(first)


@pytest.mark.parametrize(
    "changed",
    [
        {"path": None},
        {"path": "nowhere/loopback.warc.gz"},
        {"offset": None},
        {"offset": 0},
        {"offset": 7},
        {"payload_digest": "sha256:" + "0" * 64},
        {"payload_digest": "unknown:0"},
        {"etag": None},
    ],
)
def test_a_previous_response_that_cannot_be_read_sets_no_condition(
    first: Crawled, tmp_path: Path, changed: dict[str, Any]
) -> None:
    known = load_previous_captures(write_previous_captures(first, tmp_path / "previous.jsonl"))
    tagged = next(each for each in known.values() if each.url.endswith("/tagged"))
    cached = load_cached_response(tagged)
    assert cached is not None
    assert cached.conditions == (("If-None-Match", '"v1"'),)
    assert load_cached_response(replace(tagged, **changed)) is None
