"""Epoch AI's benchmark hub: results of many benchmarks, its own runs and tables of others.

Page: ZIP of CSV files, one a benchmark. Archives of others may hold its members alone, each at the address of the ZIP
with its name after "#": a replay without the ZIP requests them. Which files are read, their columns and who ran the
models is reviewed data (epoch.toml).
Units: fractions of the tasks, index points or minutes, by file.
Traps:
- The model's effort or thinking budget follows its key after an underscore: "gpt-5.2_high", "claude-opus-4_16K",
  "grok-4_unknown" for one that is not stated. Other underscores belong to the key.
- Some files copy tables that are read first-hand (Aider, LiveBench); they are left out.
- A row without a model version is about an agent or a model that the hub does not list; it is left out.
- A row may state what a developer's own card says ("Opus 4.6 System Card").
"""

import io
import re
import struct
import tomllib
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from importlib.resources import files
from typing import TypedDict, cast

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.crawling.causes import LayoutChangedError, NotTextError, TooLargeError
from llmpairs.spiders.csv_text import read_csv
from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.json_entries import Entry, read_entries
from llmpairs.spiders.page import Finding, Page, Parsers

DAMAGED = (zipfile.BadZipFile, ValueError, EOFError, OSError, RuntimeError, struct.error, zlib.error)
"""What zipfile raises for a damaged, encrypted or unknown archive; ValueError also for text that is not UTF-8."""
MAX_MEMBER_BYTES = 20_000_000
"""Unpacked; the largest member of 2026-04-19 has 300,000."""
SETTING = re.compile(r"(?P<name>.+)_(?P<setting>none|minimal|low|medium|high|xhigh|max|thinking|unknown|\d+[kK])")


class FileDefinition(TypedDict, total=False):
    """A reviewed file of the hub: the names of its columns and what they mean."""

    benchmark: str
    metric: str
    score: str
    scale: str
    error: str
    harness: str
    ran_by: str
    on: str
    version: str
    copy_of: str


@cache
def load_definitions() -> tuple[Mapping[str, FileDefinition], re.Pattern[str]]:
    """The reviewed files by name, and the pattern of sources that are a developer's own statement."""
    raw = tomllib.loads(files(__package__).joinpath("epoch.toml").read_text("utf-8"))
    return cast("Mapping[str, FileDefinition]", raw["file"]), re.compile(raw["lab_source"]["pattern"], re.IGNORECASE)


def parse_benchmarks(page: Page) -> Iterator[Item | Finding]:
    """A ScoreClaim for every row with a model and a score, of the archive or of the one member that the page is."""
    definitions, _ = load_definitions()
    for name, text in _list_members(page):
        definition = definitions.get(name.removesuffix(".csv"))
        if not name.endswith(".csv") or (definition and "copy_of" in definition):
            yield Finding(kind="remark", locator=name, text=f"{name} is left out: {_explain(definition)}")
        elif definition is None:
            yield Finding(kind="unknown_key", locator=name, text=f"file {name}")
        else:
            yield from _parse_file(page, name, text, definition)


def _explain(definition: FileDefinition | None) -> str:
    return f"a copy of {definition['copy_of']}, which is read first-hand" if definition else "no table"


def _list_members(page: Page) -> Iterator[tuple[str, str]]:
    """Name and text of each file."""
    member = page.url.partition("#")[2]
    if member:
        yield member, page.text()
        return
    try:
        with zipfile.ZipFile(io.BytesIO(page.body)) as archive:
            for each in sorted(archive.infolist(), key=lambda info: info.filename):
                if each.is_dir():
                    continue
                if each.file_size > MAX_MEMBER_BYTES:
                    raise TooLargeError(f"{page.url}: {each.filename} has {each.file_size} bytes")
                name = each.filename.rpartition("/")[2]
                yield name, archive.read(each).decode("utf-8-sig")
    except DAMAGED as error:
        raise NotTextError(f"{page.url}: no ZIP archive of text files: {error}") from None


def _parse_file(page: Page, name: str, text: str, definition: FileDefinition) -> Iterator[Item | Finding]:
    header, rows = read_csv(text, page.url, name)
    for column in ("Model version", definition["score"]):
        if column not in header:
            raise LayoutChangedError(page.url, name, f"a column {column!r}")
    # "Llama-2-70b-hf " has a blank at its end (2026-04-19).
    cells = ([cell.strip() for cell in row] for row in rows)
    named = [(f"{name}/{number}", dict(zip(header, row, strict=False))) for number, row in enumerate(cells, 1)]
    listed = [(locator, row) for locator, row in named if row.get("Model version") and row.get(definition["score"])]
    yield from read_entries(page, listed, partial(_parse_row, definition=definition)) if listed else ()
    if len(listed) < len(named):
        text = f"{len(named) - len(listed)} of {len(named)} rows of {name} have no model version or no score"
        yield Finding(kind="remark", locator=name, text=text)


def _parse_row(row: Entry, definition: FileDefinition) -> Iterator[Item]:
    key = row.required_text("Model version")
    match = SETTING.fullmatch(key)
    setting = match["setting"] if match and match["setting"] != "unknown" else None
    value = row.amount(definition["score"])
    if value is None:
        return
    _, lab_source = load_definitions()
    is_lab = lab_source.search(row.text("Source") or "") is not None
    yield ScoreClaim(
        model_key=key,
        model_name=match["name"] if match else None,
        locator=row.locator,
        benchmark=definition["benchmark"],
        metric=definition["metric"],
        value=value,
        unit=definition["scale"],
        version=row.text(definition["version"]) if "version" in definition else None,
        harness=row.text(definition["harness"]) if "harness" in definition else definition["ran_by"],
        effort=setting,
        evaluator_class="lab_claimed" if is_lab else "third_party",
        evaluated_on=row.text(definition["on"]) if "on" in definition else None,
        standard_error=row.amount(definition["error"]) if "error" in definition else None,
    )


class EpochSpider(SourceSpider):
    """Requests the ZIP or, in a replay that holds none, the members that were recorded by themselves."""

    def pages(self) -> Iterable[tuple[str, str]]:
        """The ZIP, or one page per recorded member."""
        address, archive = self.job.source.urls["benchmarks"], self.job.archive
        members = archive.list_members(address) if archive and not archive.holds(address) else []
        return [("benchmarks", url) for url in members or [address]]


PARSERS: Parsers = {"benchmarks": parse_benchmarks}
