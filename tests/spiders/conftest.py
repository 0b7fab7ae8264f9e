import gzip
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from llmpairs.spiders.archive import parse_timestamp
from llmpairs.spiders.registry import SOURCES
from llmpairs.spiders.samples import build_frozen_archive, frozen_inputs
from tests.forked_crawls import CRAWLING, start_forked

ROOT = Path(__file__).resolve().parents[2]
PROVENANCE = ("source_id", "url", "capture_id", "captured_at", "late")


@dataclass(frozen=True)
class Crawled:
    """What a crawl process left behind."""

    out: Path
    code: int
    errors: str

    def health(self, source_id: str) -> dict[str, Any]:
        record: dict[str, Any] = json.loads((self.out / "health" / f"{source_id}.json").read_text("utf-8"))
        return record

    def landed(self, source_id: str) -> list[dict[str, Any]]:
        with gzip.open(self.out / "landing" / f"{source_id}.jsonl.gz", "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def captures(self, source_id: str) -> list[dict[str, Any]]:
        text = (self.out / "captures" / f"{source_id}.jsonl").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]


Crawl = Callable[..., Crawled]


def crawl_into(out: Path, *arguments: str, module: str = CRAWLING) -> Crawled:
    """Run a crawl in a process forked from one with the spiders imported."""
    log = out.parent / f"{out.name}.log"
    log.unlink(missing_ok=True)
    process = start_forked(module, ("--out", str(out), *arguments), log)
    process.join(120)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(f"the crawl into {out} takes more than two minutes: {log.read_text('utf-8')[-500:]}")
    return Crawled(out, process.exitcode, log.read_text("utf-8"))


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of recorded captures."""
    named = os.environ.get("LLMPAIRS_CAPTURES")
    folder = Path(named) if named else ROOT.parent / "shared" / "captures"
    if not folder.is_dir():
        pytest.skip("recorded captures are not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def frozen_crawl(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """All samples, replayed from WARCs through the real spiders in one process."""
    folder = tmp_path_factory.mktemp("frozen")
    as_of = parse_timestamp("2026-05-15T23:59:00Z")
    archive = build_frozen_archive(folder / "archive", run_id="20260515T235900Z", as_of=as_of)
    frozen_inputs().write(folder / "inputs.json")
    return crawl_into(
        folder / "out",
        *("--sources", ",".join(SOURCES)),
        *("--as-of", "2026-05-15T23:59:00Z", "--run-id", "20260515T235900Z"),
        *("--archive", str(archive), "--inputs", str(folder / "inputs.json")),
    )
