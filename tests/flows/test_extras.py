"""The core install reads releases without any extra; what needs one says which."""

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from llmpairs.flows.runtime.extras import MODULES_OF_EXTRAS, find_extra
from tests.pages.example_release import publish_pages
from tests.test_architecture import ROOT, find_imports, list_modules
from tests.warehouse.samples import GPT, QWEN

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
BROUGHT_ALONG = {"twisted": "scrapy"}
"""Packages that the code imports and pyproject.toml leaves to the one that needs them."""
CORE_COMMANDS = (
    ("compare", GPT, QWEN, "--format", "html"),
    ("compare", GPT, QWEN, "--full"),
    ("cost", GPT, "--workload", "rag"),
    ("history", GPT),
    ("front",),
    ("sql", "SELECT count(*) FROM pairs"),
    ("gaps",),
    ("changes",),
    ("release", "list"),
)
LACKING = {("mcp",): "mcp", ("refresh",): "refresh", ("schedule", "--cron", "0 3 * * *"): "refresh"}
"""Commands that need an extra."""
WITHOUT_EXTRAS = """
import sys
from importlib.abc import MetaPathFinder
from typer.testing import CliRunner

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {modules!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
from llmpairs.flows.cli import app
for command in {commands!r}:
    done = CliRunner().invoke(app, [*command, "--warehouse", {warehouse!r}])
    assert done.exit_code == 0, (command, done.output)
for command, extra in {lacking!r}.items():
    done = CliRunner().invoke(app, [*command, "--warehouse", {warehouse!r}])
    assert done.exit_code == 1, (command, done.output)
    assert f"this command needs the extra `{{extra}}`" in done.stderr, done.stderr
    assert f"pip install 'llmpairs[{{extra}}]'" in done.stderr, done.stderr
"""


def distributions(requirements: list[str]) -> set[str]:
    """Names of the packages that requirements ask for."""
    return {canonicalize_name(Requirement(each).name) for each in requirements}


def test_every_import_is_of_the_core_or_of_a_named_extra() -> None:
    core = distributions(PROJECT["dependencies"])
    known = {name: {canonicalize_name(each) for each in owners} for name, owners in packages_distributions().items()}
    modules = {
        name.partition(".")[0] for path in list_modules().values() for _, name in find_imports(path.read_text("utf-8"))
    }
    third_party = modules - set(sys.stdlib_module_names) - {"llmpairs"}
    assert {"duckdb", "scrapy", "mcp"} <= third_party
    homeless = {name for name in third_party if not known.get(name, set()) & core and find_extra(name) is None}
    assert homeless == set()


def test_the_modules_of_an_extra_are_those_that_it_installs() -> None:
    known = packages_distributions()
    for extra, modules in MODULES_OF_EXTRAS.items():
        installed = distributions(PROJECT["optional-dependencies"][extra])
        for name in modules:
            owners = {BROUGHT_ALONG.get(canonicalize_name(each), canonicalize_name(each)) for each in known[name]}
            assert owners & installed, f"{name} is not of the extra {extra}"


@pytest.mark.slow
def test_the_core_answers_without_any_extra_and_names_the_one_that_a_command_lacks(tmp_path: Path) -> None:
    warehouse = publish_pages(tmp_path / "w")
    modules = {name for names in MODULES_OF_EXTRAS.values() for name in names}
    code = WITHOUT_EXTRAS.format(modules=modules, commands=CORE_COMMANDS, lacking=LACKING, warehouse=warehouse)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_another_missing_module_is_a_failure_of_its_own() -> None:
    assert find_extra("llmpairs.nothing") is None
    assert find_extra(None) is None
    assert find_extra("prefect.client.orchestration") == "refresh"
