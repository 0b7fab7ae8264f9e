"""An archived response is found by its recorded position, and parsed again only if its bytes are unchanged."""

import gzip
import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from llmpairs.spiders.archive import Archive
from llmpairs.spiders.archive.http_message import format_digest
from llmpairs.spiders.archive.index import index_warc
from llmpairs.spiders.archive.previous import PreviousCapture
from llmpairs.spiders.archive.reader import RecordReference
from llmpairs.spiders.devtools.reparse import CaptureReference, ReparsedCapture, reparse_captures
from tests.spiders.warcs import URL as ANY_URL
from tests.spiders.warcs import answer, both, exchange, record, write

URL = "https://zenmux.ai/api/v1/models"
DATE = "2026-05-18T20:00:00Z"
BODY = (Path(__file__).parents[2] / "spiders" / "frozen" / "zenmux" / "models.json").read_bytes()
PACKED = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))


def note(path: Path, url: str = URL) -> CaptureReference:
    """The capture of an address as the log records it."""
    capture = next(each for each in index_warc(path).captures if each.url == url)
    reference = RecordReference(path=path, offset=capture.position.offset, record_id=capture.record_id)
    return CaptureReference(
        capture_id="c", source_id="zenmux", url=url, captured_at=DATE, late=False,
        payload_sha256=sha256(BODY).hexdigest(), reference=reference,
    )  # fmt: skip


def read(capture: CaptureReference) -> ReparsedCapture:
    [found] = reparse_captures([capture])
    return found


def keys(found: ReparsedCapture) -> set[str]:
    return {json.loads(line)["model_key"] for line in found.lines}


@pytest.mark.parametrize("headers", [PACKED[:1], PACKED], ids=["plain", "gzip"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_response_is_read_at_its_position(tmp_path: Path, packed: bool, headers: tuple[tuple[str, str], ...]) -> None:
    body = gzip.compress(BODY) if len(headers) > 1 else BODY
    others = both(answer(url=ANY_URL), answer(body, url=URL, date=DATE, headers=headers))
    found = read(note(write(tmp_path / "a.warc.gz", others, packed=packed)))
    assert (found.problem, found.body_sha256) == ("", sha256(BODY).hexdigest())
    assert keys(found) == {entry["id"] for entry in json.loads(BODY)["data"]}


def test_a_response_in_a_file_packed_as_a_whole_is_found_by_its_id(tmp_path: Path) -> None:
    fill = both(answer(url=ANY_URL), answer(BODY, url=URL, date=DATE))
    plain = write(tmp_path / "a.warc", fill, packed=False)
    whole = tmp_path / "b.warc.gz"
    whole.write_bytes(gzip.compress(plain.read_bytes()))
    capture = note(whole)
    assert capture.reference.offset == 0
    assert read(capture).problem == ""


def test_the_body_of_an_unchanged_page_is_read_from_the_original_record(tmp_path: Path) -> None:
    first = record(tmp_path, "first.warc.gz", "1", DATE, exchange(BODY, DATE, url=URL))
    previous = PreviousCapture(url=URL, captured_at=DATE, payload_digest=format_digest(BODY), file="first.warc.gz")
    known = {(URL, previous.payload_digest): previous}
    later = "2026-05-19T20:00:00Z"
    second = record(tmp_path, "second.warc.gz", "2", later, exchange(BODY, later, url=URL), previous=known)
    capture = note(second)
    archive = Archive([second])
    [indexed] = archive.files[second].captures
    holder = archive.read(indexed, late=False).holder
    assert holder.path == first
    reference = replace(capture.reference, body_path=holder.path, body_offset=holder.position.offset)
    assert keys(read(replace(capture, reference=reference)))
    assert "is not recorded" in read(capture).problem


def test_a_flipped_byte_is_detected_by_the_digest_of_the_record_or_the_log(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc", answer(BODY, url=URL, date=DATE), packed=False)
    capture = note(path)
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(BODY) + len(BODY) // 2] ^= 1
    path.write_bytes(damaged)
    found = read(capture)
    assert "is not sha" in found.problem
    assert found.lines == ()
    forged = write(tmp_path / "b.warc", answer(BODY.replace(b"0", b"1"), url=URL, date=DATE), packed=False)
    assert "when it was captured" in read(note(forged)).problem


def test_a_missing_record_is_reported_and_stops_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz", answer(BODY, url=URL, date=DATE))
    capture = note(path)
    strange = replace(capture, url="https://zenmux.ai/other")
    lost = replace(capture, reference=replace(capture.reference, path=tmp_path / "lost.warc.gz"))
    beyond = replace(capture, reference=replace(capture.reference, offset=10**9, record_id="<urn:uuid:0>"))
    problems = [found.problem for found in reparse_captures([lost, beyond, strange, capture])]
    assert "cannot be read" in problems[0]
    assert "gone" in problems[1]
    assert "no page of zenmux" in problems[2]
    assert problems[3] == ""
