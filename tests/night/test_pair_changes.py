"""Two nights: the pairs that differ are named, all of them and no others, each with a cause."""

from datetime import timedelta
from pathlib import Path

import warehouse
from tests.night.conftest import FIRST_NIGHT, RunNight, write_warc
from tests.night.test_bad_nights import EARLIER, LATER, odd_bodies

GPT = "openai/gpt-oss-120b"


def test_exactly_the_pairs_whose_content_differs_are_named(tmp_path: Path, run: RunNight) -> None:
    usual = odd_bodies('"input": 0.15, "output": 0.6')
    dearer = odd_bodies('"input": 0.16, "output": 0.6')
    first = run(tmp_path / "w", write_warc(tmp_path / "one.warc.gz", usual, EARLIER), as_of=FIRST_NIGHT)
    second = run(
        tmp_path / "w",
        write_warc(tmp_path / "two.warc.gz", dearer, LATER),
        as_of=FIRST_NIGHT + timedelta(days=1),
    )
    assert (first.error, second.error) == (None, None)
    with warehouse.connect(tmp_path / "w", first.run_id) as con:
        before = dict(con.execute("SELECT (model_a_id, model_b_id), content_hash FROM pairs").fetchall())
        assert con.execute("SELECT count(*) FROM pair_changes").fetchall() == [(0,)]
    with warehouse.connect(tmp_path / "w", second.run_id) as con:
        after = dict(con.execute("SELECT (model_a_id, model_b_id), content_hash FROM pairs").fetchall())
        named = con.execute(
            "SELECT (model_a_id, model_b_id), kind, block_names(blocks), cause_names(causes) FROM pair_changes"
        ).fetchall()
    assert {row[0] for row in named} == {
        pair for pair in before.keys() | after.keys() if before.get(pair) != after.get(pair)
    }
    assert {GPT in pair for pair, *_ in named} == {True}
    assert {(kind, tuple(causes)) for _, kind, _, causes in named} == {("changed", ("source",))}
    assert {block for _, _, blocks, _ in named for block in blocks} == {"routes", "costs"}
