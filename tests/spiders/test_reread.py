"""An archived answer is found by its noted place, and read again only if it is what was captured."""

import gzip
import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from llmpairs.spiders.archive import Archive
from llmpairs.spiders.archive.http_message import print_digest
from llmpairs.spiders.archive.index import index_warc
from llmpairs.spiders.archive.reopen import Noted
from llmpairs.spiders.archive.write import Earlier
from llmpairs.spiders.devtools.reread import Kept, Reread, reread
from tests.spiders.warcs import URL as ANY_URL
from tests.spiders.warcs import answer, both, exchange, record, write

URL = "https://zenmux.ai/api/v1/models"
DATE = "2026-05-18T20:00:00Z"
BODY = (Path(__file__).parents[2] / "spiders" / "frozen" / "zenmux" / "models.json").read_bytes()
PACKED = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))


def note(path: Path, url: str = URL) -> Kept:
    """The capture of an address as the log would know it."""
    capture = next(each for each in index_warc(path).captures if each.url == url)
    noted = Noted(path=path, offset=capture.place.offset, record_id=capture.record_id)
    return Kept(
        capture_id="c", source_id="zenmux", url=url, captured_at=DATE, late=False,
        payload_sha256=sha256(BODY).hexdigest(), noted=noted,
    )  # fmt: skip


def read(kept: Kept) -> Reread:
    [found] = reread([kept])
    return found


def keys(found: Reread) -> set[str]:
    return {json.loads(line)["model_key"] for line in found.lines}


@pytest.mark.parametrize("headers", [PACKED[:1], PACKED], ids=["plain", "gzip"])
@pytest.mark.parametrize("packed", [True, False])
def test_an_answer_is_read_at_its_place(
    tmp_path: Path, packed: bool, headers: tuple[tuple[str, str], ...]
) -> None:
    body = gzip.compress(BODY) if len(headers) > 1 else BODY
    others = both(answer(url=ANY_URL), answer(body, url=URL, date=DATE, headers=headers))
    found = read(note(write(tmp_path / "a.warc.gz", others, packed=packed)))
    assert (found.problem, found.body_sha256) == ("", sha256(BODY).hexdigest())
    assert keys(found) == {entry["id"] for entry in json.loads(BODY)["data"]}


def test_an_answer_in_a_file_that_is_packed_as_a_whole_is_found_by_its_id(tmp_path: Path) -> None:
    fill = both(answer(url=ANY_URL), answer(BODY, url=URL, date=DATE))
    plain = write(tmp_path / "a.warc", fill, packed=False)
    whole = tmp_path / "b.warc.gz"
    whole.write_bytes(gzip.compress(plain.read_bytes()))
    kept = note(whole)
    assert kept.noted.offset == 0
    assert read(kept).problem == ""


def test_the_body_of_an_unchanged_page_is_read_where_it_stands(tmp_path: Path) -> None:
    first = record(tmp_path, "first.warc.gz", "1", DATE, exchange(BODY, DATE, url=URL))
    earlier = Earlier(url=URL, captured_at=DATE, payload_digest=print_digest(BODY), file="first.warc.gz")
    known = {(URL, earlier.payload_digest): earlier}
    later = "2026-05-19T20:00:00Z"
    second = record(tmp_path, "second.warc.gz", "2", later, exchange(BODY, later, url=URL), earlier=known)
    kept = note(second)
    archive = Archive([second])
    [capture] = archive.files[second].captures
    holder = archive.read(capture, late=False).holder
    assert holder.path == first
    noted = replace(kept.noted, body_path=holder.path, body_offset=holder.place.offset)
    assert keys(read(replace(kept, noted=noted)))
    assert "not noted" in read(kept).problem


def test_a_flipped_byte_is_told_by_the_record_or_by_the_log(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc", answer(BODY, url=URL, date=DATE), packed=False)
    kept = note(path)
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(BODY) + len(BODY) // 2] ^= 1
    path.write_bytes(damaged)
    found = read(kept)
    assert "is not sha" in found.problem
    assert found.lines == ()
    forged = write(tmp_path / "b.warc", answer(BODY.replace(b"0", b"1"), url=URL, date=DATE), packed=False)
    assert "when it was captured" in read(note(forged)).problem


def test_what_is_gone_is_told_and_stops_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz", answer(BODY, url=URL, date=DATE))
    kept = note(path)
    strange = replace(kept, url="https://zenmux.ai/other")
    lost = replace(kept, noted=replace(kept.noted, path=tmp_path / "lost.warc.gz"))
    beyond = replace(kept, noted=replace(kept.noted, offset=10**9, record_id="<urn:uuid:0>"))
    problems = [found.problem for found in reread([lost, beyond, strange, kept])]
    assert "cannot be read" in problems[0]
    assert "gone" in problems[1]
    assert "no page of zenmux" in problems[2]
    assert problems[3] == ""
