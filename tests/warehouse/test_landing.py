import gzip
import json
from dataclasses import fields
from typing import Any

import pandas as pd
import pytest

from llmpairs.spiders.items import ModelClaim, OfferClaim, PriceQuote, Provenance, ScoreClaim, to_record
from llmpairs.warehouse.contracts.landed import LANDED_MODELS, LANDED_OFFERS, LANDED_PRICES, LANDED_SCORES
from llmpairs.warehouse.convert import empty_frame, to_arrow
from llmpairs.warehouse.errors import LandingError, StoreError
from llmpairs.warehouse.landing import Landed, load_landing, read_landing
from llmpairs.warehouse.store import Store
from tests.warehouse.samples import RUN

FULL_MODEL = ModelClaim(
    provider_key=None,
    model_key="openai/gpt-oss-120b",
    locator="/data/0",
    context_tokens=131_072,
    open_weights=True,
    input_modalities=("text",),
    output_modalities=(),
    capabilities=(("function_calling", True), ("vision", False)),
)
QUOTES = (
    PriceQuote(use="input", amount="0.000000039", currency="USD", per=1, unit="token"),
    PriceQuote(use="input", amount="0.06", currency="USD", per=1_000_000, unit="token", min_prompt_tokens=100_000),
)
OFFER = OfferClaim(
    provider_key="groq",
    model_key="openai/gpt-oss-120b",
    locator="/endpoints/1",
    prices=QUOTES,
    is_free=False,
    uptime_percent=99,
    capabilities=(("tool_choice", True),),
)
SCORE = ScoreClaim(
    model_key="gpt-oss-120b", locator="row 3", benchmark="Aider", metric="pass@2", value="41.8", unit="percent"
)


def provenance(source: str) -> Provenance:
    return Provenance(
        source_id=source,
        url=f"https://{source}.test/models",
        capture_id=f"{source}-models",
        captured_at="2026-06-08T20:00:00Z",
        late=False,
    )


def line(item: ModelClaim | OfferClaim | ScoreClaim, source: str) -> bytes:
    return json.dumps(to_record(item, provenance(source))).encode()


def offer(key: str, amount: str = "1") -> OfferClaim:
    quote = PriceQuote(use="input", amount=amount, currency="USD", per=1_000_000, unit="token")
    return OfferClaim(provider_key="p", model_key=key, locator="/", prices=(quote,), capabilities=(("vision", True),))


def test_landed_columns_are_the_fields_of_the_items() -> None:
    made_here = {"row_id", "quote"}
    for table, classes in (
        (LANDED_MODELS, (Provenance, ModelClaim)),
        (LANDED_OFFERS, (Provenance, OfferClaim)),
        (LANDED_SCORES, (Provenance, ScoreClaim)),
        (LANDED_PRICES, (PriceQuote,)),
    ):
        names = {field.name for item in classes for field in fields(item)} - {"capabilities", "prices"}
        assert set(table.column_names) - made_here == names, table.name


def test_items_of_the_spiders_become_rows() -> None:
    files = {
        "b.jsonl.gz": [line(OFFER, "openrouter"), line(FULL_MODEL, "openrouter")],
        "a.jsonl.gz": [line(SCORE, "aider")],
    }
    landed = read_landing(files)
    assert len(landed) == 3
    model = landed.models.iloc[0]
    assert (model["source_id"], model["model_key"], model["context_tokens"]) == (
        "openrouter",
        "openai/gpt-oss-120b",
        131_072,
    )
    assert model["input_modalities"] == ["text"]
    assert model["output_modalities"] == []
    assert model["languages"] is None
    assert pd.isna(model["provider_key"])
    assert model["captured_at"] == pd.Timestamp("2026-06-08T20:00:00Z")
    assert landed.offers["route_tag"].tolist() == ["-"]
    assert landed.offers["uptime_percent"].tolist() == [99.0]
    assert landed.offers["is_free"].tolist() == [False]
    assert landed.prices[["row_id", "quote", "amount", "min_prompt_tokens"]].to_numpy().tolist() == [
        [0, 0, "0.000000039", 0],
        [0, 1, "0.06", 100_000],
    ]
    assert landed.capabilities.to_numpy().tolist() == [
        ["model", 0, "function_calling", True],
        ["model", 0, "vision", False],
        ["offer", 0, "tool_choice", True],
    ]
    assert landed.scores["value"].tolist() == ["41.8"]


def test_every_frame_keeps_its_contract_even_when_nothing_landed() -> None:
    for landed in (read_landing({}), read_landing({"x": [line(OFFER, "s"), line(FULL_MODEL, "s"), line(SCORE, "s")]})):
        for field in fields(Landed):
            frame = getattr(landed, field.name)
            assert frame.dtypes.equals(empty_frame(f"landed_{field.name}").dtypes), field.name
            to_arrow(frame, f"landed_{field.name}")


def test_rows_are_numbered_by_source_and_line() -> None:
    files = {
        "2": [line(offer("b2"), "beta"), line(offer("b1"), "beta")],
        "1": [line(offer("c"), "gamma")],
        "3": [line(offer("a"), "alpha")],
    }
    landed = read_landing(files)
    assert landed.offers["model_key"].tolist() == ["a", "b2", "b1", "c"]
    assert landed.offers["row_id"].tolist() == [0, 1, 2, 3]
    pd.testing.assert_frame_equal(landed.offers, read_landing(dict(reversed(files.items()))).offers)


def changed(**change: Any) -> bytes:
    record = json.loads(line(OFFER, "s"))
    for name, value in change.items():
        record.pop(name) if value is ... else record.update({name: value})
    return json.dumps(record).encode()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (changed(kind="price"), "kind is 'price'"),
        (changed(colour="blue"), "unknown field 'colour'"),
        (changed(quant="fp8"), "unknown field 'quant'"),
        (changed(model_key=...), "field model_key is missing"),
        (changed(model_key=None), "field model_key is 'None'"),
        (changed(context_tokens="131072"), r"field context_tokens is '131072' \(str\), expected a whole number"),
        (changed(context_tokens=1.5), "expected a whole number"),
        (changed(context_tokens=True), "expected a whole number"),
        (changed(is_free=0), "field is_free is '0'"),
        (changed(route_kind="sideways"), "expected one of direct, via_aggregator, aggregate"),
        (changed(captured_at="2026-06-08T20:00:00"), "a UTC time that ends in Z"),
        (changed(captured_at="noon Z"), "a UTC time that ends in Z"),
        (changed(input_modalities="text"), "expected a list of strings"),
        (changed(capabilities=[["vision", "yes"]]), r"expected a list of \[name, true or false\]"),
        (changed(capabilities=[["vision", True], ["vision", False]]), "states one capability twice"),
        (changed(prices=[{"use": "input", "amount": "1"}]), "currency, min_prompt_tokens, per, unit is missing"),
        (changed(prices=[{**json.loads(line(OFFER, "s"))["prices"][0], "amount": 1.5}]), "field amount"),
        (changed(prices=[{**json.loads(line(OFFER, "s"))["prices"][0], "note": "x"}]), "unknown field 'note'"),
    ],
)
def test_a_line_that_breaks_the_contract_is_named(bad: bytes, message: str) -> None:
    with pytest.raises(LandingError, match=rf"^s\.jsonl\.gz, line 2: .*{message}"):
        read_landing({"s.jsonl.gz": [line(OFFER, "s"), bad]})


def test_each_source_is_read_from_the_run_whose_landing_is_used(store: Store) -> None:
    for source, run_id in (("openrouter", RUN), ("aider", "20260607T235900Z"), ("aider", RUN)):
        lines = line(OFFER, source) + b"\n" + line(SCORE, source) + b"\n"
        store.write_bytes(f"landing/{run_id}/{source}.jsonl.gz", gzip.compress(lines))
    assert load_landing(store, {"openrouter": RUN}).offers["source_id"].tolist() == ["openrouter"]
    assert len(load_landing(store, {"openrouter": RUN, "aider": "20260607T235900Z"})) == 4


def test_damaged_and_missing_landings_are_named(local: Store) -> None:
    local.write_bytes(f"landing/{RUN}/s.jsonl.gz", gzip.compress(line(OFFER, "s") * 50)[:-9])
    with pytest.raises(LandingError, match=r"s\.jsonl\.gz is damaged"):
        load_landing(local, {"s": RUN})
    with pytest.raises(StoreError, match="not found"):
        load_landing(local, {"t": RUN})
