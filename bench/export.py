"""Speed and memory of pair exports and site maps: `python -m bench.export [--models 1450]`."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import pandas as pd

from bench.synthetic_pairs import NIGHT, Tables, make_tables
from llmpairs.transforms.pairs.build import pair_blocks
from llmpairs.transforms.pairs.costs import cost_models, cost_offers
from llmpairs.transforms.pairs.fingerprint import fingerprint_models
from llmpairs.transforms.pairs.model_arrays import COMPARED_TABLES, build_model_arrays
from llmpairs.transforms.pairs.scenarios import load_scenarios
from llmpairs.warehouse.contracts import RELEASE_TABLES, TABLES
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.releases import open_parts, publish, stage_table, write_manifest
from llmpairs.warehouse.store import Store, open_store
from tests.warehouse.samples import fill, manifest_of

FIRST, SECOND = (f"{NIGHT + timedelta(days=days):%Y%m%dT%H%M%SZ}" for days in (0, 7))
MOVED_SHARE = 0.05
"""Share of offers whose price differs a week later."""


class Measurement(NamedTuple):
    """Time and memory of one command."""

    seconds: float
    processor_seconds: float
    peak_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=1450, help="how many models (default 1450: a million pairs)")
    options = parser.parse_args()
    print("| | pairs | seconds | of the processors | pairs/s | MB written | peak MB |")
    print("|---|--:|--:|--:|--:|--:|--:|", flush=True)
    for models in (options.models // 2, options.models):
        with tempfile.TemporaryDirectory(prefix="bench-export-") as folder:
            for line in run(models, Path(folder)):
                print(line, flush=True)


def run(models: int, folder: Path) -> Iterator[str]:
    """Lines of a Markdown table."""
    warehouse = folder / "w"
    pairs = make_releases(open_store(warehouse), models)
    commands = {
        "all, JSON lines, 4 shards": ["export", "pairs", "--format", "jsonl", "--shards", "4"],
        "all, Parquet, 4 shards": ["export", "pairs", "--format", "parquet", "--shards", "4"],
        "changed in a week, Parquet": ["export", "pairs", "--format", "parquet", "--since", FIRST],
        "site map": ["export", "sitemap"],
    }
    for number, (name, command) in enumerate(commands.items()):
        out = folder / str(number)
        more = ["--base-url", "https://llm.example", "--warehouse", str(warehouse), "--out", str(out)]
        taken = measure(command + more)
        size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
        rate = f"{pairs / taken.seconds:,.0f}"
        figures = (f"{pairs:,}", f"{taken.seconds:.1f}", f"{taken.processor_seconds:.1f}", rate)
        yield f"| {name} | {' | '.join(figures)} | {size:,.0f} | {taken.peak_mb:,.0f} |"


def measure(arguments: list[str]) -> Measurement:
    """Run an llmpairs command in a process of its own."""
    begin = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "llmpairs.flows", *arguments], stdout=subprocess.DEVNULL, stderr=None
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"llmpairs {' '.join(arguments)} ended with {process.returncode}")
    return Measurement(perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def make_releases(store: Store, models: int) -> int:
    """Two releases a week apart with some prices changed; returns the number of pairs of each."""
    tables = make_tables(models)
    publish_tables(store, FIRST, None, tables)
    offers = tables.offers.copy()
    moved = offers.sample(frac=MOVED_SHARE, random_state=1).index
    offers.loc[moved, "output_usd_per_mtok"] *= 1.1
    later = Tables(**{**vars(tables), "offers": offers})
    return publish_tables(store, SECOND, FIRST, later)


def publish_tables(store: Store, run_id: str, parent: str | None, tables: Tables) -> int:
    """Publish a release of synthetic tables; returns the number of pairs."""
    scenarios = load_scenarios()
    by_offer = cost_offers(tables.offers, tables.offer_capabilities, tables.model_capabilities, scenarios)
    costs = cost_models(tables.models, tables.offers, by_offer, scenarios)
    compared = tables.compared(costs)
    fingerprinted = {name: compared[name] for name in COMPARED_TABLES if "model_id" in compared[name]}
    arrays = build_model_arrays(
        compared, scenarios, open_issues=tables.open_issues, fingerprints=fingerprint_models(fingerprinted)
    )
    slugs = {"slug": tables.models["model_id"].str.replace("/", "--"), "display_name": tables.models["model_id"]}
    compared["models"] = tables.models.assign(**slugs)
    for table in RELEASE_TABLES:
        if table.name != "pairs":
            stage_table(store, run_id, table, complete(table.name, compared.get(table.name)))
    with open_parts(store, run_id, "pairs") as writer:
        for block in pair_blocks(arrays):
            writer.write(block)
    for name in ("runs", "sources", "changes", "captures"):
        append_log(store, name, run_id, complete(name, None))
    write_manifest(store, run_id, manifest_of(store, run_id, parent))
    publish(store, run_id)
    return int(writer.rows)


def complete(name: str, rows: pd.DataFrame | None) -> pd.DataFrame:
    """Rows with every column of a table's contract; missing columns are null or any valid value."""
    given: dict[str, Any] = {} if rows is None else dict(rows.items())
    columns = TABLES[name].columns
    index = None if rows is None else rows.index
    filled = {
        column.name: given.get(
            column.name, pd.Series([fill(column)] * (0 if rows is None else len(rows)), index=index, dtype=object)
        )
        for column in columns
    }
    return pd.DataFrame(filled)


if __name__ == "__main__":
    main()
