"""Keys of tables of scores among the keys of catalogues."""

from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.identity.source_keys import collect_keys
from llmpairs.transforms.normalise.claims import Standing
from llmpairs.transforms.normalise.providers import load_providers
from llmpairs.warehouse.contracts.landed import LANDED_SCORES
from llmpairs.warehouse.convert import empty_frame
from tests.transforms.frames import AS_OF, landed, standing


def with_benchmark() -> Standing:
    known = standing()
    row = DataFrame(
        [("arena", "benchmark", "arena", None, pd.Timedelta(days=180))], columns=known.sources.columns
    )
    return Standing(
        sources=pd.concat([known.sources, row.astype({"first_party_of": "str"})], ignore_index=True),
        lineages=known.lineages,
        bases=known.bases,
        ranks=known.ranks,
    )


def collect(models: list[dict[str, Any]], scores: list[dict[str, Any]]) -> DataFrame:
    frame = DataFrame([{"row_id": n, "captured_at": AS_OF, **each} for n, each in enumerate(scores)])
    frame = frame.reindex(columns=LANDED_SCORES.column_names)
    kinds = {n: k for n, k in empty_frame(LANDED_SCORES).dtypes.items() if "datetime" not in str(k)}
    said = landed("models", models).assign(provider_id="-", lineage="x")
    routes = DataFrame(columns=["source_id", "provider_id", "model_key", "lineage"], dtype="str")
    return collect_keys(said, routes, frame.astype(kinds), with_benchmark(), load_providers())


def test_a_name_of_a_score_is_a_key_that_only_joins_and_is_read_without_its_setting() -> None:
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
