"""Creating a new source: all files are there, formatted, and fail until a person has made them real."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from llmpairs.flows.cli import app
from llmpairs.flows.commands.output import USAGE
from llmpairs.spiders.devtools.scaffold import (
    NewSource,
    ScaffoldError,
    Shape,
    add_entry,
    create_source,
    describe_next_steps,
    guess_shape,
    write_expected,
)
from tests.spiders.conftest import ROOT

CASES = [
    NewSource(name="acme", kind="provider", url="https://docs.acme.example/pricing.md", title="Acme AI"),
    NewSource(name="acme_page", kind="provider", url="https://acme.example/pricing"),
    NewSource(name="acme_list", kind="catalogue", url="https://api.acme.example/v1/models"),
    NewSource(name="acme_bench", kind="benchmark", url="https://bench.acme.example/results.json"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a new source of every kind and shape."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copy(ROOT / "pyproject.toml", root)
    shutil.copytree(ROOT / "spiders", root / "spiders", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "llmpairs").mkdir()
    (root / "llmpairs" / "spiders").symlink_to(Path("..") / "spiders")
    (root / "tests" / "spiders").mkdir(parents=True)
    for name in (
        "llmpairs/__init__.py",
        "tests/__init__.py",
        "tests/spiders/__init__.py",
        "tests/spiders/test_registry.py",
    ):
        shutil.copy(ROOT / name, root / name)
    for new in CASES:
        create_source(root, new)
    return root


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)


def test_the_written_files_are_formatted(copy: Path) -> None:
    for check in (("ruff", "check"), ("ruff", "format", "--check")):
        done = run(copy, *check, *(str(path) for path in sorted(copy.rglob("*acme*.py"))), "spiders/registry")
        assert done.returncode == 0, done.stdout


def test_a_new_source_is_registered_and_has_its_parsers(copy: Path) -> None:
    done = run(copy, "pytest", "-p", "no:cacheprovider", "tests/spiders/test_registry.py", "-k", "acme")
    assert done.returncode == 0, done.stdout
    assert "16 passed" in done.stdout


def test_a_new_source_fails_until_it_is_real_and_states_what_to_do(copy: Path) -> None:
    tests = [f"tests/spiders/test_{new.name}.py" for new in CASES]
    done = run(copy, "pytest", "-p", "no:cacheprovider", "-rN", *tests)
    assert "12 failed" in done.stdout
    for new in CASES:
        assert f"llmpairs new-source {new.name} --expect" in done.stdout
    assert done.stdout.count("AssertionError: fill in its entry in spiders/registry/") == len(CASES)
    assert done.stdout.count("AssertionError: put asserts on the sample's awkward cases here") == len(CASES)


@pytest.mark.parametrize("new", CASES)
def test_expected_items_are_those_of_the_sample(copy: Path, new: NewSource) -> None:
    expected = json.loads((copy / "spiders" / "frozen" / new.name / "expected.json").read_text("utf-8"))
    assert {item["model_key"] for item in expected} == {"example-large", "example-small"}
    kinds = {item["kind"] for item in expected}
    assert kinds == ({"score"} if new.kind == "benchmark" else {"model", "offer"})
    if new.kind != "benchmark":
        amounts = [quote["amount"] for item in expected for quote in item.get("prices", ())]
        assert [float(amount) for amount in amounts] == [0.15, 0.6, 0.05, 0.2]


def test_a_price_page_needs_under_forty_lines(copy: Path) -> None:
    lines = (copy / "spiders" / "providers" / "acme.py").read_text("utf-8").splitlines()
    assert len(lines) < 40


def test_the_next_steps_are_six(copy: Path) -> None:
    steps = describe_next_steps(CASES[0])
    assert [line[0] for line in steps.splitlines()[:6]] == list("123456")
    assert "https://docs.acme.example/robots.txt" in steps


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (NewSource(name="zenmux", kind="catalogue", url="https://zenmux.ai/"), "there is a source zenmux already"),
        (NewSource(name="Acme", kind="provider", url="https://acme.example/"), "no name for a source"),
        (NewSource(name="class", kind="provider", url="https://acme.example/"), "no name for a source"),
        (NewSource(name="other", kind="provider", url="http://acme.example/"), "no https address"),
        (NewSource(name="other", kind="provider", url='https://acme.example/"x'), "no https address"),
        (NewSource(name="other", kind="provider", url="https://a.example/", title='"'), "no title"),
        (NewSource(name="other", kind="card", url="https://acme.example/"), "cards are requested by repository"),
    ],
)
def test_an_invalid_source_is_refused_and_nothing_is_written(copy: Path, new: NewSource, why: str) -> None:
    before = sorted(copy.rglob("*"))
    with pytest.raises(ScaffoldError, match=why):
        create_source(copy, new)
    assert [path for path in sorted(copy.rglob("*")) if "__pycache__" not in path.parts] == [
        path for path in before if "__pycache__" not in path.parts
    ]


def test_expected_items_are_written_anew_as_the_parser_reads_the_sample(tmp_path: Path) -> None:
    (tmp_path / "spiders" / "frozen" / "zenmux").mkdir(parents=True)
    kept = ROOT / "spiders" / "frozen" / "zenmux" / "expected.json"
    assert json.loads(write_expected(tmp_path, "zenmux").read_text("utf-8")) == json.loads(kept.read_text("utf-8"))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("zenmux", "--url", "https://zenmux.ai/"), "there is a source zenmux already"),
        (("nosuch",), "--url is required"),
        (("nosuch", "--url", "https://acme.example/", "--kind", "shop"), "'shop' is not one of 'provider'"),
        (("nosuch", "--expect"), "'nosuch' is unknown; `llmpairs sources` lists"),
    ],
)
def test_the_command_refuses_in_one_line(arguments: tuple[str, ...], why: str) -> None:
    done = CliRunner().invoke(app, ["new-source", *arguments])
    assert done.exit_code == USAGE
    assert why in done.output


def test_a_source_is_created_in_a_checkout_only(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="is no checkout"):
        create_source(tmp_path, CASES[0])


@pytest.mark.parametrize(
    ("url", "shape"),
    [
        ("https://docs.acme.example/models.md", "markdown"),
        ("https://ai.acme.example/docs/pricing.md.txt", "markdown"),
        ("https://api.acme.example/v1/models", "json"),
        ("https://acme.example/api/list", "json"),
        ("https://raw.acme.example/prices.json", "json"),
        ("https://acme.example/pricing", "html"),
    ],
)
def test_the_shape_of_a_page_follows_from_its_address(url: str, shape: Shape) -> None:
    assert guess_shape(url) == shape


def test_a_registry_module_without_a_tuple_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "lists.py").write_text("LISTS = ()\n")
    with pytest.raises(ScaffoldError, match="no tuple of sources"):
        add_entry(tmp_path / "lists.py", "")


def test_the_guide_quotes_the_code_that_is_there() -> None:
    guide = (ROOT / "spiders" / "ADDING_A_SOURCE.md").read_text("utf-8")
    quoted = [part.partition("\n```")[0] for part in guide.split("```python\n")[1:]]
    assert quoted
    for block in quoted:
        name, _, code = block.partition("\n")
        there = (ROOT / name.removeprefix("# ")).read_text("utf-8")
        assert code.strip() in there, f"{name} says something else now"
