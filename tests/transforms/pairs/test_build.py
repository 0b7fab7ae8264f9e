import dataclasses
import struct
from collections.abc import Iterable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bench.self_join import join_by_sql
from bench.synthetic_pairs import Tables, make_tables
from llmpairs.transforms.pairs.build import BLOCK_SCHEMA, pair_block, pair_blocks
from llmpairs.transforms.pairs.fingerprint import seed_of
from llmpairs.transforms.pairs.model_arrays import Sides
from llmpairs.transforms.pairs.ranges import all_pairs
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.convert import conform
from llmpairs.warehouse.views import pairs_of_macros
from llmpairs.warehouse.vocabulary import LEADS, OVERALL_VERDICTS, SCENARIOS, VERDICTS
from tests.transforms.pairs.check_rows import check_rows, spell_sets
from tests.transforms.pairs.conftest import Night, make_night

RATIOS = ["context_ratio", "list_price_ratio", *(f"cost_ratio_{name}" for name in SCENARIOS)]

NEVER_NULL = {
    *("model_id", "developer_id", "is_text_generating", "is_live", "lifecycle"),
    *("identity_basis", "completeness"),
}
NOT_HASHED = {"model_a_id", "model_b_id", "oldest_fact_at", "content_hash"}


def build(sides: Sides) -> pa.Table:
    return whole(pair_blocks(sides))


def whole(blocks: Iterable[pa.Table]) -> pa.Table:
    return conform(pa.concat_tables(blocks), PAIRS).combine_chunks()


def test_every_row_is_what_the_definitions_say(night: Night) -> None:
    rows = spell_sets(build(night.sides).to_pylist())
    tables = night.tables.compared(night.model_costs)
    assert len(rows) == len(night.sides) * (len(night.sides) - 1) // 2 > 5_000
    check_rows(rows, tables, night.tables.open_issues)
    seen: dict[str, set[Any]] = {name: set() for name in PAIRS.column_names}
    for row in rows:
        for name, found in seen.items():
            found |= row[name] if isinstance(row[name], set) else {row[name]}
    # The sample means nothing unless it holds every case.
    assert seen["relation"] >= {"snapshot", "base", "derivative", "sibling", "none"}
    assert len(seen["noindex_reason"]) == 6
    assert len(seen["friction_kinds_a_to_b"]) == 11
    assert len(seen["cost_state_seed_chat"]) == 4
    assert seen["same_license"] == {True, False, None}
    assert len(seen["shared_benchmark_count"]) > 5
    assert {row["a_benchmark_wins"] > row["b_benchmark_wins"] for row in rows} == {True, False}
    verdicts = {row[f"verdict_{name}"] for row in rows for name in SCENARIOS}
    assert verdicts >= {*VERDICTS} - {"tie"}
    assert {row[f"lead_{name}"] for row in rows for name in SCENARIOS} == set(LEADS)
    assert seen["overall_verdict"] == set(OVERALL_VERDICTS)
    assert seen["reason_seed_chat"] >= {"gate", "coverage", "score", "interval_open", "not_robust"}


def test_a_self_join_in_sql_makes_the_same_table(night: Night) -> None:
    ours = build(night.sides).to_pandas().drop(columns="content_hash")
    theirs = join_by_sql(night.sides).to_pandas().drop(columns="content_hash")
    for name in ours.columns:
        one, other = ours[name].astype("object"), theirs[name].astype("object")
        if name == "oldest_fact_at":
            other = pd.to_datetime(theirs[name], utc=True).astype("object")
        if name == "robust_seed_chat":
            # SQL has no normal distribution; the polynomial that stands for it there is good to 7.5e-8.
            np.testing.assert_allclose(one.astype(float), other.astype(float), atol=3e-7)
            continue
        differs = ~((one == other) | (one.isna() & other.isna()))
        assert not differs.any(), f"{name}: {differs.sum()} rows, first {one[differs].iloc[0]!r}"


def test_pairs_are_sorted_bytewise_and_complete(night: Night) -> None:
    table = build(night.sides)
    keys = list(zip(table["model_a_id"].to_pylist(), table["model_b_id"].to_pylist(), strict=True))
    assert keys == sorted(set(keys), key=lambda key: (key[0].encode(), key[1].encode()))
    assert all(a.encode() < b.encode() for a, b in keys)
    live = night.tables.models.query("is_text_generating and is_live")["model_id"]
    assert {name for key in keys for name in key} == set(live)


@pytest.mark.parametrize("rows_per_block", [1, 7, 500, 5_995, 1 << 20])
def test_the_cut_into_blocks_changes_nothing(night: Night, rows_per_block: int) -> None:
    expected = build(night.sides)
    blocks = list(pair_blocks(night.sides, rows_per_block))
    assert all(len(block) <= max(rows_per_block, len(night.sides) - 1) for block in blocks)
    assert whole(blocks).equals(expected)
    assert (len(blocks) == 1) == (rows_per_block >= len(expected))


def test_blocks_are_built_one_ahead_and_no_further(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    monkeypatch.setattr("llmpairs.transforms.pairs.build.pair_block", lambda _, pairs: built.append(pairs))
    blocks = pair_blocks(night.sides, 100)
    for taken in range(1, 5):
        next(blocks)
        assert len(built) <= taken + 1
    blocks.close()


def test_rows_that_pass_the_cached_size_change_nothing(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = build(night.sides)
    monkeypatch.setattr("llmpairs.transforms.pairs.build.CACHED_ROWS", 100)
    assert build(night.sides).equals(expected)


def test_a_range_may_be_built_alone(night: Night) -> None:
    ranges = list(all_pairs(len(night.sides)).cut(1_000))
    backwards = {pairs.first: pair_block(night.sides, pairs) for pairs in reversed(ranges)}
    assert whole(backwards[pairs.first] for pairs in ranges).equals(build(night.sides))


def test_swapping_the_sides_mirrors_every_column(night: Night) -> None:
    """Ids renamed so that their order turns round: each row comes back as `pairs_of` turns it."""
    ids = sorted(night.tables.models["model_id"])
    renamed = {name: f"m/{len(ids) - place:04d}" for place, name in enumerate(ids)}
    there = turn_round(build(night.sides), night.sides.model_ids.to_pylist()).to_pandas()
    back = build(make_night(rename_models(night.tables, renamed)).sides).to_pandas()
    for name in PAIRS.key:
        there[name] = there[name].map(renamed)
    there = there.sort_values(list(PAIRS.key), ignore_index=True)
    assert len(there) == len(back) > 5_000
    for column in PAIRS.columns:
        one, other = there[column.name], back[column.name]
        if column.mirror == "inverted":
            np.testing.assert_allclose(one, other, rtol=1e-6, err_msg=column.name)
        elif column.name != "content_hash":
            differs = ~((one.astype("object") == other.astype("object")) | (one.isna() & other.isna()))
            assert not differs.any(), f"{column.name}: {differs.sum()} rows, first {one[differs].iloc[0]!r}"


def turn_round(table: pa.Table, ids: list[str]) -> pa.Table:
    """Every row seen from its B side."""
    con = duckdb.connect()
    con.register("pairs", table)
    con.execute(pairs_of_macros())
    parts = [f"SELECT * FROM pairs_of('{name}') WHERE model_b_id < '{name}'" for name in ids]
    return con.sql(" UNION ALL ".join(parts)).to_arrow_table()


def rename_models(tables: Tables, names: dict[str, str]) -> Tables:
    frames: dict[str, Any] = {}
    for name in ("models", "model_capabilities", "offers", "benchmark_scores"):
        frame = getattr(tables, name).copy()
        for column in {"model_id", "base_model_id"} & set(frame.columns):
            frame[column] = frame[column].map(names)
        frames[name] = frame
    frames["open_issues"] = tables.open_issues.rename(index=names)
    return dataclasses.replace(tables, **frames)


def test_row_order_of_the_tables_changes_nothing(night: Night) -> None:
    shuffled = {
        field.name: getattr(night.tables, field.name).sample(frac=1, random_state=3)
        for field in dataclasses.fields(night.tables)
    }
    assert build(make_night(Tables(**shuffled)).sides).equals(build(night.sides))


def test_the_digest_follows_from_the_row_by_integer_arithmetic(night: Night) -> None:
    table = pa.concat_tables(pair_blocks(night.sides))
    digests = table["content_hash"].to_pylist()
    assert len(set(digests)) == len(digests)
    hashed = [name for name in table.column_names if name not in NOT_HASHED]
    raw = {name: raw_bits(table[name].combine_chunks()) for name in hashed}
    prints = dict(zip(night.sides.model_ids.to_pylist(), night.sides.fingerprint.tolist(), strict=True))
    for row in range(0, len(digests), 97):
        a, b = (prints[table[name][row].as_py()] for name in ("model_a_id", "model_b_id"))
        total = mix(a ^ int(seed_of("a"))) + mix(b ^ int(seed_of("b")))
        for name in hashed:
            bits = raw[name][row]
            total += int(seed_of(f"{name} is null")) if bits is None else bits * int(seed_of(name))
        assert mix(total % 2**64) == digests[row] % 2**64


def raw_bits(column: pa.Array) -> list[int | None]:
    """Values as unsigned integers, enumerations as their positions."""
    values = column.indices if pa.types.is_dictionary(column.type) else column
    is_float = pa.types.is_floating(values.type)
    return [
        value
        if value is None
        else int.from_bytes(struct.pack("<f", value), "little")
        if is_float
        else value % 2**32
        for value in values.to_pylist()
    ]


def mix(word: int) -> int:
    """SplitMix64's finaliser, in whole numbers."""
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ word >> 27) * 0x94D049BB133111EB % 2**64
    return word ^ word >> 31


def test_the_digest_moves_with_the_pair_and_with_nothing_else(night: Night) -> None:
    before = build(night.sides).to_pandas()
    subject = str(night.sides.model_ids[40])
    models = night.tables.models.copy()
    models.loc[models["model_id"] == subject, "context_tokens"] = 77_777
    after = build(make_night(dataclasses.replace(night.tables, models=models)).sides).to_pandas()
    moved = before["content_hash"] != after["content_hash"]
    concerns = (before["model_a_id"] == subject) | (before["model_b_id"] == subject)
    assert moved.equals(concerns)


def test_a_rule_that_changes_a_row_moves_its_digest(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    before = build(night.sides).to_pandas()
    monkeypatch.setattr("llmpairs.transforms.pairs.friction.PRICE_INCREASE", 3.0)
    after = build(night.sides).to_pandas()
    kinds = ["friction_kinds_a_to_b", "friction_kinds_b_to_a"]
    differs = (before[kinds] != after[kinds]).any(axis=1)
    assert differs.any()
    assert (before["content_hash"] != after["content_hash"]).equals(differs)


def test_the_age_of_a_fact_is_no_change(night: Night) -> None:
    models = night.tables.models.assign(oldest_fact_at=pd.Timestamp("2026-05-19T21:00:00Z"))
    later = build(make_night(dataclasses.replace(night.tables, models=models)).sides)
    assert later["content_hash"].equals(build(night.sides)["content_hash"])
    assert not later["oldest_fact_at"].equals(build(night.sides)["oldest_fact_at"])


def test_blocks_have_the_types_and_nulls_of_the_contract(night: Night) -> None:
    table = pa.concat_tables(pair_blocks(night.sides))
    table.validate(full=True)
    assert table.schema.equals(BLOCK_SCHEMA)
    assert table.column_names == PAIRS.column_names
    for column in PAIRS.columns:
        assert column.nullable or not table[column.name].null_count, column.name


@pytest.mark.parametrize("live", [0, 1, 2, 3])
def test_few_models_make_few_pairs(live: int) -> None:
    tables = make_tables(4, seed=2)
    kept = tables.models[tables.models["is_text_generating"]].head(live)
    night = make_night(dataclasses.replace(tables, models=kept))
    blocks = list(pair_blocks(night.sides))
    assert sum(len(block) for block in blocks) == live * (live - 1) // 2


def test_tables_that_know_nothing_make_pairs_of_unknowns() -> None:
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
    )
    rows = spell_sets(build(make_night(nothing).sides).to_pylist())
    assert len(rows) == 6
    for row in rows:
        unknown = ("release_gap_days", "same_license", "oldest_fact_at", *RATIOS)
        assert {row[name] for name in unknown} == {None}
        assert row["cost_state_seed_chat"] == "both_unknown"
        assert row["a_only_capabilities"] == row["both_capabilities"] == set()
        assert row["shared_benchmark_count"] == row["a_benchmark_wins"] == 0
        assert len(row["not_established_capabilities"]) == 17
        assert row["friction_kinds_a_to_b"] == {"provider_unknown"}
