"""How fast a usage log is priced, beside a scan that only sums it: `python -m bench.usage [--lines 10000000]`."""

import argparse
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import duckdb

import llmpairs
from tests.flows.priced import publish_priced

LOG = """
    SELECT
        strftime(TIMESTAMP '2026-05-01' + INTERVAL (i * 37 % 3000000) SECOND, '%Y-%m-%dT%H:%M:%SZ') AS time,
        'openrouter' AS provider,
        ['openai/gpt-oss-120b', 'gpt-oss-120b', 'GPT-OSS-120B', 'unknown-model'][i % 4 + 1] AS model,
        (hash(i) % 300000)::INT AS input_tokens,
        (hash(i) % 300000 / 3)::INT AS cached_tokens,
        (hash(i + 1) % 2000)::INT AS output_tokens
    FROM range({lines}) AS numbers (i)
"""
SCAN = """
    SELECT model, sum(input_tokens), sum(output_tokens), min(time)
    FROM read_ndjson(
        '{log}', columns = {{time: 'VARCHAR', model: 'VARCHAR', input_tokens: 'BIGINT', output_tokens: 'BIGINT'}}
    )
    GROUP BY model
"""
MIB = 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000, help="lines of the log (default 10,000,000)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-usage-") as folder:
        run(Path(folder), options.lines)


def run(folder: Path, lines: int) -> None:
    """Print a Markdown table of the pricing and of the scan."""
    release = llmpairs.open(publish_priced(folder / "warehouse"))
    log = folder / "usage.jsonl"
    duckdb.execute(f"COPY ({LOG.format(lines=lines)}) TO '{log}' (FORMAT json)")
    print(f"{lines:,} lines, {log.stat().st_size / MIB:,.0f} MiB of JSON lines\n")
    print("| work | seconds | processor seconds |\n| --- | ---: | ---: |")
    scan = report("scan that sums the tokens", lambda: duckdb.execute(SCAN.format(log=log)).fetchall())
    priced = report("priced: two passes, a row for each model and month", lambda: release.price_usage(log))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{priced / scan:.1f} times the scan; peak memory {peak:,.0f} MiB.")


def report(name: str, work: Callable[[], object]) -> float:
    """Print a line for the work; its processor seconds."""
    wall, used = perf_counter(), process_time()
    work()
    seconds = process_time() - used
    print(f"| {name} | {perf_counter() - wall:.1f} | {seconds:.1f} |", flush=True)
    return seconds


if __name__ == "__main__":
    main()
