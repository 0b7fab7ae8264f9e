"""The names of `import llmpairs`, and the deprecated `import warehouse`."""

import os
import subprocess
import sys
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

import llmpairs
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.store import Store
from tests.warehouse.samples import AS_OF, GPT, RUN, publish_sample

ROOT = Path(__file__).resolve().parents[2]
LATER = "20260609T235900Z"


def run(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A Python program in a process of its own, started in the checkout."""
    return subprocess.run(
        [sys.executable, *options, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def test_public_names_are_listed_and_exist() -> None:
    assert set(llmpairs.__all__) <= set(dir(llmpairs))
    assert all(getattr(llmpairs, name) for name in llmpairs.__all__)
    assert llmpairs.__version__ == version("llmpairs")
    with pytest.raises(AttributeError, match="'llmpairs' has no attribute 'close'"):
        llmpairs.close  # noqa: B018
    assert (ROOT / "llmpairs" / "py.typed").is_file()


def test_open_finds_the_live_release(store: Store, uri: str) -> None:
    publish_sample(store)
    publish_sample(store, LATER, RUN)
    release = llmpairs.open(uri)
    assert (release.run_id, release.as_of) == (LATER, datetime(2026, 6, 9, 23, 59, tzinfo=UTC))
    assert release.warehouse == uri
    with release.connect() as con:
        assert con.execute("SELECT as_of() = ?, count(*) FROM models", [release.as_of]).fetchall() == [(True, 3)]
    with pytest.raises(FrozenInstanceError):
        release.run_id = RUN  # type: ignore[misc]


def test_open_takes_a_run_id_or_a_time(local: Store) -> None:
    publish_sample(local, cost=1)
    publish_sample(local, LATER, RUN, cost=2)
    for chosen in (llmpairs.open(local.name, release=RUN), llmpairs.open(local.name, as_of=date(2026, 6, 8))):
        assert (chosen.run_id, chosen.as_of) == (RUN, AS_OF)
        with chosen.connect(known_at=date(2026, 5, 1)) as con:
            assert con.execute("SELECT max(cheapest_usd) FROM model_scenario_costs").fetchall() == [(1.0,)]
            assert con.execute("SELECT count(*) FROM price_history WHERE known_to IS NOT NULL").fetchall() == [(0,)]
    assert llmpairs.open(Path(local.name)).run_id == LATER


def test_a_release_stays_the_same_when_a_later_one_is_published(local: Store) -> None:
    publish_sample(local)
    release = llmpairs.open(local.name)
    publish_sample(local, LATER, RUN)
    with release.connect() as con:
        assert con.execute("SELECT as_of()").fetchall() == [(AS_OF,)]


def test_errors_of_open_name_what_to_do(local: Store, tmp_path: Path) -> None:
    with pytest.raises(
        ReleaseError, match=r"is not a warehouse: it has no CURRENT; check the address .*llmpairs refresh"
    ):
        llmpairs.open(tmp_path / "nothing")
    publish_sample(local)
    with pytest.raises(ReleaseError, match=f"no release {LATER} in .*: nearest: {RUN}"):
        llmpairs.open(local.name, release=LATER)
    with pytest.raises(ReleaseError, match="had no release yet on 2026-06-07"):
        llmpairs.open(local.name, as_of=date(2026, 6, 7))
    with pytest.raises(ReleaseError, match="a release or a time, not both"):
        llmpairs.open(local.name, release=RUN, as_of=date(2026, 6, 8))


def test_import_llmpairs_loads_neither_duckdb_nor_pandas() -> None:
    heavy = "{'duckdb', 'pandas', 'pyarrow', 'numpy', 'prefect', 'scrapy'} & set(sys.modules)"
    done = run(f"import sys, llmpairs; llmpairs.__version__; sys.exit(bool({heavy}))")
    assert done.returncode == 0, done.stderr
    done = run("import sys, llmpairs; llmpairs.open; sys.exit('pandas' in sys.modules or 'duckdb' in sys.modules)")
    assert done.returncode == 0, done.stderr


def test_import_warehouse_warns_and_still_connects(local: Store) -> None:
    publish_sample(local)
    query = f"SELECT count(*) FROM pairs_of('{GPT}')"
    code = f"import warehouse; print(warehouse.connect({local.name!r}).execute({query!r}).fetchall())"
    done = run(code, "-W", "always")
    assert done.stdout == "[(2,)]\n"
    assert "DeprecationWarning: `import warehouse` is deprecated" in done.stderr
    assert "use `import llmpairs`" in done.stderr
    assert "Deprecation" not in run("import llmpairs.warehouse.query", "-W", "always").stderr
