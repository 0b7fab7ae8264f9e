"""Collected keys: benchmark keys among the keys of catalogues."""

from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.identity.source_keys import collect_source_keys
from llmpairs.transforms.normalise.providers import load_provider_reference
from llmpairs.transforms.normalise.source_metadata import SourceMetadata
from llmpairs.warehouse.contracts.landed import LANDED_SCORES
from llmpairs.warehouse.convert import empty_frame
from tests.transforms.frames import AS_OF, landed, source_metadata


def with_benchmark() -> SourceMetadata:
    known = source_metadata()
    row = DataFrame([("arena", "benchmark", "arena", None, pd.Timedelta(days=180))], columns=known.sources.columns)
    return SourceMetadata(
        sources=pd.concat([known.sources, row.astype({"first_party_of": "str"})], ignore_index=True),
        lineages=known.lineages,
        bases=known.bases,
        priorities=known.priorities,
    )


def collect(models: list[dict[str, Any]], scores: list[dict[str, Any]]) -> DataFrame:
    frame = DataFrame([{"row_id": n, "captured_at": AS_OF, **each} for n, each in enumerate(scores)])
    frame = frame.reindex(columns=LANDED_SCORES.column_names)
    kinds = {n: k for n, k in empty_frame(LANDED_SCORES).dtypes.items() if "datetime" not in str(k)}
    models_with_provider = landed("models", models).assign(provider_id="-", lineage="x")
    offers = DataFrame(columns=["source_id", "provider_id", "model_key", "lineage", "capture_id"], dtype="str")
    return collect_source_keys(
        models_with_provider, offers, frame.astype(kinds), with_benchmark(), load_provider_reference()
    ).keys


def test_a_benchmark_key_only_joins_and_is_parsed_without_its_setting() -> None:
    scores = [{"source_id": "arena", "model_key": "m-high", "model_name": "m"}] * 3
    (key,) = (
        collect([{"source_id": "models_dev", "model_key": "m"}], scores)
        .query("source_id == 'arena'")
        .to_dict("records")
    )
    assert (key["provider_id"], key["provider_model_key"], key["read_as"]) == ("-", "m-high", "m")
    assert key["joins_only"]
    assert key["lineage"] == "arena"


def test_a_card_with_results_stays_evidence_of_its_model() -> None:
    card = {"source_id": "huggingface_cards", "model_key": "lab/m"}
    (key,) = collect([card | {"hugging_face_id": "lab/m"}], [card]).to_dict("records")
    assert not key["joins_only"]
    assert key["hugging_face_id"] == "lab/m"
