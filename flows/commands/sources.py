"""The command `sources`: the health of every source in the last run, or everything about one source."""

import json
import shutil
import textwrap
from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmpairs.flows.commands.output import USAGE, Format, Warehouse, exit_with, one_line_errors, query_rows
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    from llmpairs.spiders.registry import Source

Row = dict[str, Any]
WIDTH = 120
LAST_RUN = """
    SELECT source_id AS source, s.* EXCLUDE (source_id, title, homepage, carried_items, captured_at, cause),
      carried_items AS carried, captured_at AS newest_capture,
      round(date_diff('minute', captured_at, runs.as_of) / 60, 1) AS age_hours,
      coalesce(gap.detail, s.cause) AS detail
    FROM sources s LEFT JOIN runs USING (run_id)
      LEFT JOIN coverage_gaps gap
        ON gap.subject_kind = 'source' AND gap.subject_id = s.source_id AND s.run_id = $1
        AND gap.field IN ('all', 'some_pages', 'archive')
    WHERE run_id = (SELECT max(run_id) FROM sources) ORDER BY source_id
"""
EARLIER_RUNS = """
    SELECT run_id, state, items FROM sources WHERE source_id = $1 ORDER BY run_id DESC LIMIT 7
"""
COLUMNS = {
    "source": 24, "kind": 9, "state": 14, "items": 6, "age": 7, "expires": 10, "lineage": 21, "reuse": 10,
    "verified": 10,
}  # fmt: skip
COLOURS = {"ok": "green", "partial": "yellow", "not_archived": None, "not_configured": None}
REUSE = {True: "allowed", False: "no", None: "not stated"}


def sources(
    name: Annotated[str | None, typer.Argument(help="Show everything about this source.", show_default=False)] = None,
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """Show the health of each source: state, items, age, lineage, terms and how its parser was verified.

    Example: llmpairs sources openrouter
    """
    from llmpairs.spiders.registry import SOURCES

    if name is not None and name not in SOURCES:
        close = get_close_matches(name, SOURCES, n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else "; `llmpairs sources` lists them"
        raise exit_with(USAGE, f"there is no source {name!r}{hint}")
    with one_line_errors():
        rows, runs = read_runs(warehouse_uri(warehouse), name)
    if name is not None:
        (row,) = [each for each in rows if each["source"] == name]
        about = describe_source(SOURCES[name], row, runs)
        typer.echo(format_json(about) if format_ == "json" else format_source(about))
    else:
        typer.echo(format_json(rows) if format_ == "json" else format_sources(rows))


def read_runs(uri: str, name: str | None) -> tuple[list[Row], list[Row]]:
    """A row for each source in the last run, "never asked" where there was none; and the last runs of one source."""
    from llmpairs.spiders.registry import SOURCES
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.releases import current_run_id
    from llmpairs.warehouse.store import open_store

    current = current_run_id(open_store(uri))
    if current is None:
        rows, runs = [], []
    else:
        with connect(uri) as con:
            rows = query_rows(con, LAST_RUN, [current])
            runs = query_rows(con, EARLIER_RUNS, [name]) if name else []
    known = {row["source"]: row for row in rows}
    return [known.get(source_id) or never_asked(SOURCES[source_id]) for source_id in sorted(SOURCES)], runs


def never_asked(source: "Source") -> Row:
    """The row of a source that no run has asked."""
    return {
        "source": source.id, "kind": source.kind, "state": "never asked", "lineage": source.lineage,
        "terms": source.terms, "redistributable": source.redistributable,
        "verified": f"{source.verified}: {source.verified_note}",
    }  # fmt: skip


def format_json(value: Any) -> str:
    """The value as JSON."""
    return json.dumps(value, indent=1, ensure_ascii=False, default=str)


def format_sources(rows: list[Row]) -> str:
    """One line for each source, at most 120 columns wide, then the causes of those that failed."""
    runs = sorted({row["run_id"] for row in rows if row.get("run_id")})
    counts = Counter(row["state"] for row in rows)
    summary = ", ".join(f"{count} {state}" for state, count in counts.most_common())
    lines = [
        f"{'run ' + runs[-1] if runs else 'no run yet'}: {summary}",
        "",
        " ".join(map(format_header, COLUMNS)).rstrip(),
    ]
    lines += [format_line(row) for row in rows]
    failed = [row for row in rows if row.get("detail") and row["state"] not in ("ok", "not_archived")]
    lines += ["", *(wrap(f"{row['source']}: {row['detail']}") for row in failed)] if failed else []
    absent = [row["source"] for row in rows if row["state"] == "not_archived"]
    lines += ["", wrap(f"Not in the archive at the as-of time: {', '.join(absent)}")] if absent else []
    lines += ["", "`llmpairs sources NAME` shows one source: terms, pages, limits, basis, how it was verified."]
    return "\n".join(lines)


def format_header(column: str) -> str:
    """A column's header."""
    return f"{column:>{COLUMNS[column]}}" if column in ("items", "age") else f"{column:<{COLUMNS[column]}}"


def format_line(row: Row) -> str:
    """A source's line of the table."""
    expires, items = row.get("expires_at"), row.get("items")
    cells = {
        "source": row["source"],
        "kind": row["kind"],
        "state": row["state"],
        "items": "" if items is None else f"{items:,}",
        "age": format_age(row.get("age_hours")),
        "expires": "" if expires is None else str(expires)[:10],
        "lineage": row["lineage"],
        "reuse": REUSE[row["redistributable"]],
        "verified": row["verified"].partition(":")[0],
    }
    parts = []
    for column, width in COLUMNS.items():
        text = cells[column][:width]
        padded = f"{text:>{width}}" if column in ("items", "age") else f"{text:<{width}}"
        colour = COLOURS.get(row["state"], "red") if column == "state" and row.get("run_id") else None
        parts.append(typer.style(padded, fg=colour) if colour else padded)
    return " ".join(parts).rstrip()


def format_age(hours: float | None) -> str:
    """An age as "16 h" or "159 d"; "later" for a card or score that was captured after the as-of time."""
    if hours is None:
        return ""
    if hours < 0:
        return "later"
    return f"{hours:.0f} h" if hours < 100 else f"{hours / 24:.0f} d"


def wrap(text: str) -> str:
    """A paragraph with its later lines indented."""
    width = min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)
    return textwrap.fill(text, width, subsequent_indent="  ", break_long_words=True, break_on_hyphens=False)


def describe_source(source: "Source", row: Row, runs: list[Row]) -> Row:
    """A source with its registry entry, its last run and the runs before."""
    bases = {"": source.basis, **source.basis_by_provider}
    return {
        "source": source.id,
        "title": source.title,
        "kind": source.kind,
        "pages": list(source.urls.values()),
        "homepage": source.homepage,
        "lineage": source.lineage,
        "other lineages": dict(source.lineage_by_provider),
        "terms": source.terms,
        "terms at": source.terms_url,
        "reuse": REUSE[source.redistributable],
        "key": source.key_env,
        "fewest items": source.fewest_items,
        "late after": f"{source.late_after.total_seconds() / 3600:.0f} h",
        "expires after": f"{source.expires_after.days} d",
        "basis": {
            f"{name} of {provider}" if provider else name: basis
            for provider, fields in bases.items()
            for name, basis in fields.items()
        },
        "verified": row["verified"] if row.get("run_id") else f"{source.verified}: {source.verified_note}",
        "state": row["state"],
        "cause": row.get("detail"),
        "items": row.get("items"),
        "carried forward": row.get("carried"),
        "pages answered": f"{row['pages_answered']} of {row['pages_asked']}" if row.get("run_id") else None,
        "rejected entries": row.get("rejected_entries"),
        "unknown keys": row.get("unknown_keys"),
        "filled fields": {each["field"]: each["items"] for each in row.get("filled_fields") or ()},
        "newest capture": row.get("newest_capture"),
        "age": format_age(row.get("age_hours")),
        "late from": row.get("late_after"),
        "expires at": row.get("expires_at"),
        "last runs": [f"{each['run_id']} {each['state']} {each['items']:,}" for each in runs],
    }


def format_source(about: Row) -> str:
    """A line for each fact; empty ones are left out."""
    lines = []
    for name, value in about.items():
        if value is None or value in ("", [], {}):
            continue
        if isinstance(value, dict):
            value = ", ".join(f"{key}: {each}" for key, each in value.items())
        values = value if isinstance(value, list) else [value]
        lines += [wrap(f"{name if not number else '':<18}{each}") for number, each in enumerate(values)]
    return "\n".join(lines)
