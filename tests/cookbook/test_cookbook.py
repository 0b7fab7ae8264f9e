"""Every query of docs/COOKBOOK.md runs and is right on a small release; tests/runs has the recorded runs."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

import llmpairs
from llmpairs.exports.package import PackageOptions, write_package
from llmpairs.transforms.pairs.scenarios import list_workloads, load_scenarios
from llmpairs.warehouse.store import open_store
from tests.cookbook import package_costs
from tests.cookbook.answers import ANSWERS, Tables
from tests.cookbook.questions import COOKBOOK, ROOT, Question, find_differences, read_questions, run_frames
from tests.cookbook.release import AS_OF, publish_release
from tests.cookbook.release import RUN as SMALL

NOTEBOOK = ROOT / "examples" / "cookbook.ipynb"
QUESTIONS = read_questions(COOKBOOK.read_text("utf-8"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    return publish_release(tmp_path_factory.mktemp("small") / "w")


def test_the_fourteen_questions_are_asked_each_with_another_computation_of_its_answer() -> None:
    assert [question.name for question in QUESTIONS] == list(ANSWERS)
    assert len(QUESTIONS) == 14
    assert sum(set(question.frames) == {"pandas", "Polars"} for question in QUESTIONS) == 3
    assert all(question.printed for question in QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_answer_is_that_of_another_computation(small: str, question: Question) -> None:
    release = Path(small) / "releases" / SMALL
    expected = ANSWERS[question.name](Tables(release, AS_OF))
    with llmpairs.connect(small) as con:
        found = con.execute(question.sql).fetchall()
    assert find_differences(found, expected) == []
    assert 0 < len(found) < 12
    for library, code in question.frames.items():
        assert find_differences(run_frames(code, release), expected) == [], library


def test_every_query_runs_in_a_bare_duckdb_in_any_folder(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = Path(small) / "releases" / SMALL
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as bare, llmpairs.connect(small) as con:
        bare.execute(f"SET file_search_path = '{release}'")
        bare.execute((release / "views.sql").read_text("utf-8"))
        for question in QUESTIONS:
            query = question.sql
            assert bare.execute(query).fetchall() == con.execute(query).fetchall(), question.name


def test_the_cost_of_a_model_follows_from_the_data_package_alone(small: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_package(open_store(small), SMALL, out, PackageOptions(workloads=list_workloads(load_scenarios())))
    assert len(package_costs.cost_models(out)) >= 15
    assert package_costs.differences(out) == []


def test_the_notebook_runs_from_top_to_bottom(small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMPAIRS_WAREHOUSE", small)
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    scope: dict[str, Any] = {}
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for cell in cells:
        exec(compile("".join(cell["source"]), cell["id"], "exec"), scope)  # noqa: S102  (our own example)
    assert len(scope["monthly"]) == 5
    assert len(scope["against"]) == 4
    assert not any(cell["outputs"] or cell["execution_count"] for cell in cells), "clear the outputs"
