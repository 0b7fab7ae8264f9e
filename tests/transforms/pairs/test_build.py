import dataclasses
from collections.abc import Iterable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bench.self_join import NOT_JOINED, join_by_sql
from bench.synthetic_pairs import Tables, make_tables
from llmpairs.transforms.pairs.build import BLOCK_SCHEMA, pair_block, pair_blocks
from llmpairs.transforms.pairs.model_arrays import ModelArrays
from llmpairs.transforms.pairs.ranges import all_pairs
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.convert import conform
from llmpairs.warehouse.views import render_pair_macros
from llmpairs.warehouse.vocabulary import OUTCOMES, SCENARIOS
from tests.transforms.pairs.conftest import PairSample, make_sample
from tests.transforms.pairs.reference_digest import digest_pairs
from tests.transforms.pairs.reference_rows import check_rows, decode_bit_sets

RATIOS = ["context_ratio", "list_price_ratio", *(f"cost_ratio_{name}" for name in SCENARIOS)]

NEVER_NULL = {
    *("model_id", "developer_id", "is_text_generating", "is_live", "lifecycle"),
    *("identity_basis", "completeness"),
}


def build(arrays: ModelArrays) -> pa.Table:
    return whole(pair_blocks(arrays))


def whole(blocks: Iterable[pa.Table]) -> pa.Table:
    return conform(pa.concat_tables(blocks), PAIRS).combine_chunks()


def test_every_row_equals_the_reference_implementation(sample: PairSample) -> None:
    rows = decode_bit_sets(build(sample.arrays).to_pylist())
    tables = sample.tables.compared(sample.model_costs)
    assert len(rows) == len(sample.arrays) * (len(sample.arrays) - 1) // 2 == 1_770
    check_rows(rows, tables, sample.tables.open_issues)
    seen: dict[str, set[Any]] = {name: set() for name in PAIRS.column_names}
    for row in rows:
        for name, found in seen.items():
            found |= row[name] if isinstance(row[name], set) else {row[name]}
    # The sample must contain every case.
    assert seen["relation"] >= {"snapshot", "base", "derivative", "sibling", "none"}
    assert len(seen["noindex_reason"]) == 5
    assert len(seen["friction_kinds_a_to_b"]) == 11
    assert len(seen["cost_state_seed_chat"]) == 4
    assert seen["same_license"] == {True, False, None}
    assert len(seen["shared_benchmark_count"]) > 5
    assert {row["a_benchmark_wins"] > row["b_benchmark_wins"] for row in rows} == {True, False}
    assert {row[f"outcome_{name}"] for row in rows for name in SCENARIOS} >= {*OUTCOMES} - {"similar"}


def test_a_self_join_in_sql_gives_the_same_table(sample: PairSample) -> None:
    ours = build(sample.arrays).to_pandas().drop(columns=["content_hash", *NOT_JOINED])
    theirs = join_by_sql(sample.arrays).to_pandas().drop(columns="content_hash")
    for name in ours.columns:
        one, other = ours[name].astype("object"), theirs[name].astype("object")
        if name == "oldest_fact_at":
            other = pd.to_datetime(theirs[name], utc=True).astype("object")
        differs = ~((one == other) | (one.isna() & other.isna()))
        assert not differs.any(), f"{name}: {differs.sum()} rows, first {one[differs].iloc[0]!r}"


def test_pairs_are_sorted_bytewise_and_complete(sample: PairSample) -> None:
    table = build(sample.arrays)
    keys = list(zip(table["model_a_id"].to_pylist(), table["model_b_id"].to_pylist(), strict=True))
    assert keys == sorted(set(keys), key=lambda key: (key[0].encode(), key[1].encode()))
    assert all(a.encode() < b.encode() for a, b in keys)
    live = sample.tables.models.query("is_text_generating and is_live")["model_id"]
    assert {name for key in keys for name in key} == set(live)


@pytest.mark.parametrize("rows_per_block", [1, 7, 500, 1_770, 1 << 20])
def test_the_block_size_changes_nothing(sample: PairSample, rows_per_block: int) -> None:
    expected = build(sample.arrays)
    blocks = list(pair_blocks(sample.arrays, rows_per_block))
    assert all(len(block) <= max(rows_per_block, len(sample.arrays) - 1) for block in blocks)
    assert whole(blocks).equals(expected)
    assert (len(blocks) == 1) == (rows_per_block >= len(expected))


def test_one_block_is_built_ahead(sample: PairSample, monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    monkeypatch.setattr("llmpairs.transforms.pairs.build.pair_block", lambda _, pairs: built.append(pairs))
    blocks = pair_blocks(sample.arrays, 100)
    for taken in range(1, 5):
        next(blocks)
        assert len(built) <= taken + 1
    blocks.close()


def test_the_cached_size_changes_nothing(sample: PairSample, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = build(sample.arrays)
    monkeypatch.setattr("llmpairs.transforms.pairs.build.CACHED_ROWS", 100)
    assert build(sample.arrays).equals(expected)


def test_ranges_can_be_built_in_any_order(sample: PairSample) -> None:
    ranges = list(all_pairs(len(sample.arrays)).split(1_000))
    backwards = {pairs.first: pair_block(sample.arrays, pairs) for pairs in reversed(ranges)}
    assert whole(backwards[pairs.first] for pairs in ranges).equals(build(sample.arrays))


def test_swapping_the_sides_mirrors_every_column(sample: PairSample) -> None:
    """With ids renamed to the opposite order, each row equals what `pairs_of` gives for its mirror."""
    ids = sorted(sample.tables.models["model_id"])
    renamed = {name: f"m/{len(ids) - place:04d}" for place, name in enumerate(ids)}
    there = swap_sides(build(sample.arrays), sample.arrays.model_ids.to_pylist()).to_pandas()
    back = build(make_sample(rename_models(sample.tables, renamed)).arrays).to_pandas()
    for name in PAIRS.key:
        there[name] = there[name].map(renamed)
    there = there.sort_values(list(PAIRS.key), ignore_index=True)
    assert len(there) == len(back) == 1_770
    for column in PAIRS.columns:
        one, other = there[column.name], back[column.name]
        if column.mirror == "inverted":
            np.testing.assert_allclose(one, other, rtol=1e-6, err_msg=column.name)
        elif column.name != "content_hash":
            differs = ~((one.astype("object") == other.astype("object")) | (one.isna() & other.isna()))
            assert not differs.any(), f"{column.name}: {differs.sum()} rows, first {one[differs].iloc[0]!r}"


def swap_sides(table: pa.Table, ids: list[str]) -> pa.Table:
    """Every row with its sides swapped."""
    con = duckdb.connect()
    con.register("pairs", table)
    con.execute("CREATE MACRO known_model(id) AS id")
    con.execute(render_pair_macros())
    parts = [f"SELECT * FROM pairs_of('{name}') WHERE model_b_id < '{name}'" for name in ids]
    return con.sql(" UNION ALL ".join(parts)).to_arrow_table()


def rename_models(tables: Tables, names: dict[str, str]) -> Tables:
    frames: dict[str, Any] = {}
    for name in ("models", "model_capabilities", "offers", "benchmark_scores", "model_quality"):
        frame = getattr(tables, name).copy()
        for column in {"model_id", "base_model_id"} & set(frame.columns):
            frame[column] = frame[column].map(names)
        frames[name] = frame
    frames["open_issues"] = tables.open_issues.rename(index=names)
    return dataclasses.replace(tables, **frames)


def test_row_order_of_the_tables_changes_nothing(sample: PairSample) -> None:
    shuffled = {
        field.name: getattr(sample.tables, field.name).sample(frac=1, random_state=3)
        for field in dataclasses.fields(sample.tables)
    }
    assert build(make_sample(Tables(**shuffled)).arrays).equals(build(sample.arrays))


def test_the_digest_is_reproduced_by_integer_arithmetic(sample: PairSample) -> None:
    table = pa.concat_tables(pair_blocks(sample.arrays))
    digests = table["content_hash"].to_pylist()
    assert len(set(digests)) == len(digests)
    prints = dict(zip(sample.arrays.model_ids.to_pylist(), sample.arrays.fingerprint.tolist(), strict=True))
    assert digest_pairs(table, prints, step=97) == digests[::97]


def test_the_digest_changes_with_the_pair_only(sample: PairSample) -> None:
    before = build(sample.arrays).to_pandas()
    subject = str(sample.arrays.model_ids[40])
    models = sample.tables.models.copy()
    models.loc[models["model_id"] == subject, "context_tokens"] = 77_777
    after = build(make_sample(dataclasses.replace(sample.tables, models=models)).arrays).to_pandas()
    moved = before["content_hash"] != after["content_hash"]
    concerns = (before["model_a_id"] == subject) | (before["model_b_id"] == subject)
    assert moved.equals(concerns)


def test_a_rule_that_changes_a_row_changes_its_digest(sample: PairSample, monkeypatch: pytest.MonkeyPatch) -> None:
    before = build(sample.arrays).to_pandas()
    monkeypatch.setattr("llmpairs.transforms.pairs.friction.PRICE_INCREASE_RATIO", 3.0)
    after = build(sample.arrays).to_pandas()
    kinds = ["friction_kinds_a_to_b", "friction_kinds_b_to_a"]
    differs = (before[kinds] != after[kinds]).any(axis=1)
    assert differs.any()
    assert (before["content_hash"] != after["content_hash"]).equals(differs)


def test_the_age_of_a_fact_does_not_change_the_digest(sample: PairSample) -> None:
    models = sample.tables.models.assign(oldest_fact_at=pd.Timestamp("2026-05-19T21:00:00Z"))
    later = build(make_sample(dataclasses.replace(sample.tables, models=models)).arrays)
    assert later["content_hash"].equals(build(sample.arrays)["content_hash"])
    assert not later["oldest_fact_at"].equals(build(sample.arrays)["oldest_fact_at"])


def test_blocks_have_the_types_and_nulls_of_the_contract(sample: PairSample) -> None:
    table = pa.concat_tables(pair_blocks(sample.arrays))
    table.validate(full=True)
    assert table.schema.equals(BLOCK_SCHEMA)
    assert table.column_names == PAIRS.column_names
    for column in PAIRS.columns:
        assert column.nullable or not table[column.name].null_count, column.name


@pytest.mark.parametrize("live", [0, 1, 2, 3])
def test_few_models_make_few_pairs(live: int) -> None:
    tables = make_tables(4, seed=2)
    kept = tables.models[tables.models["is_text_generating"]].head(live)
    sample = make_sample(dataclasses.replace(tables, models=kept))
    blocks = list(pair_blocks(sample.arrays))
    assert sum(len(block) for block in blocks) == live * (live - 1) // 2


def test_empty_tables_give_pairs_of_unknown_values() -> None:
    tables = make_tables(4, seed=2)
    blank = dict.fromkeys(set(tables.models.columns) - NEVER_NULL)
    models = tables.models.assign(**blank, lifecycle="active")
    nothing = Tables(
        models=models,
        model_capabilities=tables.model_capabilities.iloc[:0],
        offers=tables.offers.iloc[:0],
        offer_capabilities=tables.offer_capabilities.iloc[:0],
        open_issues=pd.Series(dtype="int64"),
        benchmark_scores=tables.benchmark_scores.iloc[:0],
        model_quality=tables.model_quality.iloc[:0],
    )
    rows = decode_bit_sets(build(make_sample(nothing).arrays).to_pylist())
    assert len(rows) == 6
    for row in rows:
        unknown = ("release_gap_days", "same_license", "oldest_fact_at", *RATIOS)
        assert {row[name] for name in unknown} == {None}
        assert row["cost_state_seed_chat"] == "both_unknown"
        assert row["a_only_capabilities"] == row["both_capabilities"] == set()
        assert row["shared_benchmark_count"] == row["a_benchmark_wins"] == 0
        assert len(row["not_established_capabilities"]) == 17
        assert row["friction_kinds_a_to_b"] == {"provider_unknown"}
