"""The documents agree with the code: computed ones are up to date, links, paths and command lines lead somewhere."""

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from llmpairs.flows.cli import GROUPS
from llmpairs.flows.cli_reference import (
    CommandParameter,
    list_commands,
    list_examples,
    list_parameters,
    render_reference,
)

ROOT = Path(__file__).resolve().parent.parent
PATTERNS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**/*.md", "spiders/*.md")
DOCUMENTS = {
    str(path.relative_to(ROOT)): path.read_text("utf-8") for pattern in PATTERNS for path in sorted(ROOT.glob(pattern))
}
WITH_PATHS = ("CONTRIBUTING.md", "docs/ARCHITECTURE.md", "docs/EXAMPLE_PAGE.md", "docs/OUTCOMES.md")
FOLDERS = "flows|spiders|transforms|expectations|warehouse|llmpairs|tests|bench|docs|examples"
FORMER_NAMES_ARE_LISTED = ("CHANGELOG.md", "docs/CLI.md")
"""Documents that map former commands to present ones."""
EXAMPLE_NAMES = ("acme", "zenmux")
"""Sources that recipes create."""

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^ *```\w*\n(.*?)^ *```|`([^`\n]+)`", re.DOTALL | re.MULTILINE)
PATH = re.compile(rf"`((?:{FOLDERS})/[\w./-]*)(?::(\w+))?`")
COMMAND_LINE = re.compile(r"(?:\$ |[-\d* ]+ .*&& |.*=\S+ )?(?:\.venv/bin/)?(llmpairs(?: .*)?)")


@cache
def commands() -> dict[str, dict[str, CommandParameter]]:
    """The options of every command by its full name."""
    return {
        name: {
            spelling: parameter for parameter in list_parameters(command) for spelling in parameter.label.split(", ")
        }
        for name, command in list_commands()
    }


def list_command_lines(text: str) -> Iterator[str]:
    """Every `llmpairs ...` command line in the code of a text."""
    for block, inline in CODE.findall(text):
        for line in (block or inline).replace("\\\n", " ").splitlines():
            if found := COMMAND_LINE.fullmatch(line.strip()):
                yield found[1]


def split_words(line: str) -> list[str]:
    """The words of a command line up to a comment, a pipe or a redirection; `...` is left out."""
    words: list[str] = []
    for word in shlex.split(line, comments=True):
        if word in ("|", ">", ";", "&&", "<") or re.match(r"\d*>", word):
            break
        words += [] if word == "..." else [word]
    return words


def find_error(line: str) -> str:
    """What a command line has that no command has: its name, an option or a choice; "" where it is right."""
    words = split_words(line)
    if len(words) == 1 or words[1].startswith("-"):
        return ""
    if words[1] == "review" and (len(words) == 2 or words[2].startswith("-")):
        words.insert(2, "list")
    length = 3 if words[1] in GROUPS else 2
    if length == 3 and len(words) == 2:
        return ""  # a group alone prints its help
    options = commands().get(" ".join(words[:length]))
    if options is None:
        return f"no command {' '.join(words[1:length])}"
    for position, word in enumerate(words[length:], length):
        option, _, value = word.partition("=")
        if not option.startswith("-") or option in ("-h", "--help"):
            continue
        if option not in options:
            return f"no option {option}"
        choices = re.findall(r"`([^`]+)`", options[option].values)
        value = value or next(iter(words[position + 1 :]), "")
        if choices and value and not value.isupper() and value not in choices and "|" not in value:
            return f"{option} may not be {value}"
    return ""


def test_the_reference_of_the_command_line_is_up_to_date() -> None:
    assert DOCUMENTS["docs/CLI.md"] == render_reference(), "run `make docs`"


@pytest.mark.slow
def test_the_picture_of_the_packages_is_up_to_date() -> None:
    check = subprocess.run([sys.executable, "docs/diagram.py", "--check"], cwd=ROOT, check=False)
    assert check.returncode == 0, "run `make docs`"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_to_files_and_headings(name: str) -> None:
    folder = (ROOT / name).parent
    prose = CODE.sub("", DOCUMENTS[name]) if name != "docs/CLI.md" else DOCUMENTS[name]
    dead = []
    for link in LINK.findall(prose):
        address, _, anchor = link.partition("#")
        target = (folder / address).resolve() if address else ROOT / name
        if re.match(r"https?:", link):
            continue
        if not target.exists() or (anchor and anchor not in list_anchors(target)):
            dead.append(link)
    assert dead == []


def list_anchors(path: Path) -> set[str]:
    """Anchors of the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_command_lines_of_the_documents_are_right(name: str) -> None:
    if name in FORMER_NAMES_ARE_LISTED:
        pytest.skip("it maps former commands to present ones")
    wrong = {line: error for line in list_command_lines(DOCUMENTS[name]) if (error := find_error(line))}
    assert wrong == {}


@pytest.mark.parametrize("name", [name for name, _ in list_commands()])
def test_the_examples_in_the_help_of_a_command_are_right(name: str) -> None:
    examples = list_examples(dict(list_commands())[name])
    assert examples, "write `Example: llmpairs ...` in its docstring"
    assert all(split_words(each)[: len(name.split())] == name.split() for each in examples)
    assert {each: error for each in examples if (error := find_error(each))} == {}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("llmpairs inbox", "no command inbox"),
        ("llmpairs release", ""),
        ("llmpairs release delete X", "no command release delete"),
        ("llmpairs review --kind held", ""),
        ("llmpairs gaps --fields price", "no option --fields"),
        ("llmpairs gaps --format xml", "--format may not be xml"),
        ("llmpairs sql \"FROM pairs LIMIT 1\" --format=csv | head  # rows", ""),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_found(line: str, error: str) -> None:
    assert find_error(line) == error


def test_command_lines_are_found_in_code() -> None:
    block = "$ llmpairs gaps \\\n  --limit 3\n0 3 * * *  cd /srv && .venv/bin/llmpairs refresh\n"
    found = list_command_lines(f"```console\n{block}```\nand `llmpairs sources X`")
    assert [split_words(line) for line in found] == [
        ["llmpairs", "gaps", "--limit", "3"],
        ["llmpairs", "refresh"],
        ["llmpairs", "sources", "X"],
    ]
    assert len(list(list_command_lines(DOCUMENTS["README.md"]))) > 15


@pytest.mark.parametrize("name", WITH_PATHS)
def test_files_and_functions_that_are_named_exist(name: str) -> None:
    named = [(path, symbol) for path, symbol in PATH.findall(DOCUMENTS[name]) if not is_example(path)]
    assert named
    missing = [path for path, _ in named if not (ROOT / path).exists()]
    missing += [f"{path}:{symbol}" for path, symbol in named if symbol and symbol not in list_definitions(ROOT / path)]
    assert missing == []


def is_example(path: str) -> bool:
    """Whether a path belongs to a source that a recipe creates."""
    return any(name in path for name in EXAMPLE_NAMES)


def list_definitions(path: Path) -> set[str]:
    """Names of the functions and classes of a module."""
    if not path.is_file():
        return set()
    return {
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
