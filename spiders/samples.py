"""The hand-written samples in `frozen/` as archives, which the demo and the tests replay."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from llmpairs.spiders.archive import Recorder, parse_timestamp
from llmpairs.spiders.archive.recorder import Exchange
from llmpairs.spiders.inputs import Inputs
from llmpairs.spiders.registry import SOURCES


@dataclass(frozen=True, kw_only=True)
class SamplePage:
    """A sample page and the response that it stands for."""

    url: str
    captured_at: datetime
    content_type: str
    body: bytes


def read_frozen(source_id: str) -> list[SamplePage]:
    """The sample pages of a source, in the order of its page.json."""
    folder = _frozen() / source_id
    manifest = json.loads((folder / "page.json").read_text("utf-8"))
    return [
        SamplePage(
            url=page["url"],
            captured_at=parse_timestamp(page["captured_at"]),
            content_type=page["content_type"],
            body=(folder / page["file"]).read_bytes(),
        )
        for page in manifest["pages"]
    ]


def list_frozen() -> list[str]:
    """Ids of the sources that have samples, sorted."""
    return sorted(source_id for source_id in SOURCES if (_frozen() / source_id / "page.json").is_file())


def frozen_inputs() -> Inputs:
    """The names that the second wave needs to request every sample page."""
    return Inputs(
        openrouter_model_ids=tuple(dict.fromkeys(_names_in("openrouter_endpoints"))),
        hugging_face_repos=tuple(dict.fromkeys(_names_in("huggingface_cards"))),
    )


def build_frozen_archive(folder: Path, *, run_id: str, as_of: datetime, models_dev: bytes | None = None) -> Path:
    """Write one WARC per source with samples and return the folder; the same bytes for the same arguments.

    `models_dev` is a whole models.dev catalogue to use instead of its sample. The warcinfo of a sample states that it
    is one, so that a small sample does not count as a failed source.
    """
    for source_id in list_frozen():
        pages = read_frozen(source_id)
        whole = models_dev if source_id == "models_dev" else None
        about = {"software": "llmpairs", "source": source_id, "sample": "false" if whole else "true"}
        recorder = Recorder(folder / f"{source_id}.warc.gz", run_id=run_id, as_of=as_of, about=about)
        for page in pages:
            exchange = Exchange(
                url=page.url,
                captured_at=page.captured_at,
                status=200,
                headers=(("Content-Type", page.content_type),),
                body=whole or page.body,
            )
            recorder.record(exchange)
        recorder.close()
    return folder


def _frozen() -> Traversable:
    return files("llmpairs.spiders") / "frozen"


def _names_in(source_id: str) -> Iterator[str]:
    """The name that fills the placeholder of each sample's address."""
    source = SOURCES[source_id]
    for page in read_frozen(source_id):
        template = source.urls[source.page_at(page.url) or ""]
        before, _, rest = template.partition("{")
        after = rest.partition("}")[2]
        yield page.url.removeprefix(before).removesuffix(after)
