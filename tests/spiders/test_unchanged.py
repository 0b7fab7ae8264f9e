"""Asking whether a page has changed: what is sent, what a 304 stands for, and what is asked afresh."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from llmpairs.spiders.archive import verify_archive
from llmpairs.spiders.archive.unchanged import read_kept
from llmpairs.spiders.archive.write import read_earlier
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
    crawled = crawl(server, tmp_path_factory.mktemp("nights") / "first")
    assert server.conditions == UNCONDITIONAL
    return crawled


def list_earlier(crawled: Crawled, into: Path, **changed: Any) -> Path:
    """What a night hands to the next one about its captures."""
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


def say(crawled: Crawled) -> list[dict[str, Any]]:
    """Landed lines without what depends on the second in which they were captured."""
    told = crawled.landed("loopback")
    return [
        {name: value for name, value in line.items() if name not in ("captured_at", "capture_id")}
        for line in told
    ]


def types(crawled: Crawled) -> dict[str, str]:
    return {row["url"].rpartition("/")[2]: row["warc_record_type"] for row in crawled.captures("loopback")}


def test_an_unchanged_page_is_not_sent_and_says_what_it_said(
    server: Server, first: Crawled, tmp_path: Path
) -> None:
    second = crawl(
        server, tmp_path / "second", "--previous", str(list_earlier(first, tmp_path / "previous.jsonl"))
    )
    wanted = {"/robots.txt": "", "/tagged": '"v1"', "/dated": DATE, "/list": ""}
    assert {path: server.conditions[path] for path in wanted} == wanted
    assert [status for path, status, _, _ in server.served if path in ("/tagged", "/dated")][-2:] == [
        304,
        304,
    ]
    assert second.health("loopback")["state"] == "ok"
    assert say(second) == say(first)
    assert types(second) == dict.fromkeys(PATHS, "revisit")
    tonight = {row["capture_id"]: row for row in second.captures("loopback")}
    for line in second.landed("loopback"):
        assert line["captured_at"] == tonight[line["capture_id"]]["captured_at"]
    assert {row["status"] for row in tonight.values()} == {200}


def test_a_304_is_recorded_as_others_read_it_and_replays(
    server: Server, first: Crawled, tmp_path: Path
) -> None:
    previous = list_earlier(first, tmp_path / "previous.jsonl")
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
    previous = list_earlier(first, tmp_path / "previous.jsonl")
    monkeypatch.setattr(server, "page", NEWER)
    monkeypatch.setattr(server, "tag", '"v2"')
    second = crawl(server, tmp_path / "second", "--previous", str(previous))
    assert types(second) == {"tagged": "response", "dated": "revisit", "list": "revisit"}
    keys = [line["model_key"] for line in second.landed("loopback") if line["url"].endswith("/tagged")]
    assert keys == ["lab/n0", "lab/n1", "lab/n2"]


def test_a_condition_is_not_handed_on_to_where_a_redirect_leads(
    server: Server, first: Crawled, tmp_path: Path
) -> None:
    here = first.captures("loopback")[0]["url"].rpartition("/")[0] + "/here"
    lines = [json.loads(line) for line in list_earlier(first, tmp_path / "p.jsonl").read_text().splitlines()]
    (tmp_path / "p.jsonl").write_text(json.dumps({**lines[0], "url": here}) + "\n")
    crawl(server, tmp_path / "second", "--paths", "here", "--previous", str(tmp_path / "p.jsonl"))
    assert (server.conditions["/here"], server.conditions["/there"]) == ('"v1"', "")


def test_a_page_whose_earlier_answer_is_lost_is_asked_for_afresh(
    server: Server, first: Crawled, tmp_path: Path
) -> None:
    previous = list_earlier(first, tmp_path / "previous.jsonl", path="nowhere/loopback.warc.gz")
    second = crawl(server, tmp_path / "second", "--previous", str(previous))
    assert {path: server.conditions[path] for path in UNCONDITIONAL} == UNCONDITIONAL
    assert say(second) == say(first)


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
def test_nothing_is_asked_of_an_answer_that_is_not_at_hand(
    first: Crawled, tmp_path: Path, changed: dict[str, Any]
) -> None:
    known = read_earlier(list_earlier(first, tmp_path / "previous.jsonl"))
    tagged = next(each for each in known.values() if each.url.endswith("/tagged"))
    kept = read_kept(tagged)
    assert kept is not None
    assert kept.conditions == (("If-None-Match", '"v1"'),)
    assert read_kept(replace(tagged, **changed)) is None
