"""A new source in one go: spider, registry entry, sample, expected items and a test that fails until they are real."""

import ast
import json
import keyword
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Literal
from urllib.parse import urlsplit

from llmpairs.spiders.base import FOLDERS
from llmpairs.spiders.devtools.reparse import reparse
from llmpairs.spiders.items import Provenance, to_record
from llmpairs.spiders.registry import SOURCES, Kind
from llmpairs.spiders.samples import list_frozen, read_frozen

Shape = Literal["markdown", "html", "json"]
NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
UNREAD = "not read yet"
"""Stands in the registry for what a person has to read first; the new source's test finds it."""
CONTENT_TYPES = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
}
NOWHERE = Provenance(source_id="", url="", capture_id="", captured_at="", late=False)


class ScaffoldError(ValueError):
    """A source that cannot be laid out as asked; the message says what to change. Nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """What a new source is laid out like."""

    template: str
    """Name of the spider's template."""
    page: str
    """Name of its page in the registry."""
    suffix: str
    """Suffix of its sample."""
    item: str
    """Kind of its items."""
    module: str
    """Module of the registry that lists it."""
    lateness: str
    """How old its values may grow, by the name of the registry."""


@dataclass(frozen=True, kw_only=True)
class NewSource:
    """A source to lay out."""

    name: str
    kind: Kind
    url: str
    shape: Shape | None = None
    """Shape of its page; by its address if None."""
    title: str | None = None
    """Name for people; by its name if None."""

    @property
    def label(self) -> str:
        """Name for people."""
        return self.title or self.name.replace("_", " ").title()

    @property
    def pattern(self) -> Pattern:
        """What it is laid out like. ScaffoldError if there is no pattern for its kind."""
        shape = self.shape or guess_shape(self.url)
        if self.kind == "card":
            raise ScaffoldError(
                "cards are asked for by repository: copy spiders/cards/huggingface_cards.py instead"
            )
        if self.kind == "benchmark":
            return Pattern(
                template="scores",
                page="scores",
                suffix="json",
                item="score",
                module="benchmarks",
                lateness="SCORES",
            )
        catalogue = self.kind == "catalogue"
        if shape == "json":
            module = "catalogues" if catalogue else "lists"
            return Pattern(
                template="list", page="models", suffix="json", item="offer", module=module, lateness="LIST"
            )
        return Pattern(
            template="table",
            page="pricing",
            suffix="md" if shape == "markdown" else "html",
            item="offer",
            module="catalogues" if catalogue else "pages",
            lateness="LIST" if catalogue else "PAGE",
        )


def guess_shape(url: str) -> Shape:
    """The shape of a page by its address."""
    path = urlsplit(url).path
    if path.endswith((".md", ".mdx", ".md.txt")):
        return "markdown"
    is_api = path.endswith(".json") or re.search(r"/v\d+(/|$)|/api/", path) is not None
    return "json" if is_api else "html"


def lay_out(root: Path, new: NewSource) -> list[Path]:
    """Write all files of a new source below a checkout; returns them. ScaffoldError if that cannot be done."""
    check(root, new)
    pattern, words = new.pattern, describe(new)
    frozen = root / "spiders" / "frozen" / new.name
    registry = root / "spiders" / "registry" / f"{pattern.module}.py"
    written = {
        root / "spiders" / FOLDERS[new.kind] / f"{new.name}.py": fill(f"{pattern.template}.py.txt", words),
        registry: add_entry(registry, fill("entry.txt", words)),
        frozen / "page.json": f"{json.dumps({'pages': [describe_page(new)]})}\n",
        frozen / words["file"]: template(f"{pattern.template}.{pattern.suffix}"),
        root / "tests" / "spiders" / f"test_{new.name}.py": fill("test.py.txt", words),
    }
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    # In a process of its own: this one has read the registry without the new entry.
    command = [sys.executable, "-m", "llmpairs.spiders.devtools.scaffold", new.name]
    subprocess.run(command, cwd=root, check=True)
    return [*written, frozen / "expected.json"]


def check(root: Path, new: NewSource) -> None:
    """Refuse what could not be laid out, or would overwrite a source."""
    if not (root / "tests" / "spiders").is_dir():
        raise ScaffoldError(f"{root} is no checkout of the project; sources are added to a checkout")
    if not NAME.fullmatch(new.name) or keyword.iskeyword(new.name):
        raise ScaffoldError(
            f"{new.name!r} is no name for a source: lower-case letters, digits and _, as zenmux"
        )
    if new.name in SOURCES or (root / "spiders" / "frozen" / new.name).exists():
        raise ScaffoldError(f"there is a source {new.name} already")
    parts = urlsplit(new.url)
    if parts.scheme != "https" or not parts.hostname or '"' in new.url:
        raise ScaffoldError(f"{new.url!r} is no https address of a page")
    if new.title and not re.fullmatch(r"[^\"\\\n]+", new.title):
        raise ScaffoldError(f"{new.title!r} is no title of one plain line")


def describe(new: NewSource) -> dict[str, str]:
    """What the templates are filled with."""
    pattern, parts = new.pattern, urlsplit(new.url)
    return {
        "name": new.name,
        "kind": new.kind,
        "url": new.url,
        "site": f"https://{parts.hostname}",
        "title": new.label,
        "camel": "".join(part.capitalize() for part in new.name.split("_")),
        "page": pattern.page,
        "file": f"{pattern.page}.{pattern.suffix}",
        "item": pattern.item,
        "module": pattern.module,
        "lateness": pattern.lateness,
        "unread": UNREAD,
    }


def describe_page(new: NewSource) -> dict[str, str]:
    """The sample's row of page.json: captured on the night of the other samples."""
    night = max(page.captured_at for source in list_frozen() for page in read_frozen(source))
    pattern = new.pattern
    return {
        "file": f"{pattern.page}.{pattern.suffix}",
        "url": new.url,
        "captured_at": night.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "content_type": CONTENT_TYPES[pattern.suffix],
    }


def add_entry(registry: Path, entry: str) -> str:
    """The text of a registry module with an entry more, at the end of its tuple of sources."""
    text = registry.read_text("utf-8")
    tuples = [
        node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple) and node.value.elts
    ]
    ends = [each.end_lineno for each in tuples if isinstance(each.elts[-1], ast.Call) and each.end_lineno]
    if not ends:
        raise ScaffoldError(f"{registry} has no tuple of sources to add to")
    lines = text.splitlines(keepends=True)
    return "".join([*lines[: ends[-1] - 1], entry, *lines[ends[-1] - 1 :]])


def template(name: str) -> str:
    """The text of a template."""
    return (files("llmpairs.spiders.devtools") / "templates" / name).read_text("utf-8")


def fill(name: str, words: dict[str, str]) -> str:
    """A template with its words."""
    return Template(template(name)).substitute(words)


def write_expected(root: Path, source_id: str) -> Path:
    """Write what the parser makes of the sample today as expected items, for a person to read against the page."""
    lines = []
    for page in read_frozen(source_id):
        for item in reparse(source_id, page.url, page.body, page.captured_at.strftime("%Y-%m-%dT%H:%M:%SZ")):
            record = to_record(item, NOWHERE)
            said = {name: value for name, value in record.items() if not hasattr(NOWHERE, name)}
            lines.append(json.dumps(said, ensure_ascii=False))
    path = root / "spiders" / "frozen" / source_id / "expected.json"
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")
    return path


def tell_next_steps(new: NewSource) -> str:
    """What is left to a person, in order."""
    words = describe(new)
    steps = (
        f"1. read {words['site']}/robots.txt and the terms; write both down in spiders/registry/{words['module']}.py",
        f"2. write true rows, as small as shows every case, into spiders/frozen/{new.name}/{words['file']}",
        f"3. write the parser in spiders/{FOLDERS[new.kind]}/{new.name}.py",
        f"4. run `llmpairs new-source {new.name} --expect`, read expected.json against the page, "
        f"and put the awkward cases into tests/spiders/test_{new.name}.py",
        "5. add spellings of its providers and models, with reasons: transforms/normalise/providers.toml, "
        "transforms/identity/aliases.toml",
        f"6. run `python -m pytest tests/spiders -k {new.name}`, then `llmpairs demo`, and read the night's report",
    )
    return "\n".join((*steps, "spiders/ADDING_A_SOURCE.md walks through them with a real source."))


def checkout() -> Path:
    """The folder that this package stands in."""
    return Path(__file__).resolve().parent.parent


if __name__ == "__main__":
    write_expected(checkout(), sys.argv[1])
