"""The command `cost`: the price of any traffic on models, or of a usage log."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from llmpairs.flows.commands.output import (
    USAGE,
    Release,
    RowFormat,
    Warehouse,
    exit_with,
    one_line_errors,
    print_rows,
    require_known,
)
from llmpairs.flows.runtime.settings import warehouse_uri
from llmpairs.warehouse.vocabulary import SCENARIOS

if TYPE_CHECKING:
    from llmpairs.cost.traffic import Traffic

TRAFFIC = {"requests": "--requests", "input_tokens": "--input", "output_tokens": "--output"}


def cost(
    models: Annotated[
        list[str] | None, typer.Argument(help="Models by any name, as in `compare`.", show_default=False)
    ] = None,
    workload: Annotated[
        str | None, typer.Option(help="Published workload to start from; the other options change it.")
    ] = None,
    requests: Annotated[float | None, typer.Option(help="Requests, for example of a month.", min=0)] = None,
    input_: Annotated[int | None, typer.Option("--input", help="Tokens of one prompt.", min=0)] = None,
    output: Annotated[int | None, typer.Option(help="Tokens of one answer.", min=0)] = None,
    cached: Annotated[float | None, typer.Option(help="Share of the prompt read from the cache.", min=0, max=1)] = None,
    cache_write: Annotated[
        float | None, typer.Option(help="Share of the prompt written to the cache.", min=0, max=1)
    ] = None,
    batch: Annotated[float | None, typer.Option(help="Share of the requests at batch prices.", min=0, max=1)] = None,
    basis: Annotated[Literal["list", "best", "any", "all"], typer.Option(help="Price basis.")] = "best",
    usage: Annotated[
        Path | None, typer.Option(help="Usage log to price instead: JSON lines, CSV or Parquet; see docs/COST.md.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="With --usage: Parquet file for the priced lines.")] = None,
    format_: RowFormat = "text",
    warehouse: Warehouse = None,
    release: Release = None,
) -> None:
    """Price any traffic on models, or a usage log at the prices that were valid at the time of each line.

    Price tiers, cache and batch prices are included. `best` is the cheapest offer of a named operator, `list` the
    developer's own list, `any` the cheapest offer of all.

    Example: llmpairs cost gpt-5.1 claude-opus-4.5 --requests 100000 --input 2000 --output 500 --cached 0.5

    Example: llmpairs cost gpt-oss-120b --workload rag --basis all

    Example: llmpairs cost --usage usage.jsonl --out priced.parquet
    """
    if bool(models) == (usage is not None):
        raise exit_with(USAGE, "name models to price traffic, or give --usage FILE to price a log; not both")
    if usage is not None:
        with one_line_errors():
            price_log(warehouse_uri(warehouse), release, usage, out, format_)
        return
    if out is not None:
        raise exit_with(USAGE, "--out writes the priced lines of a log: it needs --usage")
    traffic = read_traffic(
        workload,
        {"requests": requests, "input_tokens": input_, "output_tokens": output},
        {"cached_share": cached, "cache_write_share": cache_write, "batch_share": batch},
    )
    from llmpairs.release import open as open_release

    with one_line_errors():
        costs = open_release(warehouse_uri(warehouse), release=release).cost(models or [], traffic)
    print_rows([asdict(each) for each in costs if basis in ("all", each.basis)], format_)


def read_traffic(
    workload: str | None, counts: dict[str, float | int | None], shares: dict[str, float | None]
) -> "Traffic":
    """The traffic of the options; exit 2 where a count is missing or a value contradicts another."""
    from llmpairs.cost.traffic import Traffic

    require_known(workload, SCENARIOS, "--workload")
    missing = [TRAFFIC[name] for name, value in counts.items() if value is None]
    if workload is None and missing:
        raise exit_with(USAGE, f"give {', '.join(missing)}, or --workload with one of {', '.join(SCENARIOS)}")
    start = Traffic(requests=0, input_tokens=0, output_tokens=0) if workload is None else Traffic.of_workload(workload)
    try:
        return start.replace(**counts, **shares)
    except ValueError as error:
        raise exit_with(USAGE, str(error)) from None


def price_log(uri: str, release: str | None, usage: Path, out: Path | None, format_: str) -> None:
    """Print what a usage log cost by provider, model and month; exit 2 for a file that cannot be read as one."""
    from llmpairs.cost.usage_format import UsageFormatError
    from llmpairs.release import open as open_release

    try:
        rows = open_release(uri, release=release).price_usage(usage, out)
    except UsageFormatError as error:
        raise exit_with(USAGE, str(error)) from None
    print_rows([asdict(row) for row in rows], format_)
