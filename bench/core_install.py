"""The core install: its packages and size in a clean environment, and how fast it answers from a data package.

`python -m bench.core_install [PACKAGE]`; without a folder of `llmpairs export package`, a small one is made.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from llmpairs.exports.package import PackageOptions, write_package
from llmpairs.warehouse.store import open_store
from tests.pages.example_release import publish_pages
from tests.warehouse.samples import RUN

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
MAX_MB, MAX_SECONDS = 927 / 2, 3.0
"""Half of what everything took when one install had it all; the answer in a new process."""
QUESTION = """
import sys, llmpairs
release = llmpairs.open(sys.argv[1])
[[model]] = release.models.order("offer_count DESC, model_id").limit(1).project("model_id").fetchall()
print(release.run_id, model, release.cheapest(model, "seed_chat", basis="any", limit=1)[0].cost_usd)
heavy = {"scrapy", "prefect", "great_expectations", "pandas"} & set(sys.modules)
assert not heavy, heavy
"""


def make_environment(folder: Path) -> Path:
    """Install the core into a new environment, at the locked versions; returns its Python."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [uv, "pip", "install", "-q", "--compile-bytecode", "--python", python, "--constraint", LOCK, ROOT], check=True
    )
    return python


def list_packages(python: Path) -> list[str]:
    """Every installed package with its version."""
    uv = Path(sys.executable).with_name("uv")
    frozen = subprocess.run([uv, "pip", "freeze", "-q", "--python", python], check=True, capture_output=True, text=True)
    return [line.split(" @ ")[0] for line in frozen.stdout.splitlines()]


def measure_size(folder: Path) -> float:
    """Size of all files, MB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def measure_seconds(command: list[str | Path]) -> tuple[float, str]:
    """Seconds of a command in a new process, and what it printed; outside of the checkout."""
    started = perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tempfile.gettempdir())
    return perf_counter() - started, done.stdout.strip()


def make_package(folder: Path) -> Path:
    """A data package of the example release."""
    warehouse = open_store(publish_pages(folder / "warehouse"))
    write_package(warehouse, RUN, folder / "package", PackageOptions())
    return folder / "package"


def main() -> int:
    """Print the figures; 1 where the install is too large or too slow."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        package = Path(sys.argv[1]).absolute() if sys.argv[1:] else make_package(folder)
        python = make_environment(folder / "venv")
        packages, size = list_packages(python), measure_size(folder / "venv")
        first, _ = measure_seconds([python, "-c", QUESTION, package])
        seconds, answer = measure_seconds([python, "-c", QUESTION, package])
        command, _ = measure_seconds(
            [python.with_name("llmpairs"), "sql", "FROM models LIMIT 1", "--warehouse", package]
        )
        print(f"{len(packages)} packages, {size:.0f} MB: {', '.join(packages)}")
        print(f"{answer}: {seconds:.2f} s, {first:.2f} s the first time; `llmpairs sql`: {command:.2f} s")
        missing = subprocess.run(
            [python.with_name("llmpairs"), "refresh"], check=False, capture_output=True, text=True, cwd=folder
        )
        print(f"`llmpairs refresh`: exit {missing.returncode}, {missing.stderr.strip().splitlines()[-1]}")
        return int(size > MAX_MB or first > MAX_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
