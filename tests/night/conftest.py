"""Whole nights through the real flow: one Prefect server and one gate for the session, sample pages for sources."""

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from llmpairs.flows.nightly.gate_process import Gate, start_gate
from llmpairs.flows.nightly.plan import plan_night
from llmpairs.flows.nightly.run import Outcome, run_night
from llmpairs.progress import Stages
from llmpairs.spiders.samples import build_frozen_archive, list_frozen, read_frozen
from llmpairs.warehouse.store import open_store

FIRST_NIGHT = datetime.fromisoformat("2026-05-15T20:24:18+00:00")
NOT_HERE = "recorded captures are not beside this checkout"

RunNight = Callable[..., Outcome]


@pytest.fixture(scope="session", autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Local state of the session; Prefect reads it when it is first imported."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLMPAIRS_STATE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def gate(s3_address: str) -> Iterator[Gate]:
    """One validating process for all nights of the session; it starts with the credentials of the bucket."""
    running = start_gate()
    yield running
    running.close()


class Lent(Gate):
    """The session's gate for a command that would start its own: to be used, and left running."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(gate.process)

    def close(self) -> None:
        """Leave it running."""


@pytest.fixture
def run(gate: Gate) -> RunNight:
    """Run one night into a warehouse from archives."""

    def run_one(warehouse: Path | str, *archives: Path, as_of: datetime | None = None) -> Outcome:
        return run_night(plan_night(str(warehouse), archives, as_of), Stages(), gate)

    return run_one


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample pages of every source as archives of one night."""
    folder = tmp_path_factory.mktemp("samples")
    return build_frozen_archive(folder, run_id="20260515T202418Z", as_of=FIRST_NIGHT)


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of recorded nights; tests that need it are skipped where it is not."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "captures"
    folder = Path(os.environ.get("LLMPAIRS_CAPTURES", beside))
    if not (folder / "reference.warc.gz").exists():
        pytest.skip(NOT_HERE)
    return folder


def sample_bodies() -> dict[str, bytes]:
    """Body of every sample page by address."""
    return {page.url: page.body for source in list_frozen() for page in read_frozen(source)}


def write_warc(
    path: Path, bodies: dict[str, bytes], captured_at: str, content_type: str = "application/json"
) -> Path:
    """A plain WARC as any tool writes it: one response per address."""
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        # A sample says that it is one, so that no source counts as ailing for having few items.
        writer.write_record(writer.create_warcinfo_record(path.name, {"sample": "true"}))
        for url, body in bodies.items():
            headers = StatusAndHeaders("200 OK", [("Content-Type", content_type)], protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    url, "response", payload=BytesIO(body), http_headers=headers,
                    warc_headers_dict={"WARC-Date": captured_at},
                )
            )  # fmt: skip
    return path


def digests(warehouse: Path, pattern: str = "*.parquet") -> dict[str, str]:
    """SHA-256 of every Parquet file below releases/, or of every file of that pattern."""
    folder = warehouse / "releases"
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob(pattern))
        if path.is_file()
    }


def log_rows(warehouse: Path, table: str, run_id: str) -> dict[str, dict[str, object]]:
    """Rows of the sources log of a run by source."""
    from llmpairs.warehouse.log import read_log

    frame = read_log(open_store(str(warehouse)), table, run_id)
    return {str(row["source_id"]): row for row in frame.to_dict("records")}
