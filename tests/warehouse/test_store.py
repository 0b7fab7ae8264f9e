import errno
from pathlib import Path

import pytest

from llmpairs.warehouse import store as store_module
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.store import Store, open_store


def test_what_is_written_is_read(store: Store) -> None:
    store.write_bytes("runs/1/report.md", b"first")
    store.write_bytes("runs/1/report.md", b"second")
    with store.open_output("runs/2/data.bin") as file:
        file.write(b"ab")
        file.write(b"cd")
    assert store.read_bytes("runs/1/report.md") == b"second"
    assert store.read_buffer("runs/2/data.bin").to_pybytes() == b"abcd"
    with store.open_input("runs/2/data.bin") as file:
        file.seek(2)
        assert file.read() == b"cd"


def test_names_are_listed_in_order(store: Store) -> None:
    for name in ("b/2.txt", "b/1.txt", "a.txt", "b/c/3.txt"):
        store.write_bytes(name, b"x")
    assert store.list() == ["a.txt", "b/"]
    assert store.list("b") == ["1.txt", "2.txt", "c/"]
    assert store.list_files("b") == ["b/1.txt", "b/2.txt", "b/c/3.txt"]
    assert store.list("nothing") == []
    assert store.list_files("nothing") == []


def test_deleting_a_folder_deletes_everything_below_and_nothing_else(store: Store) -> None:
    for name in ("old/1/x", "old/y", "older/z"):
        store.write_bytes(name, b"x")
    store.delete_dir("old")
    store.delete_dir("old")
    assert not store.exists("old/1/x")
    assert store.list_files() == ["older/z"]
    with pytest.raises(StoreError, match="refusing to delete the whole warehouse"):
        store.delete_dir("")


def test_files_are_copied_in(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "night.warc.gz"
    source.write_bytes(b"\x1f\x8b" * 2_000_000)
    store.copy_in(source, "archive/1/night.warc.gz")
    assert store.read_buffer("archive/1/night.warc.gz").size == 4_000_000
    assert store.read_bytes("archive/1/night.warc.gz")[:2] == b"\x1f\x8b"


def test_a_missing_file_is_a_one_line_error(store: Store) -> None:
    with pytest.raises(StoreError, match=r"reading .*/nothing\.json: not found$"):
        store.read_bytes("nothing.json")
    assert store.exists("nothing.json") is False


@pytest.mark.parametrize("name", ["../CURRENT", "/etc/hostname", "a/../../b"])
def test_names_stay_inside_the_warehouse(local: Store, name: str) -> None:
    with pytest.raises(StoreError, match="not a name inside the warehouse"):
        local.read_bytes(name)


def test_a_failed_write_keeps_the_old_content_and_leaves_no_files(
    local: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    local.write_bytes("CURRENT", b"old")

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store_module, "_sync", full)
    with pytest.raises(StoreError, match=r"writing .*/CURRENT: the disk is full: free some space"):
        local.write_bytes("CURRENT", b"new")
    assert local.read_bytes("CURRENT") == b"old"
    assert local.list() == ["CURRENT"]


def test_a_full_disk_is_an_error_while_a_file_is_written_in_pieces(local: Store) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    place = local.local_path("releases/part.parquet")
    assert place is not None
    place.parent.mkdir(parents=True)
    place.symlink_to(full)
    with pytest.raises(StoreError, match="the disk is full"), local.open_output("releases/part.parquet") as file:
        file.write(b"x" * 100_000)


def test_an_interrupted_upload_leaves_no_truncated_object(s3_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(s3_uri)
    store.write_bytes("CURRENT", b"old")

    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pyarrow.fs.copy_files", interrupt)
        with pytest.raises(KeyboardInterrupt):
            store.write_bytes("CURRENT", b"new")
        with pytest.raises(KeyboardInterrupt):
            store.copy_in(Path(__file__), "archive/night.warc.gz")
    assert store.list_files() == ["CURRENT"]
    assert store.read_bytes("CURRENT") == b"old"


@pytest.mark.parametrize(
    ("expected", "passing"),
    [
        ("When uploading part: AWS Error SLOW_DOWN during UploadPart operation", True),
        ("AWS Error NETWORK_CONNECTION during PutObject operation: curlCode: 7", True),
        ("AWS Error NO_SUCH_BUCKET during PutObject operation", False),
        ("AWS Error ACCESS_DENIED during PutObject operation", False),
        ("No space left on device", False),
    ],
)
def test_transient_errors_are_distinguished_from_permanent_ones(
    local: Store, monkeypatch: pytest.MonkeyPatch, expected: str, passing: bool
) -> None:
    def fail(path: Path) -> None:
        raise OSError(expected)

    monkeypatch.setattr(store_module, "_sync", fail)
    with pytest.raises(StoreError) as error:
        local.write_bytes("CURRENT", b"new")
    assert error.value.is_transient is passing


def test_a_forbidden_write_is_an_error(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(store_module, "_sync", forbidden)
    with pytest.raises(StoreError, match="not allowed: check the permissions"):
        local.write_bytes("CURRENT", b"new")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("gs://bucket/x", "gs:// is not supported"),
        ("https://user:secret@host/x", "https:// is not supported"),
        ("s3:///prefix", "names no bucket"),
        ("s3://bucket/x?colour=blue", "colour"),
    ],
)
def test_malformed_addresses_are_rejected(address: str, expected: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(address)
    assert expected in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_file_is_not_a_warehouse(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="is a file"):
        open_store(tmp_path / "data")


def test_a_missing_bucket_is_an_error(s3_address: str) -> None:
    store = open_store(f"s3://nowhere/x?scheme=http&endpoint_override={s3_address}&region=us-east-1")
    with pytest.raises(StoreError, match=r"writing s3://nowhere/x/CURRENT: the bucket does not exist"):
        store.write_bytes("CURRENT", b"x")


def test_credentials_in_an_address_are_not_shown(s3_address: str) -> None:
    store = open_store(f"s3://key:secret@warehouse/x?scheme=http&endpoint_override={s3_address}&region=us-east-1")
    assert store.name == "s3://warehouse/x"
    assert "secret" not in repr(store)
    assert store.local_path("CURRENT") is None


@pytest.mark.parametrize(
    "address",
    [
        "s3://key:s3cr3t@bucket:bad/x",
        "s3://key:s3cr3t@bucket/x?nope=1",
        "s3://key:ab/s3cr3t@bucket/x",
        "s3://key:s3cr3t@/x",
        "gs://key:s3cr3t@bucket/x",
    ],
)
def test_an_address_error_does_not_show_credentials(address: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(address)
    assert "s3cr3t" not in str(refused.value)
    assert "/x" in str(refused.value)
