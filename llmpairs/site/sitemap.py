"""Site map of the indexable pair pages, with the time at which their content last changed."""

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.exports.changes import LastChanged, find_last_changed
from llmpairs.exports.pair_rows import PageMetadata
from llmpairs.exports.shards import iter_text_buffers
from llmpairs.site.metadata import load_page_metadata
from llmpairs.transforms.pairs.ranges import all_pairs
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.parquet import read_rows
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.releases import read_manifest
from llmpairs.warehouse.staging import release_dir
from llmpairs.warehouse.store import Store, open_store

ADDRESSES_PER_FILE = 50_000
"""The maximum of sitemaps.org; such a file has about 10 MB of the 50 MB that it allows."""
INDEX = "sitemap.xml"
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'
SECONDS = "%Y-%m-%dT%H:%M:%SZ"


def write_sitemap(uri: str, run_id: str, base_url: str, out: Path) -> dict[str, int]:
    """Write the index and its files into a folder of its own; returns the numbers of addresses and files.

    StoreError where the folder contains another file; an earlier site map in it is replaced.
    """
    clear_sitemaps(out)
    store = open_store(uri)
    with connect(uri, run_id) as con:
        metadata = load_page_metadata(con, [], f"{base_url.rstrip('/')}/")
    changed = find_last_changed(store, run_id)
    newest: list[str] = []
    addresses = 0
    for number, (lines, time) in enumerate(split_files(list_entries(store, run_id, metadata, changed)), 1):
        addresses += len(lines)
        newest.append(time)
        with (out / _file_name(number)).open("wb") as file:
            start = f"{PROLOGUE}<urlset {NAMESPACE}>\n".encode()
            file.writelines([start, *iter_text_buffers(lines), b"</urlset>\n"])
    (out / INDEX).write_text(render_index(metadata.base, newest), encoding="utf-8")
    return {"addresses": addresses, "files": len(newest)}


def _file_name(number: int) -> str:
    return f"sitemap-{number:05d}.xml"


def clear_sitemaps(out: Path) -> None:
    """Create the folder, or delete an earlier site map in it; StoreError where it contains another file."""
    out.mkdir(parents=True, exist_ok=True)
    present = sorted(out.iterdir())
    other = [path.name for path in present if path.name != INDEX and not path.match("sitemap-[0-9]*.xml")]
    if other:
        raise StoreError(f"{out} holds {other[0]}, which is not part of a site map: name a folder of its own")
    for path in present:
        path.unlink()


def list_entries(store: Store, run_id: str, metadata: PageMetadata, changed: LastChanged) -> Iterator[pa.Table]:
    """Lines of the indexable pairs, in key order, with the time of their last change."""
    live = np.flatnonzero(metadata.live >= 0)
    flags = pa.concat_tables(
        read_rows(store, f"{release_dir(run_id)}/{entry.path}", ["indexable"])
        for entry in read_manifest(store, run_id).tables["pairs"]
    )["indexable"]
    listed = flags.combine_chunks().to_numpy(zero_copy_only=False)
    slugs = pa.array([escape(slug) for slug in metadata.slugs], pa.string())
    done = 0
    for pairs in all_pairs(len(live)).split(ADDRESSES_PER_FILE):
        at = np.flatnonzero(listed[done : done + len(pairs)])
        sides = (slugs.take(pa.array(live[positions[at]])) for positions in (pairs.position_a, pairs.position_b))
        times = pc.strftime(changed.at(at + done).cast(pa.timestamp("s", "UTC")), SECONDS)
        address = metadata.address(*sides)
        line = pc.binary_join_element_wise("<url><loc>", address, "</loc><lastmod>", times, "</lastmod></url>\n", "")
        yield pa.table({"line": line.cast(pa.large_string()), "time": times})
        done += len(pairs)


def split_files(entries: Iterator[pa.Table]) -> Iterator[tuple[pa.ChunkedArray, str]]:
    """The lines of each file, and the newest time among them."""
    rest: pa.Table | None = None
    for more in entries:
        rest = more if rest is None else pa.concat_tables([rest, more])
        if rest.num_rows >= ADDRESSES_PER_FILE:
            yield _close_file(rest.slice(0, ADDRESSES_PER_FILE))
            rest = rest.slice(ADDRESSES_PER_FILE)
    if rest is not None and rest.num_rows:
        yield _close_file(rest)


def _close_file(file: pa.Table) -> tuple[pa.ChunkedArray, str]:
    return file["line"], pc.max(file["time"]).as_py()


def render_index(base: str, newest: list[str]) -> str:
    """The index of the files, each with the newest time in it."""
    rows = "".join(
        f"<sitemap><loc>{escape(base)}{_file_name(number)}</loc><lastmod>{time}</lastmod></sitemap>\n"
        for number, time in enumerate(newest, 1)
    )
    return f"{PROLOGUE}<sitemapindex {NAMESPACE}>\n{rows}</sitemapindex>\n"
