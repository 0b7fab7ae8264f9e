"""Duration of model resolution: `python -m bench.identity_speed --captures DIR`."""

import argparse
import sys
from pathlib import Path
from time import perf_counter, process_time

import pandas as pd
from pandas import DataFrame

from bench.identity_absent import NOTHING
from bench.recorded_run import default_captures
from llmpairs.transforms.identity.reference_data import load_identity_reference
from llmpairs.transforms.identity.resolve import resolve_identities
from tests.transforms.identity.recorded_keys import build_keys, read_bodies

DAY = "2026-05-18"
COPIES = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=Path, default=default_captures(), help="folder of recorded captures")
    captures = parser.parse_args().captures
    if captures is None:
        sys.exit("no recorded captures found; give --captures or set LLMPAIRS_CAPTURES")
    keys = build_keys(read_bodies(captures, DAY))
    many = pd.concat([copy_keys(keys, number) for number in range(COPIES)], ignore_index=True)
    print("| identity | keys | seconds | of processor |\n| --- | ---: | ---: | ---: |")
    first = measure("first run", keys, NOTHING)
    measure("next run", keys, first)
    measure(f"{COPIES} times the keys", many, NOTHING)


def copy_keys(keys: DataFrame, number: int) -> DataFrame:
    """The same keys of other sources and sellers."""
    return keys.assign(
        source_id=keys["source_id"] + f" {number}", provider_id=keys["provider_id"] + (f"-{number}" if number else "")
    )


def measure(title: str, keys: DataFrame, previous: DataFrame) -> DataFrame:
    """Print one row of the table; returns the identities."""
    begin, of_processor = perf_counter(), process_time()
    resolution = resolve_identities(keys, previous, NOTHING, load_identity_reference())
    seconds, used = perf_counter() - begin, process_time() - of_processor
    print(f"| {title} | {len(keys):,} | {seconds:.1f} | {used:.1f} |", flush=True)
    return resolution.identities


if __name__ == "__main__":
    main()
