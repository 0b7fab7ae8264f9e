"""Exported pairs: the contract of their table, and its rows built from rows of `pairs`, some at a time.

Beside the columns of `pairs`, with bit sets as lists, a row has address, redirects and JSON-LD.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.warehouse.columns import enum, strings, text, timestamp
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts.pairs import PAIR_CHANGES, PAIRS
from llmpairs.warehouse.schema import schema_of

Positions = npt.NDArray[np.int64]
VERSUS = "-vs-"
REMOVED = "the pair was removed"
FULL_EXPORT = "every pair was exported, not only changed ones"


def list_bits(column: Column, about: str, null_means: str) -> Column:
    """A bit set as a list of strings, lowest bit first."""
    return strings(column.name, f"{about} Of {', '.join(column.bits or ())}.", null_means)


def publish_column(column: Column) -> Column:
    """A column of `pairs` as it is exported: a bit set as a list, and null where the pair was removed."""
    null_means = REMOVED if column.null_means is None else f"{column.null_means}, or {REMOVED}"
    return list_bits(column, column.about, null_means) if column.bits else replace(column, null_means=null_means)


PUBLISHED_PAIRS = Table(
    name="published_pairs",
    grain="a pair of models, model_a_id < model_b_id bytewise: changed since a release, or every one",
    key=PAIRS.key,
    columns=(
        *(PAIRS[name] for name in PAIRS.key),
        enum("kind", PAIR_CHANGES["kind"].values or (), "Whether the pair is new, changed or removed.", FULL_EXPORT),
        list_bits(PAIR_CHANGES["blocks"], "Blocks of the page that differ.", FULL_EXPORT),
        list_bits(PAIR_CHANGES["causes"], "Causes of the change.", FULL_EXPORT),
        timestamp("changed_at", "As-of time of the first kept release since which the content is the same.", REMOVED),
        text("address", "Address of the page: A's slug first."),
        strings("redirects", "Addresses that redirect here: the sides swapped, and former slugs."),
        text(
            "moved_to",
            "Address that the page of a removed pair redirects to.",
            "the pair exists, or nothing replaces it",
        ),
        text("a_slug", "Slug of A; never changes."),
        text("b_slug", "Slug of B; never changes."),
        text("a_display_name", "Display name of A.", "A was merged into another model"),
        text("b_display_name", "Display name of B.", "B was merged into another model"),
        text("json_ld", "schema.org description of the page: JSON that is safe in a script element as it is.", REMOVED),
        *(publish_column(column) for column in PAIRS.columns if column.name not in PAIRS.key),
    ),
)


@dataclass(frozen=True, kw_only=True)
class PageMetadata:
    """Metadata of model pages as parallel lists, sorted bytewise by id; redirected models are included."""

    ids: list[str]
    slugs: list[str]
    names: list[str | None]
    json_ld: list[str]
    """Each model as a JSON object, on one line."""
    json_names: list[str]
    """Names escaped for a JSON string."""
    former_slugs: list[list[str]]
    target: Positions
    """Position of the model that each one redirects to; its own position for one that does not."""
    live: Positions
    """Position among the compared models of the release; -1 for a model in no pair."""
    base: str
    """Prefix of `pairs/` in an address: the site's address with its slash, or nothing."""

    @cached_property
    def all_slugs(self) -> list[list[str]]:
        """The slug of each model, then its former ones."""
        return [[slug, *former] for slug, former in zip(self.slugs, self.former_slugs, strict=True)]

    @cached_property
    def slug_counts(self) -> Positions:
        """Number of slugs of each model, former ones included."""
        return np.array([len(each) for each in self.all_slugs], dtype=np.int64)

    def nth_slugs(self, number: int) -> pa.Array:
        """The slug of that number of each model; null where it has fewer."""
        return pa.array([each[number] if len(each) > number else None for each in self.all_slugs], pa.string())

    def address(self, first: pa.Array, second: pa.Array) -> pa.Array:
        """Addresses of pages by the slugs of their sides."""
        return pc.binary_join_element_wise(f"{self.base}pairs/", first, VERSUS, second, ".html", "")


@dataclass(frozen=True, kw_only=True)
class PairBatch:
    """Some pairs in key order: sides as positions in the page metadata, and their rows."""

    a: Positions
    b: Positions
    rows: pa.Table
    """Rows of PAIRS; all null for a pair that was removed."""
    changed_at: pa.Array
    changes: pa.Table | None
    """`kind`, `blocks` and `causes` of PAIR_CHANGES; None where every pair is exported."""


def build_published_rows(metadata: PageMetadata, batch: PairBatch) -> pa.Table:
    """A batch as rows of PUBLISHED_PAIRS."""
    a, b = pa.array(batch.a), pa.array(batch.b)
    ids, slugs, names = (pa.array(each, pa.string()) for each in (metadata.ids, metadata.slugs, metadata.names))
    address = metadata.address(slugs.take(a), slugs.take(b))
    columns = {
        "model_a_id": ids.take(a),
        "model_b_id": ids.take(b),
        **expand_changes(batch),
        "changed_at": batch.changed_at,
        "address": address,
        "redirects": list_redirects(metadata, batch.a, batch.b),
        "moved_to": find_redirect_targets(metadata, batch, slugs),
        "a_slug": slugs.take(a),
        "b_slug": slugs.take(b),
        "a_display_name": names.take(a),
        "b_display_name": names.take(b),
        "json_ld": render_json_ld(metadata, batch, address),
    }
    for column in PAIRS.columns[len(PAIRS.key) :]:
        values = batch.rows[column.name].combine_chunks()
        columns[column.name] = expand_bits(values, column.bits) if column.bits else values
    return pa.table(columns).cast(schema_of(PUBLISHED_PAIRS))


def expand_changes(batch: PairBatch) -> dict[str, pa.Array]:
    """Kind, blocks and causes of each change, bit sets as lists."""
    if batch.changes is None:
        return {name: pa.nulls(len(batch.a), PUBLISHED_PAIRS[name].type) for name in ("kind", "blocks", "causes")}
    sets = {
        name: expand_bits(batch.changes[name].combine_chunks(), PAIR_CHANGES[name].bits or ())
        for name in ("blocks", "causes")
    }
    return {"kind": batch.changes["kind"].combine_chunks().cast(PUBLISHED_PAIRS["kind"].type), **sets}


def expand_bits(values: pa.Array, bits: tuple[str, ...]) -> pa.Array:
    """Bit sets as lists of names; there are few different sets, so each is expanded once."""
    coded = values.dictionary_encode()
    names = [[name for bit, name in enumerate(bits) if value >> bit & 1] for value in coded.dictionary.to_pylist()]
    return pa.array(names, pa.list_(pa.string())).take(coded.indices)


def list_redirects(metadata: PageMetadata, a: Positions, b: Positions) -> pa.Array:
    """Addresses that redirect to each pair: both orders of every slug that its sides have or had."""
    counts = metadata.slug_counts[a], metadata.slug_counts[b]
    most = [int(each.max(initial=1)) for each in counts]
    rows, found = [], []
    for first in range(most[0]):
        for second in range(most[1]):
            at = np.flatnonzero((counts[0] > first) & (counts[1] > second))
            sides = (metadata.nth_slugs(first).take(pa.array(a[at])), metadata.nth_slugs(second).take(pa.array(b[at])))
            for pair in (sides, sides[::-1])[0 if first or second else 1 :]:
                rows.append(at)
                found.append(metadata.address(*pair))
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    offsets = np.searchsorted(row[order], np.arange(len(a) + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.concat_arrays(found).take(pa.array(order)))


def find_redirect_targets(metadata: PageMetadata, batch: PairBatch, slugs: pa.Array) -> pa.Array:
    """Address that each removed pair redirects to: the pair of the models that replaced its own, if there is one."""
    targets = np.stack([metadata.target[batch.a], metadata.target[batch.b]])
    low, high = targets.min(axis=0), targets.max(axis=0)
    has_moved = (targets != np.stack([batch.a, batch.b])).any(axis=0)
    exists = has_moved & (low != high) & (metadata.live[low] >= 0) & (metadata.live[high] >= 0)
    sides = np.where(exists, low, -1), np.where(exists, high, -1)
    return metadata.address(*(slugs.take(pa.array(each, mask=each < 0)) for each in sides))


def render_json_ld(metadata: PageMetadata, batch: PairBatch, address: pa.Array) -> pa.Array:
    """schema.org description of each pair's page as JSON; null where the pair was removed."""
    names, models = pa.array(metadata.json_names, pa.string()), pa.array(metadata.json_ld, pa.string())
    sides = [pa.array(each) for each in (batch.a, batch.b)]
    url = [',"url":"', address, '"'] if metadata.base else []
    modified = pc.strftime(batch.changed_at.cast(pa.timestamp("s", "UTC")), "%Y-%m-%dT%H:%M:%SZ")
    parts = [
        '{"@context":"https://schema.org","@type":"WebPage","name":"',
        names.take(sides[0]), " vs ", names.take(sides[1]), '"', *url,
        ',"dateModified":"', modified, '","about":[', models.take(sides[0]), ",", models.take(sides[1]), "]}",
    ]  # fmt: skip
    return pc.binary_join_element_wise(*parts, "")
