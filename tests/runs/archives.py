"""Archives that the tests write, and what they read from a warehouse afterwards."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from llmpairs.spiders.samples import list_frozen, read_frozen
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.store import open_store

FIRST_AS_OF = datetime.fromisoformat("2026-05-15T20:24:18+00:00")
NEXT_AS_OF = FIRST_AS_OF + timedelta(days=1)
EARLIER, LATER = "2026-05-15T20:00:00Z", "2026-05-16T20:00:00Z"
"""Capture times shortly before both as-of times."""
MODELS_DEV = "https://models.dev/api.json"
LITELLM = "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json"
SIGN_IN = b"<html><body>Sign in</body></html>"
"""A page as HTML where JSON was expected."""


def sample_bodies(sources: Iterable[str] | None = None) -> dict[str, bytes]:
    """Body of every sample page by address, of all sources or of the given ones."""
    return {page.url: page.body for source in (sources or list_frozen()) for page in read_frozen(source)}


def write_warc(path: Path, bodies: dict[str, bytes], captured_at: str, content_type: str = "application/json") -> Path:
    """A plain WARC as any tool writes it: one response per address."""
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        # A sample states that it is one, so that few items do not count as a failure of its source.
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


def digests(warehouse: Path | str, suffix: str = ".parquet") -> dict[str, str]:
    """SHA-256 of every file below releases/ whose name ends so, by its name."""
    store = open_store(str(warehouse))
    return {
        name: hashlib.sha256(store.read_bytes(name)).hexdigest()
        for name in sorted(store.list_files("releases"))
        if name.endswith(suffix)
    }


def log_rows(warehouse: Path | str, table: str, run_id: str) -> dict[str, dict[str, object]]:
    """Rows of a log table of a run, by source."""
    frame = read_log(open_store(str(warehouse)), table, run_id)
    return {str(row["source_id"]): row for row in frame.to_dict("records")}
