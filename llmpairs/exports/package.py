"""A release as a data package, for people who do not have llmpairs: tables as Parquet, CSV or Excel files, with a
Frictionless descriptor, a Croissant description and a README that a dataset hub reads.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.exports.croissant import CROISSANT, describe_croissant
from llmpairs.exports.dataset_ld import DATASET, Download, describe_dataset
from llmpairs.exports.descriptor import Descriptor, describe_package
from llmpairs.exports.readme import render_readme
from llmpairs.exports.tabular import Format, encode_csv, encode_xlsx
from llmpairs.exports.terms import ExportTerms, load_terms, refuse_used_folder, withhold_differences
from llmpairs.pages.content.schema import ReleaseTime
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.log import read_log_arrow
from llmpairs.warehouse.manifest import FileEntry, Manifest, format_timestamp
from llmpairs.warehouse.parquet import read_rows, write_whole
from llmpairs.warehouse.release_files import PACKAGE_NAME
from llmpairs.warehouse.releases import read_arrow
from llmpairs.warehouse.staging import release_dir
from llmpairs.warehouse.store import Store, open_store
from llmpairs.warehouse.views import VIEWS_NAME

SOURCE_COLUMNS = ("source_id", "price_source_id")
"""Columns that name the source of a row."""
TERMS_COLUMNS = (*SOURCE_COLUMNS, "offer_id", "domain", "quality_difference")
"""Columns of tables of which something may be left out."""


@dataclass(frozen=True, kw_only=True)
class PackageOptions:
    """What goes into a package."""

    workloads: Sequence[Mapping[str, object]] = ()
    """Published workloads, as `list_workloads` gives them."""
    include_restricted: bool = False
    """Whether to keep rows of sources whose terms forbid passing them on."""
    format: Format = "parquet"
    tables: Sequence[str] = ()
    """Tables to write; all where none is named."""
    on_table: Callable[[str], None] = lambda _: None
    """Called with the name of each table before it is copied."""


def write_package(store: Store, run_id: str, out: Path, options: PackageOptions) -> Descriptor:
    """Write a release into an empty or new folder; returns the descriptor.

    Rows from a source whose terms forbid passing them on are left out unless `include_restricted`; so are the rows
    of offers whose price comes from such a source, and indexes that rest on such scores alone. StoreError when the
    folder has something in it, ReleaseError for a table that the release does not have.
    """
    refuse_used_folder(out)
    terms = load_terms(store, run_id, include_restricted=options.include_restricted)
    target = open_store(out)
    copier = TableCopier(
        store=store,
        target=target,
        terms=terms,
        format=options.format,
        offers=find_restricted_offers(store, terms.manifest, terms.left_out),
    )
    files: dict[str, list[FileEntry]] = {}
    for name in options.tables or sorted(terms.manifest.tables):
        if name not in terms.manifest.tables:
            raise ReleaseError(terms.manifest.missing_table_message(name))
        options.on_table(name)
        files[name] = [copier.copy(name, entry) for entry in terms.manifest.tables[name]]
    if not options.tables:
        files["captures"] = [copier.write("captures", select_captures(store, run_id, terms.left_out))]
    files["sources"] = [copier.write("sources", read_log_arrow(store, "sources", run_id))]
    if options.format == "parquet" and not options.tables:
        target.write_bytes(VIEWS_NAME, store.read_bytes(f"{release_dir(run_id)}/{VIEWS_NAME}"))
    descriptor = describe_package(terms, files, options.workloads, options.format)
    write_json(target, PACKAGE_NAME, descriptor)
    if options.format != "xlsx":
        write_json(target, CROISSANT, describe_croissant(descriptor))
    parts = [(part["path"], each["mediatype"]) for each in descriptor["resources"] for part in each.get("parts", ())]
    downloads = [Download(path=path, media_type=type_) for path, type_ in parts]
    used = [source for source in terms.sources if source["source_id"] not in terms.left_out]
    release: ReleaseTime = {"run_id": run_id, "as_of": format_timestamp(terms.manifest.as_of)}
    write_json(target, DATASET, describe_dataset(release, used, downloads))
    target.write_bytes("README.md", render_readme(descriptor).encode())
    return descriptor


def write_json(target: Store, name: str, value: Mapping[str, object]) -> None:
    """A value as indented JSON."""
    target.write_bytes(name, (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode())


def find_restricted_offers(store: Store, manifest: Manifest, left_out: Sequence[str]) -> pa.Array:
    """Ids of the offers whose price comes from a source that is left out."""
    parts = [
        read_rows(store, f"{release_dir(manifest.run_id)}/{entry.path}", ["offer_id", "price_source_id"])
        for entry in manifest.tables["offers"]
    ]
    offers = pa.concat_tables(parts)
    is_restricted = pc.is_in(offers["price_source_id"], value_set=pa.array(left_out, pa.string()))
    return offers.filter(is_restricted)["offer_id"].combine_chunks()


@dataclass(frozen=True, kw_only=True)
class TableCopier:
    """Copies tables of a release without what may not be passed on."""

    store: Store
    target: Store
    terms: ExportTerms
    format: Format
    offers: pa.Array
    """Ids of the offers whose rows are left out."""

    def copy(self, table: str, entry: FileEntry) -> FileEntry:
        """Copy one file; byte for byte where it stays Parquet and nothing of it is left out."""
        source = f"{release_dir(self.terms.manifest.run_id)}/{entry.path}"
        columns = TABLES[table].column_names
        is_touched = bool(self.terms.left_out) and any(name in columns for name in TERMS_COLUMNS)
        if is_touched or self.format != "parquet":
            rows = read_rows(self.store, source)
            kept = self.withhold(table, rows.filter(pc.invert(self.is_left_out(rows))))
            if self.format != "parquet" or not kept.equals(rows):
                return self.write(table, kept, entry.path)
        with self.store.open_input(source) as opened, self.target.open_output(entry.path) as file:
            while chunk := opened.read(1 << 20):
                file.write(chunk)
        return entry

    def is_left_out(self, rows: pa.Table) -> pa.ChunkedArray:
        """Which rows come from a source, or belong to an offer, that is left out."""
        excluded = [(name, pa.array(self.terms.left_out, pa.string())) for name in SOURCE_COLUMNS]
        found = pa.chunked_array([pa.repeat(False, rows.num_rows)])
        for name, values in [*excluded, ("offer_id", self.offers)]:
            if name in rows.column_names:
                found = pc.or_(found, pc.is_in(rows[name].cast(pa.string()), value_set=values))
        return found

    def withhold(self, table: str, rows: pa.Table) -> pa.Table:
        """The rows without quality indexes that rest on left-out scores alone."""
        if table == "pairs":
            return withhold_differences(rows, self.terms.withheld_indexes)
        if table != "model_quality":
            return rows
        key = pc.binary_join_element_wise(rows["model_id"].cast("string"), rows["domain"].cast("string"), " ")
        withheld = pa.array(sorted(f"{model} {domain}" for model, domain in self.terms.withheld_indexes), pa.string())
        return rows.filter(pc.invert(pc.is_in(key, value_set=withheld)))

    def write(self, table: str, rows: pa.Table, path: str | None = None) -> FileEntry:
        """Rows as one file of the table's contract, in the package's format."""
        path = (path or f"{table}/{table}.parquet").removesuffix("parquet") + self.format
        contract = TABLES[table]
        if self.format == "parquet":
            write_whole(self.target, path, contract, rows)
        elif self.format == "csv":
            self.target.write_bytes(path, encode_csv(rows, contract))
        else:
            self.target.write_bytes(path, encode_xlsx(rows, contract, self.terms.manifest.as_of))
        data = self.target.read_bytes(path)
        return FileEntry(path=path, rows=rows.num_rows, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def select_captures(store: Store, run_id: str, left_out: Sequence[str]) -> pa.Table:
    """The log's row of every capture that the published facts name: address, time and digest of the evidence."""
    facts = read_arrow(store, run_id, "facts", ["capture_id", "source_id"])
    kept = facts.filter(pc.invert(pc.is_in(facts["source_id"].cast("string"), value_set=pa.array(left_out, "string"))))
    log = read_log_arrow(store, "captures")
    used = log.filter(pc.is_in(log["capture_id"], value_set=kept["capture_id"].combine_chunks()))
    numbered = pa.table({"id": used["capture_id"], "row": pa.array(range(used.num_rows), pa.int64())})
    first = numbered.group_by("id").aggregate([("row", "min")])["row_min"]
    return used.take(first)
