"""Archives of every make answer requests; which capture answers is decided by the night."""

import gzip
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from spiders.archive import (
    Archive,
    ArchiveError,
    Recorder,
    archive_as_of,
    archive_digest,
    canonical_url,
    list_archive,
    read_moment,
    redact_url,
    verify_archive,
)
from spiders.archive.write import Earlier, Exchange, read_earlier
from spiders.causes import ArchiveDamagedError, NotArchivedError

URL = "https://models.example/api.json"
NIGHT = read_moment("2026-05-18T23:59:00Z")
Fill = Callable[[WARCWriter], None]


def write(path: Path, fill: Fill, *, packed: bool = True, version: str = "1.1") -> Path:
    """A WARC written by warcio, an implementation that is not ours."""
    with path.open("wb") as stream:
        fill(WARCWriter(stream, gzip=packed, warc_version=version))
    return path


def answer(
    body: bytes = b'{"a": 1}',
    *,
    url: str = URL,
    date: str = "2026-05-18T20:00:00Z",
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),),
    status: str = "200 OK",
) -> Fill:
    """A response record."""

    def fill(writer: WARCWriter) -> None:
        head = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
        named = {"WARC-Date": date}
        record = writer.create_warc_record(
            url, "response", payload=io.BytesIO(body), http_headers=head, warc_headers_dict=named
        )
        writer.write_record(record)

    return fill


def both(*fills: Fill) -> Fill:
    def fill(writer: WARCWriter) -> None:
        for each in fills:
            each(writer)

    return fill


def ask(
    *paths: Path,
    url: str = URL,
    method: str = "GET",
    body: bytes = b"",
    as_of: datetime = NIGHT,
    accepts_late: bool = False,
) -> tuple[bytes, bool]:
    """Body of the answer, and whether it is late."""
    archive = Archive(paths)
    capture, late = archive.find(method, url, body, as_of=as_of, accepts_late=accepts_late)
    return archive.read(capture, late).body, late


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
    [
        "http://models.example/api.json",
        "https://models.example/api.json?a=1",
        "https://models.example/api%2Fjson",
    ],
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
    found = archive.read(*archive.find("GET", URL, b"", as_of=NIGHT, accepts_late=False))
    assert found.body == packed
    assert found.headers == (("Content-Encoding", "gzip"),)


def test_a_body_that_was_unpacked_elsewhere_is_not_unpacked_again(tmp_path: Path) -> None:
    headers = (("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"))
    archive = Archive([write(tmp_path / "a.warc.gz", answer(b"hello", headers=headers))])
    found = archive.read(*archive.find("GET", URL, b"", as_of=NIGHT, accepts_late=False))
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


def test_the_newest_capture_of_the_night_answers(tmp_path: Path) -> None:
    earlier, later = answer(b"old", date="2026-05-17T20:00:00Z"), answer(b"new", date="2026-05-18T20:00:00Z")
    after = answer(b"after", date="2026-05-19T00:00:00Z")
    path = write(tmp_path / "a.warc.gz", both(later, after, earlier))
    assert ask(path) == (b"new", False)
    assert ask(path, as_of=read_moment("2026-05-18T19:59:59Z")) == (b"old", False)


def test_a_late_capture_answers_only_where_late_ones_may(tmp_path: Path) -> None:
    late = both(answer(b"two", date="2026-08-22T00:00:00Z"), answer(b"one", date="2026-08-21T00:00:00Z"))
    path = write(tmp_path / "a.warc.gz", late)
    assert ask(path, accepts_late=True) == (b"one", True)
    with pytest.raises(
        NotArchivedError, match=r"first archived on 2026-08-21T00:00:00Z, after 2026-05-18T23:59:00Z"
    ):
        ask(path)


def record(folder: Path, name: str, run: str, as_of: str, *exchanges: Exchange, **more: object) -> Path:
    """A WARC of our own."""
    earlier = more.get("earlier")
    assert earlier is None or isinstance(earlier, dict)
    recorder = Recorder(
        folder / name, run_id=run, as_of=read_moment(as_of), about={"source": "x"}, earlier=earlier
    )
    for each in exchanges:
        recorder.record(each)
    return recorder.close()


def exchange(body: bytes = b'{"a": 1}', date: str = "2026-05-18T23:59:30Z", **more: object) -> Exchange:
    headers = (("Content-Type", "application/json"),)
    known = {"url": URL, "status": 200, "headers": headers, **more}
    return Exchange(captured_at=read_moment(date), body=body, **known)  # type: ignore[arg-type]


def test_a_run_of_ours_answers_for_its_own_night(tmp_path: Path) -> None:
    """Captures of a live run are younger than its as_of, which is its start; they are not late."""
    one = record(tmp_path, "a.warc.gz", "r1", "2026-05-18T23:59:00Z", exchange(b"tonight"))
    record(tmp_path, "b.warc.gz", "r2", "2026-05-19T23:59:00Z", exchange(b"tomorrow", "2026-05-19T23:59:10Z"))
    assert ask(tmp_path) == (b"tonight", False)
    assert ask(tmp_path, as_of=read_moment("2026-05-19T23:59:00Z")) == (b"tomorrow", False)
    assert archive_as_of([one]) == NIGHT


def test_of_several_tries_the_last_answers(tmp_path: Path) -> None:
    tries = (exchange(b"busy", status=503), exchange(b"fine"))
    path = record(tmp_path, "a.warc.gz", "r1", "2026-05-18T23:59:00Z", *tries)
    assert ask(path) == (b"fine", False)
    assert len({row["record_id"] for row in list_archive(path)}) == 2


def test_the_night_of_a_foreign_archive_is_its_first_paths_newest_capture(tmp_path: Path) -> None:
    older = write(tmp_path / "a.warc.gz", both(answer(date="2026-05-18T02:00:00Z"), answer()))
    newer = write(tmp_path / "b.warc.gz", answer(date="2026-09-01T00:00:00Z"))
    assert archive_as_of([older, newer]) == read_moment("2026-05-18T20:00:00Z")
    assert archive_as_of([newer, older]) == read_moment("2026-09-01T00:00:00Z")
    ours = record(tmp_path, "c.warc.gz", "r1", "2026-06-01T23:59:00Z", exchange())
    assert archive_as_of([older, ours]) == read_moment("2026-06-01T23:59:00Z")


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
        capture, late = archive.find("GET", URL, b"", as_of=NIGHT, accepts_late=False)
        found = archive.read(capture, late)
        assert (capture.record_type, found.body, found.status) == ("revisit", b"same", 200)


def test_a_server_that_said_not_modified_is_answered_with_what_it_had_sent(tmp_path: Path) -> None:
    def not_modified(writer: WARCWriter) -> None:
        head = StatusAndHeaders("304 Not Modified", [], protocol="HTTP/1.1")
        named = {
            "WARC-Date": "2026-05-18T20:00:00Z",
            "WARC-Refers-To-Target-URI": URL,
            "WARC-Refers-To-Date": "2026-05-17T20:00:00Z",
        }
        writer.write_record(
            writer.create_warc_record(URL, "revisit", http_headers=head, warc_headers_dict=named)
        )

    fill = both(answer(b"same", date="2026-05-17T20:00:00Z"), not_modified)
    archive = Archive([write(tmp_path / "a.warc.gz", fill)])
    found = archive.read(*archive.find("GET", URL, b"", as_of=NIGHT, accepts_late=False))
    assert (found.status, found.body) == (200, b"same")


def test_an_unchanged_body_is_recorded_once_and_found_beside(tmp_path: Path) -> None:
    first, second = tmp_path / "r1", tmp_path / "r2"
    record(first, "a.warc.gz", "r1", "2026-05-17T23:59:00Z", exchange(b"same" * 500, "2026-05-17T23:59:30Z"))
    digest = Archive([first]).find("GET", URL, b"", as_of=NIGHT, accepts_late=False)[0].payload_digest
    listed = tmp_path / "previous.jsonl"
    listed.write_text(
        f'{{"url": "{URL}", "captured_at": "2026-05-17T23:59:30Z", "payload_digest": "{digest}",'
        ' "file": "../r1/a.warc.gz"}\n'
    )
    earlier = read_earlier(listed)
    path = record(second, "a.warc.gz", "r2", "2026-05-18T23:59:00Z", exchange(b"same" * 500), earlier=earlier)
    assert [row["record_type"] for row in list_archive(path)] == ["revisit"]
    assert ask(path) == (b"same" * 500, False)
    (first / "a.warc.gz").unlink()
    with pytest.raises(
        NotArchivedError, match=r"unchanged since 2026-05-17T23:59:30Z.*give that archive too"
    ):
        ask(path)
    changed = record(second, "b.warc.gz", "r2", "2026-05-18T23:59:00Z", exchange(b"new"), earlier=earlier)
    assert [row["record_type"] for row in list_archive(changed)] == ["response"]


# Recording.


def test_what_we_record_others_can_read(tmp_path: Path) -> None:
    path = record(tmp_path, "a.warc.gz", "r1", "2026-05-18T23:59:00Z", exchange())
    with path.open("rb") as stream:
        found = []
        for each in ArchiveIterator(stream, check_digests=True):
            body = each.content_stream().read()
            found.append((each.rec_type, each.digest_checker.passed, body))
    assert [(kind, passed) for kind, passed, _ in found] == [
        ("warcinfo", True),
        ("response", True),
        ("request", True),
    ]
    assert b"as_of: 2026-05-18T23:59:00Z" in found[0][2]
    assert found[1][2] == b'{"a": 1}'


def test_recording_is_the_same_every_time(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        record(tmp_path / folder, "a.warc.gz", "r1", "2026-05-18T23:59:00Z", exchange(), exchange(b"2"))
    assert (tmp_path / "one" / "a.warc.gz").read_bytes() == (tmp_path / "two" / "a.warc.gz").read_bytes()


def test_a_killed_recording_leaves_only_a_part(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.warc.gz", run_id="r", as_of=NIGHT, about={})
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
    asked = exchange(
        url=f"{URL}?key={secret}&a=1", request_headers=request_headers, headers=(("Set-Cookie", secret),)
    )
    path = record(tmp_path, "a.warc.gz", "r", "2026-05-18T23:59:00Z", asked)
    with gzip.open(path) as stream:
        content = stream.read().decode()
    assert secret not in content
    assert "Accept: */*" in content
    assert ask(path, url=f"{URL}?a=1")[0] == b'{"a": 1}'
    assert (
        redact_url(f"https://me:{secret}@h.example/x?token={secret}") == "https://h.example/x?token=REDACTED"
    )


# Damage.


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """Twenty answers, packed record by record."""
    fills = [answer(f'{{"n": {n}}}'.encode() * 50, url=f"{URL}?n={n}") for n in range(20)]
    return write(tmp_path / "night.warc.gz", both(*fills))


def test_what_stands_before_the_damage_answers(night: Path) -> None:
    offsets = [row["offset"] for row in list_archive(night)]
    night.write_bytes(night.read_bytes()[: offsets[10] + 30])
    assert ask(night, url=f"{URL}?n=9")[0] == b'{"n": 9}' * 50
    with pytest.raises(
        ArchiveDamagedError, match=rf"night\.warc\.gz is damaged at byte {offsets[10]}: .*10 records"
    ):
        ask(night, url=f"{URL}?n=10")
    assert len(verify_archive(night)) == 1


def test_a_flipped_bit_is_seen(night: Path) -> None:
    offsets = [row["offset"] for row in list_archive(night)]
    content = bytearray(night.read_bytes())
    content[offsets[5] + 40] ^= 1
    night.write_bytes(bytes(content))
    assert ask(night, url=f"{URL}?n=4")[0] == b'{"n": 4}' * 50
    with pytest.raises(ArchiveDamagedError):
        ask(night, url=f"{URL}?n=5")
    assert f"at byte {offsets[5]}" in verify_archive(night)[0]


def test_a_changed_body_without_compression_is_seen(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc", answer(b'{"price": 15}'), packed=False)
    path.write_bytes(path.read_bytes().replace(b'"price": 15', b'"price": 95'))
    with pytest.raises(ArchiveDamagedError, match="is not sha1:"):
        ask(path)
    assert len(verify_archive(path)) == 1


def test_a_sound_archive_has_no_problems(night: Path) -> None:
    assert verify_archive(night) == []
    assert len(archive_digest(night)) == 64
    first = list_archive(night)[0]
    assert (first["status"], first["url"], first["payload_bytes"]) == (200, f"{URL}?n=0", 400)


@pytest.mark.parametrize("content", [b"", b'{"data": []}', b"PK\x03\x04", gzip.compress(b'{"data": []}')])
def test_a_file_that_is_no_warc_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="is not a WARC file"):
        Archive([path])


def test_a_path_without_archives_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="does not exist"):
        Archive([tmp_path / "nothing"])
    with pytest.raises(ArchiveError, match=r"holds no \.warc"):
        Archive([tmp_path])


def test_earlier_captures_must_be_complete(tmp_path: Path) -> None:
    listed = tmp_path / "previous.jsonl"
    listed.write_text('{"url": "x"}\n')
    with pytest.raises(ValueError, match="line 1"):
        read_earlier(listed)
    assert Earlier(url="u", captured_at="t", payload_digest="d", file="f").file == "f"
