"""Recorded archives: readable by other tools, without keys, no body twice."""

import gzip
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from llmpairs.spiders.archive import Archive, Recorder, list_archive, redact_url
from llmpairs.spiders.archive.previous import PreviousCapture, load_previous_captures
from llmpairs.spiders.crawling.causes import NotArchivedError
from tests.spiders.warcs import AS_OF, URL, Fill, answer, ask, both, exchange, record, write

# Revisits.


def revisit(refers_to: dict[str, str], digest: str = "", date: str = "2026-05-18T20:00:00Z") -> Fill:
    def fill(writer: WARCWriter) -> None:
        head = StatusAndHeaders("200 OK", [("X-Visit", "second")], protocol="HTTP/1.1")
        named = {"WARC-Date": date, **refers_to}
        record = writer.create_warc_record(URL, "revisit", http_headers=head, warc_headers_dict=named)
        if digest:
            record.rec_headers.add_header("WARC-Payload-Digest", digest)
        writer.write_record(record)

    return fill


def test_a_revisit_is_answered_with_the_original(tmp_path: Path) -> None:
    first = write(tmp_path / "a.warc.gz", answer(b"same", date="2026-05-17T20:00:00Z"))
    with first.open("rb") as stream:
        original = next(iter(ArchiveIterator(stream))).rec_headers
    by_id = {"WARC-Refers-To": original.get_header("WARC-Record-ID")}
    by_address = {"WARC-Refers-To-Target-URI": URL, "WARC-Refers-To-Date": "2026-05-17T20:00:00Z"}
    digest = original.get_header("WARC-Payload-Digest")
    for number, fill in enumerate((revisit(by_id), revisit(by_address), revisit({}, digest))):
        second = write(tmp_path / f"b{number}.warc.gz", fill)
        archive = Archive([second, first])
        capture, late = archive.find("GET", URL, b"", as_of=AS_OF, accepts_late=False)
        found = archive.read(capture, late)
        assert (capture.record_type, found.body, found.status) == ("revisit", b"same", 200)


def test_a_not_modified_revisit_is_answered_with_the_original(tmp_path: Path) -> None:
    def not_modified(writer: WARCWriter) -> None:
        head = StatusAndHeaders("304 Not Modified", [], protocol="HTTP/1.1")
        named = {
            "WARC-Date": "2026-05-18T20:00:00Z",
            "WARC-Refers-To-Target-URI": URL,
            "WARC-Refers-To-Date": "2026-05-17T20:00:00Z",
        }
        writer.write_record(writer.create_warc_record(URL, "revisit", http_headers=head, warc_headers_dict=named))

    fill = both(answer(b"same", date="2026-05-17T20:00:00Z"), not_modified)
    archive = Archive([write(tmp_path / "a.warc.gz", fill)])
    found = archive.read(*archive.find("GET", URL, b"", as_of=AS_OF, accepts_late=False))
    assert (found.status, found.body) == (200, b"same")


def test_an_unchanged_body_is_recorded_once_and_found_beside(tmp_path: Path) -> None:
    first, second = tmp_path / "r1", tmp_path / "r2"
    record(first, "a.warc.gz", "r1", "2026-05-17T23:59:00Z", exchange(b"same" * 500, "2026-05-17T23:59:30Z"))
    digest = Archive([first]).find("GET", URL, b"", as_of=AS_OF, accepts_late=False)[0].payload_digest
    listed = tmp_path / "previous.jsonl"
    listed.write_text(
        f'{{"url": "{URL}", "captured_at": "2026-05-17T23:59:30Z", "payload_digest": "{digest}",'
        ' "file": "../r1/a.warc.gz"}\n'
    )
    previous = load_previous_captures(listed)
    path = record(second, "a.warc.gz", "r2", "2026-05-18T23:59:00Z", exchange(b"same" * 500), previous=previous)
    assert [row["record_type"] for row in list_archive(path)] == ["revisit"]
    assert ask(path) == (b"same" * 500, False)
    (first / "a.warc.gz").unlink()
    with pytest.raises(NotArchivedError, match=r"unchanged since 2026-05-17T23:59:30Z.*give that archive too"):
        ask(path)
    changed = record(second, "b.warc.gz", "r2", "2026-05-18T23:59:00Z", exchange(b"new"), previous=previous)
    assert [row["record_type"] for row in list_archive(changed)] == ["response"]


# Recording.


def test_other_tools_can_read_what_is_recorded(tmp_path: Path) -> None:
    path = record(tmp_path, "a.warc.gz", "r1", "2026-05-18T23:59:00Z", exchange())
    with path.open("rb") as stream:
        found = []
        for each in ArchiveIterator(stream, check_digests=True):
            body = each.content_stream().read()
            found.append((each.rec_type, each.digest_checker.passed, body))
    assert [(kind, passed) for kind, passed, _ in found] == [("warcinfo", True), ("response", True), ("request", True)]
    assert b"as_of: 2026-05-18T23:59:00Z" in found[0][2]
    assert found[1][2] == b'{"a": 1}'


def test_recording_is_the_same_every_time(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        record(tmp_path / folder, "a.warc.gz", "r1", "2026-05-18T23:59:00Z", exchange(), exchange(b"2"))
    assert (tmp_path / "one" / "a.warc.gz").read_bytes() == (tmp_path / "two" / "a.warc.gz").read_bytes()


def test_a_killed_recording_leaves_only_a_part(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.warc.gz", run_id="r", as_of=AS_OF, about={})
    recorder.record(exchange())
    assert [path.name for path in tmp_path.iterdir()] == ["a.warc.gz.part"]
    assert ask(tmp_path / "a.warc.gz.part")[0] == b'{"a": 1}'


def test_keys_are_not_recorded(tmp_path: Path) -> None:
    secret = "sk-very-secret"
    request_headers = (
        ("Authorization", f"Bearer {secret}"),
        ("x-goog-api-key", secret),
        ("Cookie", secret),
        ("Accept", "*/*"),
    )
    asked = exchange(url=f"{URL}?key={secret}&a=1", request_headers=request_headers, headers=(("Set-Cookie", secret),))
    path = record(tmp_path, "a.warc.gz", "r", "2026-05-18T23:59:00Z", asked)
    with gzip.open(path) as stream:
        content = stream.read().decode()
    assert secret not in content
    assert "Accept: */*" in content
    assert ask(path, url=f"{URL}?a=1")[0] == b'{"a": 1}'
    assert redact_url(f"https://me:{secret}@h.example/x?token={secret}") == "https://h.example/x?token=REDACTED"


def test_previous_captures_must_be_complete(tmp_path: Path) -> None:
    listed = tmp_path / "previous.jsonl"
    listed.write_text('{"url": "x"}\n')
    with pytest.raises(ValueError, match="line 1"):
        load_previous_captures(listed)
    assert PreviousCapture(url="u", captured_at="t", payload_digest="d", file="f").file == "f"
