"""Pairs as a publisher gets them: addresses, redirects and JSON-LD beside the row. A block at a time, never a row."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.exports.pair_columns import EDITION
from llmpairs.warehouse.contracts.pairs import PAIR_CHANGES, PAIRS
from llmpairs.warehouse.schema import schema_of

Places = npt.NDArray[np.int64]
VERSUS = "-vs-"


@dataclass(frozen=True, kw_only=True)
class Heads:
    """What addresses and heads need of each model, bytewise by id; models that went elsewhere among them."""

    ids: list[str]
    slugs: list[str]
    names: list[str | None]
    json_ld: list[str]
    """Each model as a JSON object, on one line."""
    spelled_names: list[str]
    """Names as they stand between the quotes of JSON."""
    former_slugs: list[list[str]]
    target: Places
    """Where each model went; its own place for one that did not."""
    live: Places
    """Place among the models of tonight's pairs; -1 for a model that stands in none."""
    base: str
    """What stands before `pairs/` in an address: the site's, with its slash, or nothing."""

    @cached_property
    def forms(self) -> list[list[str]]:
        """The slug of each model, then its former ones."""
        return [[slug, *former] for slug, former in zip(self.slugs, self.former_slugs, strict=True)]

    @cached_property
    def form_counts(self) -> Places:
        """Slugs of each model, former ones counted."""
        return np.array([len(each) for each in self.forms], dtype=np.int64)

    def nth_slugs(self, number: int) -> pa.Array:
        """The slug of that number of each model; null where it has fewer."""
        return pa.array([each[number] if len(each) > number else None for each in self.forms], pa.string())

    def address(self, first: pa.Array, second: pa.Array) -> pa.Array:
        """Addresses of pages by the slugs of their sides."""
        return pc.binary_join_element_wise(f"{self.base}pairs/", first, VERSUS, second, ".html", "")


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some pairs in key order: sides as places among the heads, and all that is known of each."""

    a: Places
    b: Places
    rows: pa.Table
    """Rows of PAIRS; all null for a pair that is gone."""
    changed_at: pa.Array
    changes: pa.Table | None
    """`kind`, `blocks` and `causes` of PAIR_CHANGES; None where every pair was asked for."""


def edit_pairs(heads: Heads, block: Block) -> pa.Table:
    """A block as rows of EDITION."""
    a, b = pa.array(block.a), pa.array(block.b)
    ids, slugs, names = (pa.array(each, pa.string()) for each in (heads.ids, heads.slugs, heads.names))
    address = heads.address(slugs.take(a), slugs.take(b))
    columns = {
        "model_a_id": ids.take(a),
        "model_b_id": ids.take(b),
        **spell_changes(block),
        "changed_at": block.changed_at,
        "address": address,
        "redirects": list_redirects(heads, block.a, block.b),
        "moved_to": find_new_homes(heads, block, slugs),
        "a_slug": slugs.take(a),
        "b_slug": slugs.take(b),
        "a_display_name": names.take(a),
        "b_display_name": names.take(b),
        "json_ld": describe_pages(heads, block, address),
    }
    for column in PAIRS.columns[len(PAIRS.key) :]:
        values = block.rows[column.name].combine_chunks()
        columns[column.name] = spell_bits(values, column.bits) if column.bits else values
    return pa.table(columns).cast(schema_of(EDITION))


def spell_changes(block: Block) -> dict[str, pa.Array]:
    """What changed and why, in words."""
    if block.changes is None:
        return {name: pa.nulls(len(block.a), EDITION[name].type) for name in ("kind", "blocks", "causes")}
    sets = {
        name: spell_bits(block.changes[name].combine_chunks(), PAIR_CHANGES[name].bits or ())
        for name in ("blocks", "causes")
    }
    return {"kind": block.changes["kind"].combine_chunks().cast(EDITION["kind"].type), **sets}


def spell_bits(values: pa.Array, bits: tuple[str, ...]) -> pa.Array:
    """Bit sets as lists of words; few differ, so each is spelled once."""
    coded = values.dictionary_encode()
    spelled = [
        [word for at, word in enumerate(bits) if value >> at & 1] for value in coded.dictionary.to_pylist()
    ]
    return pa.array(spelled, pa.list_(pa.string())).take(coded.indices)


def list_redirects(heads: Heads, a: Places, b: Places) -> pa.Array:
    """For each pair the addresses that lead to its own: both orders of every slug that its sides have or had."""
    counts = heads.form_counts[a], heads.form_counts[b]
    most = [int(each.max(initial=1)) for each in counts]
    rows, found = [], []
    for first in range(most[0]):
        for second in range(most[1]):
            at = np.flatnonzero((counts[0] > first) & (counts[1] > second))
            sides = (
                heads.nth_slugs(first).take(pa.array(a[at])),
                heads.nth_slugs(second).take(pa.array(b[at])),
            )
            for pair in (sides, sides[::-1])[0 if first or second else 1 :]:
                rows.append(at)
                found.append(heads.address(*pair))
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    offsets = np.searchsorted(row[order], np.arange(len(a) + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.concat_arrays(found).take(pa.array(order)))


def find_new_homes(heads: Heads, block: Block, slugs: pa.Array) -> pa.Array:
    """Where the page of each pair that is gone leads: to the pair of what its models are now, if there is one."""
    went = np.stack([heads.target[block.a], heads.target[block.b]])
    low, high = went.min(axis=0), went.max(axis=0)
    has_moved = (went != np.stack([block.a, block.b])).any(axis=0)
    stands = has_moved & (low != high) & (heads.live[low] >= 0) & (heads.live[high] >= 0)
    here = np.where(stands, low, -1), np.where(stands, high, -1)
    return heads.address(*(slugs.take(pa.array(each, mask=each < 0)) for each in here))


def describe_pages(heads: Heads, block: Block, address: pa.Array) -> pa.Array:
    """schema.org's words for each pair's page, as JSON; null where the pair is gone."""
    names, models = pa.array(heads.spelled_names, pa.string()), pa.array(heads.json_ld, pa.string())
    sides = [pa.array(each) for each in (block.a, block.b)]
    url = [',"url":"', address, '"'] if heads.base else []
    moment = pc.strftime(block.changed_at.cast(pa.timestamp("s", "UTC")), "%Y-%m-%dT%H:%M:%SZ")
    parts = [
        '{"@context":"https://schema.org","@type":"WebPage","name":"',
        names.take(sides[0]), " vs ", names.take(sides[1]), '"', *url,
        ',"dateModified":"', moment, '","about":[', models.take(sides[0]), ",", models.take(sides[1]), "]}",
    ]  # fmt: skip
    return pc.binary_join_element_wise(*parts, "")
