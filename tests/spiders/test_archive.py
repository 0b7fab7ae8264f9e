"""Archives of any writer answer requests; the as-of time decides which capture answers."""

import gzip
import io
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from llmpairs.spiders.archive import Archive, archive_as_of, canonical_url, list_archive, parse_timestamp
from llmpairs.spiders.crawling.causes import NotArchivedError
from tests.spiders.warcs import AS_OF, URL, answer, ask, both, exchange, record, write


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_any_standard_warc_answers(tmp_path: Path, packed: bool, version: str) -> None:
    path = write(tmp_path / "a.warc.gz", answer(), packed=packed, version=version)
    assert ask(path) == (b'{"a": 1}', False)


def test_a_warc_packed_as_a_whole_answers(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.warc", both(answer(b"1"), answer(b"2", url=URL + "?x")), packed=False)
    whole = tmp_path / "b.warc.gz"
    whole.write_bytes(gzip.compress(plain.read_bytes()))
    assert ask(whole)[0] == b"1"
    assert ask(whole, url=URL + "?x")[0] == b"2"


def test_folders_are_searched(tmp_path: Path) -> None:
    deep = tmp_path / "x" / "y"
    deep.mkdir(parents=True)
    write(deep / "a.warc.gz", answer())
    assert ask(tmp_path)[0] == b'{"a": 1}'


@pytest.mark.parametrize(
    "spelling",
    [
        "HTTPS://Models.Example/api.json",
        "https://models.example:443/api.json",
        "https://models.example/api%2Ejson",
        "https://models.example/api.json#top",
        "https://models.example/api.json?",
        "https://models.example/api.json?key=secret",
    ],
)
def test_spellings_of_an_address_are_one_address(tmp_path: Path, spelling: str) -> None:
    path = write(tmp_path / "a.warc.gz", answer())
    assert ask(path, url=spelling)[0] == b'{"a": 1}'


@pytest.mark.parametrize(
    "other",
    ["http://models.example/api.json", "https://models.example/api.json?a=1", "https://models.example/api%2Fjson"],
)
def test_other_addresses_are_others(tmp_path: Path, other: str) -> None:
    path = write(tmp_path / "a.warc.gz", answer())
    with pytest.raises(NotArchivedError, match="is not in the archive"):
        ask(path, url=other)


def test_a_colon_in_a_path_may_be_escaped() -> None:
    free = "https://openrouter.ai/api/v1/models/openai/gpt-oss-120b:free/endpoints"
    assert canonical_url(free) == canonical_url(free.replace(":free", "%3Afree"))


def test_chunks_are_joined_and_encodings_are_left(tmp_path: Path) -> None:
    packed = gzip.compress(b"hello", mtime=0)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    headers = (("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"))
    archive = Archive([write(tmp_path / "a.warc.gz", answer(chunked, headers=headers))])
    found = archive.read(*archive.find("GET", URL, b"", as_of=AS_OF, accepts_late=False))
    assert found.body == packed
    assert found.headers == (("Content-Encoding", "gzip"),)


def test_a_body_that_was_unpacked_elsewhere_is_not_unpacked_again(tmp_path: Path) -> None:
    headers = (("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"))
    archive = Archive([write(tmp_path / "a.warc.gz", answer(b"hello", headers=headers))])
    found = archive.read(*archive.find("GET", URL, b"", as_of=AS_OF, accepts_late=False))
    assert (found.body, found.headers) == (b"hello", ())


def test_method_and_body_of_the_request_count(tmp_path: Path) -> None:
    def fill(writer: WARCWriter) -> None:
        for body in (b"one", b"two"):
            head = StatusAndHeaders("200 OK", [], protocol="HTTP/1.1")
            named = {"WARC-Date": "2026-05-18T20:00:00Z"}
            payload = io.BytesIO(b"answer to " + body)
            response = writer.create_warc_record(
                URL, "response", payload=payload, http_headers=head, warc_headers_dict=named
            )
            line = StatusAndHeaders("POST /api.json HTTP/1.1", [], is_http_request=True)
            request = writer.create_warc_record(URL, "request", payload=io.BytesIO(body), http_headers=line)
            writer.write_request_response_pair(request, response)

    path = write(tmp_path / "a.warc.gz", fill)
    assert ask(path, method="POST", body=b"two")[0] == b"answer to two"
    with pytest.raises(NotArchivedError):
        ask(path, method="POST", body=b"three")
    with pytest.raises(NotArchivedError):
        ask(path)


def test_a_resource_record_is_an_answer(tmp_path: Path) -> None:
    def fill(writer: WARCWriter) -> None:
        named = {"WARC-Date": "2026-05-18T20:00:00Z"}
        record = writer.create_warc_record(
            URL, "resource", payload=io.BytesIO(b"x"), warc_content_type="text/plain", warc_headers_dict=named
        )
        writer.write_record(record)

    assert ask(write(tmp_path / "a.warc.gz", fill))[0] == b"x"


# Which capture answers.


def test_the_newest_capture_until_the_as_of_time_answers(tmp_path: Path) -> None:
    earlier, later = answer(b"old", date="2026-05-17T20:00:00Z"), answer(b"new", date="2026-05-18T20:00:00Z")
    after = answer(b"after", date="2026-05-19T00:00:00Z")
    path = write(tmp_path / "a.warc.gz", both(later, after, earlier))
    assert ask(path) == (b"new", False)
    assert ask(path, as_of=parse_timestamp("2026-05-18T19:59:59Z")) == (b"old", False)


def test_a_late_capture_answers_only_where_late_ones_may(tmp_path: Path) -> None:
    late = both(answer(b"two", date="2026-08-22T00:00:00Z"), answer(b"one", date="2026-08-21T00:00:00Z"))
    path = write(tmp_path / "a.warc.gz", late)
    assert ask(path, accepts_late=True) == (b"one", True)
    with pytest.raises(NotArchivedError, match=r"first archived on 2026-08-21T00:00:00Z, after 2026-05-18T23:59:00Z"):
        ask(path)


def test_a_run_of_ours_answers_for_its_own_as_of_time(tmp_path: Path) -> None:
    """Captures of a live run are younger than its as_of, which is its start; they are not late."""
    one = record(tmp_path, "a.warc.gz", "r1", "2026-05-18T23:59:00Z", exchange(b"first"))
    record(tmp_path, "b.warc.gz", "r2", "2026-05-19T23:59:00Z", exchange(b"second", "2026-05-19T23:59:10Z"))
    assert ask(tmp_path) == (b"first", False)
    assert ask(tmp_path, as_of=parse_timestamp("2026-05-19T23:59:00Z")) == (b"second", False)
    assert archive_as_of([one]) == AS_OF


def test_of_several_tries_the_last_answers(tmp_path: Path) -> None:
    tries = (exchange(b"busy", status=503), exchange(b"fine"))
    path = record(tmp_path, "a.warc.gz", "r1", "2026-05-18T23:59:00Z", *tries)
    assert ask(path) == (b"fine", False)
    assert len({row["record_id"] for row in list_archive(path)}) == 2


def test_the_as_of_time_of_a_foreign_archive_is_its_first_paths_newest_capture(tmp_path: Path) -> None:
    older = write(tmp_path / "a.warc.gz", both(answer(date="2026-05-18T02:00:00Z"), answer()))
    newer = write(tmp_path / "b.warc.gz", answer(date="2026-09-01T00:00:00Z"))
    assert archive_as_of([older, newer]) == parse_timestamp("2026-05-18T20:00:00Z")
    assert archive_as_of([newer, older]) == parse_timestamp("2026-09-01T00:00:00Z")
    ours = record(tmp_path, "c.warc.gz", "r1", "2026-06-01T23:59:00Z", exchange())
    assert archive_as_of([older, ours]) == parse_timestamp("2026-06-01T23:59:00Z")
