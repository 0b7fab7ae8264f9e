"""Texts and names keep to the glossary: no avoided term outside the contexts that docs/GLOSSARY.md allows."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GLOSSARY = "docs/GLOSSARY.md"
PYTHON = ("flows", "spiders", "transforms", "expectations", "warehouse", "llmpairs")
DOCUMENTS = (
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "docs/**/*.md", "spiders/*.md",
    "llmpairs/render/templates/*", "expectations/*.toml", "transforms/*.toml", "warehouse/*.sql",
    "spiders/devtools/templates/*",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A term with what to avoid and where that is allowed."""

    term: str
    avoid: re.Pattern[str]
    allowed: tuple[tuple[str, str], ...]
    """Glob of paths, and a phrase that the line must hold; an empty phrase allows the whole file."""

    def find(self, path: str, line: str) -> str | None:
        """The avoided words in a line of a file, unless the context is allowed."""
        found = self.avoid.search(line)
        if found is None:
            return None
        lower = line.lower()
        if any(fnmatch(path, glob) and phrase in lower for glob, phrase in self.allowed):
            return None
        return f"{found[0]!r} (write: {self.term})"


def read_glossary(text: str) -> list[Entry]:
    """The entries that have patterns, from the tables of the glossary."""
    entries = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if not line.startswith("| ") or len(cells) < 3 or cells[0] in ("Term", "---"):
            continue
        patterns = re.findall(r"`([^`]+)`", cells[2])
        allowed = re.findall(r"`([^`]+)`", cells[3]) if len(cells) > 3 else []
        if patterns:
            avoid = re.compile(rf"(?<![\w`/.-])(?:{'|'.join(patterns)})(?![\w`])", re.IGNORECASE)
            entries.append(Entry(cells[0], avoid, tuple(split_context(each) for each in allowed)))
    return entries


def split_context(text: str) -> tuple[str, str]:
    """Path glob and phrase of an allowed context."""
    path, _, phrase = text.partition(": ")
    return path, phrase.lower()


def list_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that people read: of a Python file its strings, comments and names, else every line."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.STRING, tokenize.COMMENT):
            for offset, line in enumerate(token.string.splitlines()):
                yield token.start[0] + offset, line
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, f"def {split_name(node.name)}"


def split_name(name: str) -> str:
    """An identifier as words: `tell_loss` and `TellLoss` are "tell loss"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", name).strip().lower()


def list_files() -> list[Path]:
    """Product code and documents, each once."""
    files = {path for folder in PYTHON for path in (ROOT / folder).rglob("*.py")}
    files |= {path for pattern in DOCUMENTS for path in ROOT.glob(pattern) if path.is_file()}
    real = {path.resolve() for path in files}
    return sorted(path for path in real if str(path.relative_to(ROOT)) != GLOSSARY)


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    found = read_glossary((ROOT / GLOSSARY).read_text("utf-8"))
    assert len(found) > 10
    return found


def test_texts_and_names_use_the_terms_of_the_glossary(entries: list[Entry]) -> None:
    found = [
        f"{name}:{number}: {hit}"
        for path in list_files()
        for name in [str(path.relative_to(ROOT))]
        for number, line in list_texts(path)
        for entry in entries
        if (hit := entry.find(name, line))
    ]
    assert not found, "\n".join([f"{len(found)} places", *found[:60]])


def test_an_avoided_word_is_found_and_an_allowed_context_is_not() -> None:
    text = "| run | One execution. | `nights?`, `tonight` | `docs/*: nights/`, `old.md` |"
    (entry,) = read_glossary(text)
    assert entry.find("docs/A.md", "Every night a run") == "'night' (write: run)"
    assert entry.find("docs/A.md", "the folder nights/2026") is None
    assert entry.find("old.md", "Tonight") is None
    assert entry.find("docs/A.md", "overnight, flows/nightly and `night`") is None


def test_names_are_read_as_words(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text('def tell_loss() -> str:\n    return "at night"  # a comment\n', "utf-8")
    assert [text for _, text in list_texts(path)] == ['"at night"', "# a comment", "def tell loss"]
