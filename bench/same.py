"""Whether a change leaves published values alone: `python -m bench.same [--base REV] [--captures DIR]`, `make same`.

Runs the demo and two recorded runs with the code of a commit and with the code of this checkout, then compares every
table row by row, and every page, report and export by its figures. What the commit made is kept in `.bench/same` for
the next comparison. Exit code 1 when anything but wording differs.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.recorded_run import default_captures

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".bench" / "same"
RUNS = ("nights/2026-05-18.warc.gz", "nights/2026-06-08.warc.gz")
REFERENCE = "reference.warc.gz"
MODELS = ("gpt-oss-120b", "Qwen3.5-4B", "claude-sonnet-4.5", "gpt-5")

VOLATILE = {
    "runs": {"started_at", "seconds", "stage_seconds", "peak_rss_bytes"},
    "captures": {
        "archive_path", "archive_sha256", "warc_record_id", "warc_offset", "body_archive_path", "body_warc_offset",
    },
}  # fmt: skip
"""Columns that hold what a clock, a machine or a freshly packed sample archive decides."""

PROSE = {
    "coverage_gaps": {"detail", "best_source", "action"},
    "sources": {"title", "cause", "verified", "terms"},
    "quality_results": {"suite", "check", "why", "observed", "expected"},
    "runs": {"error"},
}
"""Columns that hold sentences: one wording may replace another, everywhere alike."""

KEYED_BY_PROSE = {"quality_results"}
"""Tables whose rows are ordered by sentences: compared as sets of rows without these."""

DOCUMENTS = (
    "*/runs/*/report.html",
    "*/runs/*/report.md",
    *(f"exports/**/*.{kind}" for kind in ("json", "md", "html", "text")),
    "exports/*/explain.*",
)

Command = tuple[str, ...]


@dataclass(frozen=True)
class Export:
    """A command whose output is compared; `former` is how an older version spells it."""

    name: str
    command: Command
    former: Command | None = None
    writes_folder: bool = False


EXPORTS = (
    *(
        Export(f"compare.{format_}", ("compare", *MODELS[:2], "--format", format_))
        for format_ in ("text", "json", "md", "html")
    ),
    Export("compare-2.json", ("compare", *MODELS[2:], "--format", "json")),
    *(Export(f"explain.{name}", ("explain", MODELS[0], name)) for name in ("context_tokens", "license_spdx")),
    Export("history.json", ("history", MODELS[0], "--format", "json")),
    Export("gaps.json", ("gaps", "--format", "json")),
    Export("report.md", ("report",)),
    Export("site", ("export", "site", "--models", "6"), ("site", "--models", "6"), writes_folder=True),
    Export("package", ("export", "package"), ("export", "release"), writes_folder=True),
    Export("pairs", ("export", "pairs", "--format", "parquet"), writes_folder=True),
)


@dataclass
class Findings:
    """Differences found, and how much was compared."""

    differences: list[str] = field(default_factory=list)
    tables: int = 0
    rows: int = 0
    documents: int = 0

    def add(self, text: str) -> None:
        """Note a difference, and show it at once."""
        self.differences.append(text)
        print(f"DIFFERENT  {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default="HEAD", help="commit to compare with (default: HEAD)")
    parser.add_argument("--captures", type=Path, default=default_captures(), help="folder with nights/")
    options = parser.parse_args()
    base = run(["git", "rev-parse", f"{options.base}^{{commit}}"], ROOT).strip()
    before = CACHE / base
    if not (before / "complete").exists():
        with tempfile.TemporaryDirectory(prefix="bench-same-") as folder:
            produce(check_out(base, Path(folder)), before, options.captures)
    with tempfile.TemporaryDirectory(prefix="bench-same-") as folder:
        after = Path(folder) / "after"
        produce(ROOT, after, options.captures)
        findings = compare(before, after)
    print(
        f"{findings.tables} tables with {findings.rows:,} rows and {findings.documents:,} documents compared "
        f"with {base[:9]}: {len(findings.differences)} differences"
    )
    return bool(findings.differences)


def run(command: list[str], folder: Path, **environment: str) -> str:
    """Standard output of a command; its errors go to ours."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def check_out(commit: str, folder: Path) -> Path:
    """A checkout of a commit with its own environment."""
    checkout = folder / "checkout"
    run(["git", "clone", "--quiet", "--no-checkout", str(ROOT), str(checkout)], ROOT)
    run(["git", "checkout", "--quiet", commit], checkout)
    run(["sh", "bootstrap.sh"], checkout)
    return checkout


def produce(checkout: Path, out: Path, captures: Path | None) -> None:
    """Warehouses, documents and exports of a checkout, below `out`."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    demo, recorded = out / "demo", out / "recorded"
    print(f"running the demo with {checkout}", flush=True)
    call(checkout, out, "demo", "--warehouse", str(demo))
    warehouses = [demo]
    for name in RUNS if captures else ():
        print(f"running {name}", flush=True)
        archives = [f"--archive={captures}/{file}" for file in (name, REFERENCE)]
        call(checkout, out, "refresh", *archives, "--warehouse", str(recorded))
        warehouses = [demo, recorded]
    for warehouse in warehouses:
        for export in EXPORTS:
            write_export(checkout, out, warehouse, export)
    (out / "complete").touch()


def write_export(checkout: Path, out: Path, warehouse: Path, export: Export) -> None:
    """One document or folder of a warehouse, by the command's present name or by its former one."""
    target = out / "exports" / warehouse.name / export.name
    target.parent.mkdir(parents=True, exist_ok=True)
    for command in (export.command, export.former):
        if command is None:
            continue
        arguments = [*command, "--warehouse", str(warehouse)]
        if export.writes_folder:
            arguments += ["--out", str(target)]
        try:
            text = call(checkout, out, *arguments)
        except subprocess.CalledProcessError:
            continue
        if not export.writes_folder:
            target.write_text(text, "utf-8")
        return
    print(f"{export.name} of {warehouse.name} failed with {checkout}", flush=True)
    shutil.rmtree(target, ignore_errors=True)
    (target.parent / f"{export.name}.failed").touch()


def call(checkout: Path, out: Path, *arguments: str) -> str:
    """Standard output of a command of a checkout, with state of its own."""
    environment = {"LLMPAIRS_STATE": str(out / "state"), "NO_COLOR": "1", "COLUMNS": "200", "TZ": "UTC"}
    return run([str(checkout / ".venv/bin/llmpairs"), *arguments], checkout, **environment)


def compare(before: Path, after: Path) -> Findings:
    """All differences between two outputs of `produce`."""
    findings = Findings()
    for pattern in ("*/releases/*/*/*.parquet", "*/log/*/*/*.parquet", "exports/**/*.parquet"):
        for name in paired(before, after, pattern, findings):
            compare_table(before / name, after / name, name, findings)
    for pattern in DOCUMENTS:
        for name in paired(before, after, pattern, findings):
            compare_document(before / name, after / name, name, findings)
    return findings


def paired(before: Path, after: Path, pattern: str, findings: Findings) -> Iterator[str]:
    """Names of files that both sides have; those of one side are differences.

    An export that failed with the earlier code has nothing to compare with.
    """
    failed = tuple(str(p.relative_to(before)).removesuffix(".failed") for p in before.glob("exports/*/*.failed"))
    names = [{str(p.relative_to(side)) for p in side.glob(pattern)} for side in (before, after)]
    names = [{name for name in found if not name.startswith(failed)} for found in names]
    for name in sorted(names[0] ^ names[1]):
        findings.add(f"{name}: only {'before' if name in names[0] else 'after'}")
    yield from sorted(names[0] & names[1])


def compare_table(before: Path, after: Path, name: str, findings: Findings) -> None:
    """Names, order, types and values of columns; of sentences only which rows share one."""
    table = Path(name).parts[-3] if "/log/" in name else Path(name).parent.name
    old, new = (pq.ParquetFile(path).read() for path in (before, after))
    findings.tables += 1
    findings.rows += old.num_rows
    if old.schema.names != new.schema.names or old.schema.types != new.schema.types:
        findings.add(f"{name}: columns or types")
        return
    if old.num_rows != new.num_rows:
        findings.add(f"{name}: {old.num_rows} rows before, {new.num_rows} after")
        return
    if table in KEYED_BY_PROSE:
        kept = [name for name in old.column_names if name not in PROSE[table]]
        if Counter(map(repr, old.select(kept).to_pylist())) != Counter(map(repr, new.select(kept).to_pylist())):
            findings.add(f"{name}: rows, sentences left out")
        return
    for column in old.column_names:
        if column in VOLATILE.get(table, ()):
            continue
        values = [side[column].combine_chunks() for side in (old, new)]
        if column in PROSE.get(table, ()):
            values = [number_by_first_use(each) for each in values]
        if not values[0].equals(values[1]):
            findings.add(f"{name}: column {column}")


def number_by_first_use(values: pa.Array) -> pa.Array:
    """Each text as the number of its first row: equal for two wordings that share the same rows."""
    plain = values.cast(pa.string()) if pa.types.is_dictionary(values.type) else values
    return pc.index_in(plain, pc.unique(plain)) if pa.types.is_string(plain.type) else plain


def compare_document(before: Path, after: Path, name: str, findings: Findings) -> None:
    """The figures of a page, a report or JSON: words with a digit in them, each as often as before."""
    findings.documents += 1
    counts = [Counter(figures(path)) for path in (before, after)]
    lost, new = counts[0] - counts[1], counts[1] - counts[0]
    if lost or new:
        findings.add(f"{name}: lost {dict(lost.most_common(5))}, new {dict(new.most_common(5))}")


def figures(path: Path) -> Iterator[str]:
    """Words of a document that hold a digit, without addresses of this machine."""
    text = path.read_text("utf-8")
    if path.name.startswith("report."):  # the seconds of each run; its last section has memory and file sizes too
        text = re.split(r'## Statistics|<section id="statistics"', text)[0]
        text = re.sub(r"Run time, seconds.*?(?:\n|</tr>)", "", text, flags=re.DOTALL)
    if path.suffix == ".html":
        reader = VisibleText()
        reader.feed(text)
        text = " ".join(reader.parts)
    elif path.suffix == ".json":
        text = "\n".join(flatten(json.loads(text)))
    text = re.sub(r"(?:/[\w.+-]+)+/(?=(?:demo|recorded)\b)", "", text)
    for word in re.findall(r"[\w.,:$%/@+-]*\d[\w.,:$%/@+-]*", text):
        yield word.strip(".,:")


def flatten(value: object, path: str = "") -> Iterator[str]:
    """Leaves of JSON, each on a line; keys are not compared."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from flatten(member, key)
    elif isinstance(value, list):
        for member in value:
            yield from flatten(member, path)
    elif path not in {"generated_at", "seconds", "code_version", "hash", "bytes", "sha256"}:
        yield str(value)


class VisibleText(HTMLParser):
    """Collects the text of a page, without styles and scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in ("style", "script", "svg")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script", "svg")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


if __name__ == "__main__":
    sys.exit(main())
