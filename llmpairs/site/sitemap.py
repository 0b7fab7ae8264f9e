"""A site map of every pair's page that may be listed, with the moment at which its content last changed."""

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.exports.last_changed import LastChanged, find_last_changed
from llmpairs.exports.pair_rows import Heads
from llmpairs.exports.shards import list_texts
from llmpairs.site.metadata import read_heads
from llmpairs.transforms.pairs.ranges import all_pairs
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.parquet import read_rows
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.releases import read_manifest
from llmpairs.warehouse.staging import release_dir
from llmpairs.warehouse.store import Store, open_store

ADDRESSES_PER_FILE = 50_000
"""The most that sitemaps.org allows; a file of ours stays near 10 MB of the 50 MB that it allows."""
INDEX = "sitemap.xml"
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'
SECONDS = "%Y-%m-%dT%H:%M:%SZ"


def write_sitemap(uri: str, run_id: str, base_url: str, out: Path) -> dict[str, int]:
    """Write the index and its files into a folder that holds nothing else; returns addresses and files.

    StoreError where the folder holds another file; former site maps in it are replaced.
    """
    clear_sitemaps(out)
    store = open_store(uri)
    with connect(uri, run_id) as con:
        heads = read_heads(con, [], f"{base_url.rstrip('/')}/")
    changed = find_last_changed(store, run_id)
    newest: list[str] = []
    addresses = 0
    for number, (lines, moment) in enumerate(cut_files(list_entries(store, run_id, heads, changed)), 1):
        addresses += len(lines)
        newest.append(moment)
        with (out / file_name(number)).open("wb") as file:
            file.write(f"{PROLOGUE}<urlset {NAMESPACE}>\n".encode())
            for text in list_texts(lines):
                file.write(text)
            file.write(b"</urlset>\n")
    (out / INDEX).write_text(render_index(heads.base, newest), encoding="utf-8")
    return {"addresses": addresses, "files": len(newest)}


def file_name(number: int) -> str:
    """Name of one file of the site map."""
    return f"sitemap-{number:05d}.xml"


def clear_sitemaps(out: Path) -> None:
    """Make the folder, and take away what an earlier site map left in it; StoreError where it holds something else."""
    out.mkdir(parents=True, exist_ok=True)
    there = sorted(out.iterdir())
    strange = [path.name for path in there if path.name != INDEX and not path.match("sitemap-[0-9]*.xml")]
    if strange:
        raise StoreError(f"{out} holds {strange[0]}, which is no site map: name a folder of its own")
    for path in there:
        path.unlink()


def list_entries(store: Store, run_id: str, heads: Heads, changed: LastChanged) -> Iterator[pa.Table]:
    """Lines of the pairs that may be listed, in their order, with the moments in them."""
    live = np.flatnonzero(heads.live >= 0)
    flags = pa.concat_tables(
        read_rows(store, f"{release_dir(run_id)}/{entry.path}", ["indexable"])
        for entry in read_manifest(store, run_id).tables["pairs"]
    )["indexable"]
    listed = flags.combine_chunks().to_numpy(zero_copy_only=False)
    slugs = pa.array([escape(slug) for slug in heads.slugs], pa.string())
    done = 0
    for pairs in all_pairs(len(live)).cut(ADDRESSES_PER_FILE):
        at = np.flatnonzero(listed[done : done + len(pairs)])
        sides = (slugs.take(pa.array(live[places[at]])) for places in (pairs.place_a, pairs.place_b))
        moments = pc.strftime(changed.at(at + done).cast(pa.timestamp("s", "UTC")), SECONDS)
        address = heads.address(*sides)
        line = pc.binary_join_element_wise(
            "<url><loc>", address, "</loc><lastmod>", moments, "</lastmod></url>\n", ""
        )
        yield pa.table({"line": line.cast(pa.large_string()), "moment": moments})
        done += len(pairs)


def cut_files(entries: Iterator[pa.Table]) -> Iterator[tuple[pa.ChunkedArray, str]]:
    """The lines of each file, and the newest moment among them."""
    waiting: list[pa.Table] = []
    for more in entries:
        waiting.append(more)
        if sum(each.num_rows for each in waiting) < ADDRESSES_PER_FILE:
            continue
        whole = pa.concat_tables(waiting)
        yield close_file(whole.slice(0, ADDRESSES_PER_FILE))
        waiting = [whole.slice(ADDRESSES_PER_FILE)]
    rest = pa.concat_tables(waiting) if waiting else None
    if rest is not None and rest.num_rows:
        yield close_file(rest)


def close_file(file: pa.Table) -> tuple[pa.ChunkedArray, str]:
    """The lines of one file, and the newest moment among them."""
    return file["line"], pc.max(file["moment"]).as_py()


def render_index(base: str, newest: list[str]) -> str:
    """The index of the files, each with the newest moment in it."""
    rows = "".join(
        f"<sitemap><loc>{escape(base)}{file_name(number)}</loc><lastmod>{moment}</lastmod></sitemap>\n"
        for number, moment in enumerate(newest, 1)
    )
    return f"{PROLOGUE}<sitemapindex {NAMESPACE}>\n{rows}</sitemapindex>\n"
