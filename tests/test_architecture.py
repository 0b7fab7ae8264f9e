"""The structure of the code: which package may import which, no import cycle, no name with two meanings."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("flows", "spiders", "transforms", "expectations", "warehouse", "llmpairs")
MAY_IMPORT: dict[str, set[str]] = {
    "spiders": set(),
    "warehouse": set(),
    "transforms": {"warehouse"},
    "expectations": {"warehouse"},
    "llmpairs": {"warehouse", "transforms"},
    "flows": {"spiders", "warehouse", "transforms", "expectations", "llmpairs"},
}
FLOW_LEVELS = ("runtime", "nightly", "ops", "commands")
"""Packages of flows/, each of which imports only those before it."""

Graph = dict[str, set[str]]


@cache
def list_modules() -> dict[str, Path]:
    """File of every product module by its dotted name."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if folder == "llmpairs" and path.parts[len(ROOT.parts) + 1] in FOLDERS:
                continue  # a link to another folder
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name if folder == "llmpairs" else f"llmpairs.{name}"] = path
    return found


@cache
def parse(source: str) -> ast.Module:
    """The syntax tree of a source text."""
    return ast.parse(source)


def name_called(node: ast.Call) -> str:
    """The last name of what a call calls; empty where it has none."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


@cache
def find_imports(source: str) -> tuple[tuple[int, str], ...]:
    """Line and dotted name of every import in a module, `import_module("...")` included."""
    return tuple(found for node in ast.walk(parse(source)) for found in list_imported(node))


def list_imported(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of what one statement or call imports."""
    if isinstance(node, ast.Import):
        yield from ((node.lineno, alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
        for alias in node.names:
            name = f"{node.module}.{alias.name}"
            yield node.lineno, name if name in list_modules() else node.module
    elif isinstance(node, ast.Call) and name_called(node).endswith(("import_module", "__import__")):
        named = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        yield from ((node.lineno, name) for name in named if isinstance(name, str))


def package_of(module: str) -> str:
    """The top-level folder of a module; `tests` and libraries keep their own name."""
    parts = module.split(".")
    return parts[1] if parts[0] == "llmpairs" and parts[1:2] and parts[1] in FOLDERS else parts[0]


def find_forbidden_imports(package: str, source: str) -> list[str]:
    """Imports that the direction forbids to a module of `package`, as "line 3: llmpairs.flows.cli"."""
    forbidden = {*FOLDERS, "bench", "tests"} - MAY_IMPORT[package] - {package}
    imports = find_imports(source)
    return [f"line {line}: {name}" for line, name in imports if package_of(name) in forbidden]


@cache
def build_graph() -> Graph:
    """For every product module the product modules that it imports, inside functions too."""
    modules = list_modules()
    return {
        name: {found for _, found in find_imports(path.read_text("utf-8")) if found in modules}
        for name, path in modules.items()
    }


def find_cycle(graph: Graph) -> list[str]:
    """The modules of one import cycle, in order; empty where there is none."""
    done: set[str] = set()

    def visit(module: str, path: list[str]) -> list[str]:
        if module in path:
            return path[path.index(module) :]
        if module in done:
            return []
        for imported in sorted(graph.get(module, ())):
            if cycle := visit(imported, [*path, module]):
                return cycle
        done.add(module)
        return []

    for module in sorted(graph):
        if cycle := visit(module, []):
            return cycle
    return []


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_keep_the_direction(package: str) -> None:
    modules = {name: path for name, path in list_modules().items() if package_of(name) == package}
    assert modules, f"{package}/ holds no module"
    forbidden = {
        name: found
        for name, path in modules.items()
        if (found := find_forbidden_imports(package, path.read_text("utf-8")))
    }
    assert not forbidden


def test_no_module_imports_itself_through_others() -> None:
    assert find_cycle(build_graph()) == []


def test_a_cycle_is_found() -> None:
    assert find_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]


def test_flows_are_layered() -> None:
    def level(module: str) -> int:
        part = module.removeprefix("llmpairs.flows.").split(".")[0]
        return FLOW_LEVELS.index(part) if part in FLOW_LEVELS else len(FLOW_LEVELS)

    upward = [
        f"{module} -> {imported}"
        for module, found in build_graph().items()
        for imported in found
        if package_of(module) == package_of(imported) == "flows" and level(imported) > level(module)
    ]
    assert not upward


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("spiders", "import llmpairs.warehouse.columns"),
        ("spiders", "import llmpairs"),
        ("warehouse", "from llmpairs.transforms import pairs"),
        ("transforms", "def f():\n    from llmpairs.expectations.run import validate"),
        ("expectations", "import os, llmpairs.transforms.pairs as pairs"),
        ("transforms", "import importlib\nimportlib.import_module('llmpairs.flows.cli')"),
        ("llmpairs", "from llmpairs.flows.cli import main"),
        ("flows", "from tests.runs import replay"),
    ],
)
def test_a_forbidden_import_is_found(package: str, source: str) -> None:
    assert len(find_forbidden_imports(package, source)) == 1


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("spiders", "from llmpairs.spiders.items import ModelClaim\nfrom . import items\nimport scrapy"),
        ("transforms", "from llmpairs.warehouse.contract import Table"),
        ("flows", "from llmpairs import spiders, warehouse, transforms, expectations, pages"),
        ("warehouse", "import flows_of_water"),
    ],
)
def test_an_allowed_import_is_left_alone(package: str, source: str) -> None:
    assert find_forbidden_imports(package, source) == []


MAX_FUNCTION_LINES = 50
MAX_PARAMETERS = 5
PAGE_PACKAGES = ("pages", "report", "site", "exports", "explain", "render")


def parse_modules() -> dict[str, ast.Module]:
    """The syntax tree of every product module."""
    return {name: parse(path.read_text("utf-8")) for name, path in list_modules().items()}


@cache
def list_functions() -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function of the product as "module:function"."""
    return [
        (f"{module}:{node.name}", node)
        for module, tree in parse_modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the parameters are options of the command line: one parameter each, declared with their help."""
    given = [*node.args.args, *node.args.kwonlyargs]
    return all(arg.annotation is not None for arg in given) and any(
        "typer." in ast.unparse(arg.annotation) for arg in given if arg.annotation
    )


def test_functions_are_short() -> None:
    long = {
        name: lines
        for name, node in list_functions()
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES and not is_command(node)
    }
    assert not long


def test_functions_have_few_parameters() -> None:
    many = {}
    for name, node in list_functions():
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        count = sum(arg.arg not in ("self", "cls") for arg in given)
        if count > MAX_PARAMETERS and not is_command(node):
            many[name] = count
    assert not many, "group what several steps need in one frozen dataclass"


def test_a_class_name_has_one_meaning() -> None:
    homes: dict[str, list[str]] = {}
    for module, tree in parse_modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(module)
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


def test_rows_of_pages_and_exports_are_typed() -> None:
    untyped = [
        name
        for name, path in list_modules().items()
        if name.split(".")[1:2] and name.split(".")[1] in PAGE_PACKAGES and "dict[str, Any]" in path.read_text("utf-8")
    ]
    assert not untyped
