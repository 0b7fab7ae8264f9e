"""Create a new source: spider, registry entry, sample, expected items, and a test that fails until they are real."""

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

from llmpairs.spiders.archive import format_timestamp
from llmpairs.spiders.base import FOLDERS
from llmpairs.spiders.devtools.reparse import reparse
from llmpairs.spiders.items import Provenance, to_record
from llmpairs.spiders.registry import SOURCES, Kind
from llmpairs.spiders.samples import list_frozen, read_frozen

Shape = Literal["markdown", "html", "json"]
NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
PLACEHOLDER = "not read yet"
"""Placeholder in the registry for what a person has to fill in; the new source's test fails on it."""
CONTENT_TYPES = {"md": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8", "json": "application/json"}
NO_PROVENANCE = Provenance(source_id="", url="", capture_id="", captured_at="", late=False)


class ScaffoldError(ValueError):
    """A source that cannot be created; the message states what to change. Nothing was written."""


@dataclass(frozen=True, kw_only=True)
class SourceTemplate:
    """The template of a new source's spider, and where its parts belong."""

    name: str
    """Name of the spider's template file."""
    page: str
    """Name of its page in the registry."""
    suffix: str
    """Suffix of its sample."""
    item: str
    """Kind of its items."""
    module: str
    """Module of the registry that gets its entry."""
    lateness: str
    """Name of its Lateness in the registry."""


@dataclass(frozen=True, kw_only=True)
class NewSource:
    """A source to create."""

    name: str
    kind: Kind
    url: str
    shape: Shape | None = None
    """Format of its page; guessed from its address if None."""
    title: str | None = None
    """Title for people; derived from its name if None."""

    @property
    def label(self) -> str:
        """Title for people."""
        return self.title or self.name.replace("_", " ").title()

    @property
    def template(self) -> SourceTemplate:
        """Its template. ScaffoldError if there is none for its kind."""
        shape = self.shape or guess_shape(self.url)
        if self.kind == "card":
            raise ScaffoldError("cards are requested by repository: copy spiders/cards/huggingface_cards.py instead")
        if self.kind == "benchmark":
            return SourceTemplate(
                name="scores", page="scores", suffix="json", item="score", module="benchmarks", lateness="SCORES"
            )
        catalogue = self.kind == "catalogue"
        if shape == "json":
            module = "catalogues" if catalogue else "lists"
            return SourceTemplate(
                name="list", page="models", suffix="json", item="offer", module=module, lateness="LIST"
            )
        return SourceTemplate(
            name="table",
            page="pricing",
            suffix="md" if shape == "markdown" else "html",
            item="offer",
            module="catalogues" if catalogue else "pages",
            lateness="LIST" if catalogue else "PAGE",
        )


def guess_shape(url: str) -> Shape:
    """The format of a page by its address."""
    path = urlsplit(url).path
    if path.endswith((".md", ".mdx", ".md.txt")):
        return "markdown"
    is_api = path.endswith(".json") or re.search(r"/v\d+(/|$)|/api/", path) is not None
    return "json" if is_api else "html"


def create_source(root: Path, new: NewSource) -> list[Path]:
    """Write all files of a new source below a checkout; returns their paths. ScaffoldError if that is not possible."""
    _validate(root, new)
    template, values = new.template, _template_values(new)
    frozen = root / "spiders" / "frozen" / new.name
    registry = root / "spiders" / "registry" / f"{template.module}.py"
    written = {
        root / "spiders" / FOLDERS[new.kind] / f"{new.name}.py": _render(f"{template.name}.py.txt", values),
        registry: add_entry(registry, _render("entry.txt", values)),
        frozen / "page.json": f"{json.dumps({'pages': [_describe_sample(new)]})}\n",
        frozen / values["file"]: _read_template(f"{template.name}.{template.suffix}"),
        root / "tests" / "spiders" / f"test_{new.name}.py": _render("test.py.txt", values),
    }
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    # In a new process: this one has loaded the registry without the new entry.
    command = [sys.executable, "-m", "llmpairs.spiders.devtools.scaffold", new.name]
    subprocess.run(command, cwd=root, check=True)
    return [*written, frozen / "expected.json"]


def _validate(root: Path, new: NewSource) -> None:
    """Raise ScaffoldError for a source that cannot be created, or that exists."""
    if not (root / "tests" / "spiders").is_dir():
        raise ScaffoldError(f"{root} is no checkout of the project; sources are added to a checkout")
    if not NAME.fullmatch(new.name) or keyword.iskeyword(new.name):
        raise ScaffoldError(f"{new.name!r} is no name for a source: lower-case letters, digits and _, as zenmux")
    if new.name in SOURCES or (root / "spiders" / "frozen" / new.name).exists():
        raise ScaffoldError(f"there is a source {new.name} already")
    parts = urlsplit(new.url)
    if parts.scheme != "https" or not parts.hostname or '"' in new.url:
        raise ScaffoldError(f"{new.url!r} is no https address of a page")
    if new.title and not re.fullmatch(r"[^\"\\\n]+", new.title):
        raise ScaffoldError(f"{new.title!r} is no title of one plain line")


def _template_values(new: NewSource) -> dict[str, str]:
    """The values that fill the templates."""
    template, parts = new.template, urlsplit(new.url)
    return {
        "name": new.name,
        "kind": new.kind,
        "url": new.url,
        "site": f"https://{parts.hostname}",
        "title": new.label,
        "page": template.page,
        "file": f"{template.page}.{template.suffix}",
        "item": template.item,
        "module": template.module,
        "lateness": template.lateness,
        "placeholder": PLACEHOLDER,
    }


def _describe_sample(new: NewSource) -> dict[str, str]:
    """The sample's row of page.json, with the capture time of the other samples."""
    captured_at = max(page.captured_at for source in list_frozen() for page in read_frozen(source))
    template = new.template
    return {
        "file": f"{template.page}.{template.suffix}",
        "url": new.url,
        "captured_at": format_timestamp(captured_at),
        "content_type": CONTENT_TYPES[template.suffix],
    }


def add_entry(registry: Path, entry: str) -> str:
    """The text of a registry module with the entry added at the end of its last tuple of sources."""
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


def _read_template(name: str) -> str:
    return (files("llmpairs.spiders.devtools") / "templates" / name).read_text("utf-8")


def _render(name: str, values: dict[str, str]) -> str:
    return Template(_read_template(name)).substitute(values)


def write_expected(root: Path, source_id: str) -> Path:
    """Write the items that the parser reads from the sample, for a person to compare with the page."""
    lines = []
    for page in read_frozen(source_id):
        for item in reparse(source_id, page.url, page.body, format_timestamp(page.captured_at)):
            record = to_record(item, NO_PROVENANCE)
            claim = {name: value for name, value in record.items() if not hasattr(NO_PROVENANCE, name)}
            lines.append(json.dumps(claim, ensure_ascii=False))
    path = root / "spiders" / "frozen" / source_id / "expected.json"
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")
    return path


def describe_next_steps(new: NewSource) -> str:
    """The steps left to a person, in order."""
    values = _template_values(new)
    reference = "benchmarks.toml" if new.kind == "benchmark" else "providers.toml"
    steps = (
        f"1. read {values['site']}/robots.txt and the terms; record both in spiders/registry/{values['module']}.py",
        f"2. copy rows of the page, just enough to show every case, into spiders/frozen/{new.name}/{values['file']}",
        f"3. write the parser in spiders/{FOLDERS[new.kind]}/{new.name}.py",
        f"4. run `llmpairs new-source {new.name} --expect`, compare expected.json with the page, "
        f"and assert the awkward cases in tests/spiders/test_{new.name}.py",
        f"5. add what its names mean, with reasons: transforms/normalise/{reference}, transforms/identity/aliases.toml",
        f"6. run `python -m pytest tests/spiders -k {new.name}`, then `llmpairs demo`, and read the report of the run",
    )
    return "\n".join((*steps, "spiders/ADDING_A_SOURCE.md walks through them with a real source."))


def checkout_root() -> Path:
    """The root folder of the checkout that this package belongs to."""
    return Path(__file__).resolve().parents[2]


if __name__ == "__main__":
    write_expected(checkout_root(), sys.argv[1])
