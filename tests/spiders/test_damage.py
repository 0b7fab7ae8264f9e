"""Damaged archives: records before the damage answer, and the damage is reported."""

import gzip
from pathlib import Path

import pytest

from llmpairs.spiders.archive import Archive, ArchiveError, archive_digest, list_archive, verify_archive
from llmpairs.spiders.crawling.causes import ArchiveDamagedError
from tests.spiders.warcs import URL, answer, ask, both, write


@pytest.fixture
def archive_file(tmp_path: Path) -> Path:
    """Twenty answers, packed record by record."""
    fills = [answer(f'{{"n": {n}}}'.encode() * 50, url=f"{URL}?n={n}") for n in range(20)]
    return write(tmp_path / "damaged.warc.gz", both(*fills))


def test_what_stands_before_the_damage_answers(archive_file: Path) -> None:
    offsets = [row["offset"] for row in list_archive(archive_file)]
    archive_file.write_bytes(archive_file.read_bytes()[: offsets[10] + 30])
    assert ask(archive_file, url=f"{URL}?n=9")[0] == b'{"n": 9}' * 50
    with pytest.raises(ArchiveDamagedError, match=rf"damaged\.warc\.gz is damaged at byte {offsets[10]}: .*10 records"):
        ask(archive_file, url=f"{URL}?n=10")
    assert len(verify_archive(archive_file)) == 1


def test_a_flipped_bit_is_seen(archive_file: Path) -> None:
    offsets = [row["offset"] for row in list_archive(archive_file)]
    content = bytearray(archive_file.read_bytes())
    content[offsets[5] + 40] ^= 1
    archive_file.write_bytes(bytes(content))
    assert ask(archive_file, url=f"{URL}?n=4")[0] == b'{"n": 4}' * 50
    with pytest.raises(ArchiveDamagedError):
        ask(archive_file, url=f"{URL}?n=5")
    assert f"at byte {offsets[5]}" in verify_archive(archive_file)[0]


def test_a_changed_body_without_compression_is_seen(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc", answer(b'{"price": 15}'), packed=False)
    path.write_bytes(path.read_bytes().replace(b'"price": 15', b'"price": 95'))
    with pytest.raises(ArchiveDamagedError, match="is not sha1:"):
        ask(path)
    assert len(verify_archive(path)) == 1


def test_a_sound_archive_has_no_problems(archive_file: Path) -> None:
    assert verify_archive(archive_file) == []
    assert len(archive_digest(archive_file)) == 64
    first = list_archive(archive_file)[0]
    assert (first["status"], first["url"], first["payload_bytes"]) == (200, f"{URL}?n=0", 400)


@pytest.mark.parametrize("content", [b"", b'{"data": []}', b"PK\x03\x04", gzip.compress(b'{"data": []}', mtime=0)])
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
