"""What `llmpairs.open` answers: the examples of docs/PYTHON.md, errors with nearest names, data packages, own files."""

import doctest
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import llmpairs
from llmpairs.exports.package import PackageOptions, write_package
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.store import open_store
from tests.pages.example_release import LLAMA, publish_pages
from tests.warehouse.samples import GPT, QWEN, RUN

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "PYTHON.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    publish_pages(folder / "data")
    write_package(open_store(folder / "data"), RUN, folder / "package", PackageOptions())
    return folder


@pytest.fixture(scope="module")
def release(folder: Path) -> llmpairs.Release:
    return llmpairs.open(folder / "data")


def test_the_examples_of_the_guide_are_right(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    examples = doctest.DocTestParser().get_doctest(GUIDE.read_text("utf-8"), {}, "PYTHON.md", str(GUIDE), 0)
    said: list[str] = []
    found = doctest.DocTestRunner().run(examples, out=said.append)
    assert found.attempted > 20
    assert not found.failed, "".join(said)


def test_a_data_package_answers_as_the_warehouse_does(folder: Path, release: llmpairs.Release) -> None:
    package = llmpairs.open(folder / "package")
    assert (package.run_id, package.as_of) == (release.run_id, release.as_of)
    assert package.compare(GPT, QWEN) == release.compare(GPT, QWEN)
    assert package.cheapest(GPT, "rag", basis="any") == release.cheapest(GPT, "rag", basis="any")
    assert package.models.order("model_id").fetchall() == release.models.order("model_id").fetchall()
    with pytest.raises(ReleaseError, match="a data package has none"):
        package.changes()
    with pytest.raises(ReleaseError, match=f"data package of release {RUN}: it has no release 20260101T000000Z"):
        llmpairs.open(folder / "package", release="20260101T000000Z")
    with pytest.raises(ReleaseError, match="no earlier releases"):
        llmpairs.open(folder / "package", as_of=date(2026, 6, 8))


def test_a_folder_with_the_descriptor_of_something_else_is_no_release(tmp_path: Path) -> None:
    (tmp_path / "datapackage.json").write_text('{"name": "weather"}', "utf-8")
    with pytest.raises(ReleaseError, match=r"is no descriptor of an llmpairs data package.*llmpairs export package"):
        llmpairs.open(tmp_path)


def test_cheapest_offers_are_those_of_the_basis_in_order(release: llmpairs.Release) -> None:
    every = release.cheapest(GPT, "seed_chat", basis="any")
    assert [offer.provider_id for offer in every] == ["helicone", "openrouter", "deepinfra", "groq"]
    assert [offer.cost_usd for offer in every] == sorted(offer.cost_usd for offer in every)
    best = release.cheapest(GPT, "seed_chat")
    assert [offer.offer_id for offer in best] == [each.offer_id for each in every[1:]], "helicone names no operator"
    [cost] = release.cost([GPT], "seed_chat", basis="best")
    assert (best[0].cost_usd, best[0].offer_id) == (cost.cost_usd, cost.offer_id)
    assert release.cheapest(GPT, "batch_cheap") == [], "nobody sells it at batch prices"
    assert [row.model_id for row in release.cheapest_models("seed_chat")] == [GPT, LLAMA]


def test_unknown_names_are_errors_with_the_nearest_ones(release: llmpairs.Release) -> None:
    asked: dict[str, Callable[[], object]] = {
        "workload 'seed_chad'": lambda: release.cost([GPT], "seed_chad"),
        "workload 'raq'": lambda: release.cheapest_models("raq"),
        "price 'input_usd'": lambda: release.history(GPT, ["input_usd"]),
        "field 'licence_spdx'": lambda: release.gaps(llmpairs.GapFilter(field="licence_spdx")),
        "run '20260608'": lambda: release.changes(run="20260608"),
    }
    for name, ask in asked.items():
        with pytest.raises(llmpairs.UnknownNameError, match=f"no {name} in this release; nearest: "):
            ask()
    with pytest.raises(llmpairs.NoPairError, match="cannot be compared with itself"):
        release.compare(GPT, "gpt-oss-120b")
    assert release.resolve_all(["Qwen 3.5 4B", "nothing"]) == {"Qwen 3.5 4B": QWEN, "nothing": None}


def test_results_cannot_be_changed_and_times_are_utc(release: llmpairs.Release) -> None:
    [change] = release.changes()
    assert change.run_id == RUN
    assert release.changes(since=release.as_of) == []
    with pytest.raises(FrozenInstanceError):
        change.kind = "added"  # type: ignore[misc]
    side = release.compare(GPT, QWEN).sides[0]
    assert side.quality[0].index == 101.0
    assert release.history(GPT).as_of == release.as_of
    assert str(release.as_of.tzinfo) == "UTC"
    assert pickle.loads(pickle.dumps(release)).resolve(GPT) == release.resolve(GPT)  # noqa: S301  (our own bytes)


def test_own_files_and_frames_are_read_only_when_asked_for(folder: Path) -> None:
    (folder / "own.csv").write_text("model_id,seats\n" + f"{GPT},3\n", "utf-8")
    frame = pd.DataFrame({"model_id": [GPT], "seats": [3]})
    csv = f"SELECT seats FROM '{folder}/own.csv' JOIN models USING (model_id)"
    held = "SELECT seats FROM frame JOIN models USING (model_id)"
    with llmpairs.connect(folder / "data") as con:
        for query in (csv, held):
            with pytest.raises(duckdb.Error):
                con.execute(query)
    with llmpairs.connect(folder / "data", local_files=True) as con:
        assert con.execute(csv).fetchall() == con.execute(held).fetchall() == [(3,)]
        with pytest.raises(duckdb.Error, match="locked"):
            con.execute("SET TimeZone = 'Asia/Tokyo'")
    assert len(frame) == 1
