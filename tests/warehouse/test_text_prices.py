"""`usd_per_mchar`: prices per million characters, from prices per million tokens and characters per token."""

from pathlib import Path

import pytest

from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.convert import to_arrow
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.releases import publish, stage_table, write_manifest
from llmpairs.warehouse.store import open_store
from tests.warehouse.samples import GPT, QWEN, RUN, frame, manifest_of, release_frames


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release in which one model has a known tokenizer, and one an unknown one."""
    folder = tmp_path_factory.mktemp("text_prices") / "data"
    rates = [
        {"tokenizer": name, "language": language, "chars_per_token_low": low, "chars_per_token_high": high}
        for name, language, low, high in (
            ("o200k", "de", 4.0, 4.0),
            ("o200k", "zh", 1.25, 1.25),
            ("unknown", "de", 3.0, 4.0),
            ("unknown", "zh", 0.8, 1.6),
        )
    ]
    offers = [
        {"offer_id": name, "model_id": model, "input_usd_per_mtok": 1.2, "output_usd_per_mtok": output}
        for name, model, output in (("a", GPT, 4.8), ("b", QWEN, None))
    ]
    known = [{"model_id": GPT, "tokenizer": "o200k"}, {"model_id": QWEN, "tokenizer": "unknown"}]
    frames = release_frames() | {
        "offers": frame("offers", *offers),
        "tokenizer_rates": frame("tokenizer_rates", *rates),
        "model_tokenizers": frame("model_tokenizers", *known),
    }
    store = open_store(folder)
    for table in RELEASE_TABLES:
        stage_table(store, RUN, table, to_arrow(frames[table.name], table))
    write_manifest(store, RUN, manifest_of(store, RUN))
    publish(store, RUN)
    return folder


def test_a_price_per_character_is_the_price_per_token_over_characters_in_a_token(warehouse: Path) -> None:
    rows = connect(warehouse).execute(
        """SELECT language, round(input_usd_per_mchar_low, 6), round(input_usd_per_mchar_high, 6),
             round(output_usd_per_mchar_low, 6), round(output_usd_per_mchar_high, 6)
           FROM usd_per_mchar WHERE offer_id = 'a' ORDER BY language"""
    )
    assert rows.fetchall() == [("de", 0.3, 0.3, 1.2, 1.2), ("zh", 0.96, 0.96, 3.84, 3.84)]


def test_an_unknown_tokenizer_gives_bounds_and_an_unknown_price_none(warehouse: Path) -> None:
    """The most characters in a token give the lowest price."""
    rows = connect(warehouse).execute(
        """SELECT tokenizer, language, round(input_usd_per_mchar_low, 6), round(input_usd_per_mchar_high, 6),
             output_usd_per_mchar_low, output_usd_per_mchar_high
           FROM usd_per_mchar WHERE offer_id = 'b' ORDER BY language"""
    )
    assert rows.fetchall() == [("unknown", "de", 0.3, 0.4, None, None), ("unknown", "zh", 0.75, 1.5, None, None)]
