from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.coverage import find_gaps, list_naming_sources, make_gaps
from llmpairs.warehouse.contracts.quality import COVERAGE_GAPS
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.vocabulary import CAPABILITIES
from tests.transforms.frames import AS_OF, run_context

GPT = "openai/gpt-oss-120b"
NO_NAMING_SOURCES = list_naming_sources(
    DataFrame(columns=["subject_kind", "subject_id", "source_id"], dtype="str"),
    DataFrame(columns=["offer_id", "model_id", "source_id"], dtype="str"),
)


def rows(table: str, *given: dict[str, Any]) -> DataFrame:
    typed = empty_frame(table)
    moments = {name: kind for name, kind in typed.dtypes.items() if "datetime" in str(kind)}
    return DataFrame(list(given)).reindex(columns=typed.columns).astype(moments)


def model(**change: Any) -> dict[str, Any]:
    known = {
        "model_id": GPT, "is_live": True, "is_text_generating": True, "offer_count": 3, "identity_basis": "anchored",
        "context_tokens": 131_072, "max_output_tokens": 32_768, "released_date": pd.Timestamp("2025-08-05"),
        "knowledge_cutoff_date": pd.Timestamp("2024-06-01"), "license_spdx": "Apache-2.0", "parameters_total": 1,
        "architecture": "moe", "input_modalities": ["text"], "is_open_weights": True,
    }  # fmt: skip
    return known | change


def offer(**change: Any) -> dict[str, Any]:
    known = {
        "offer_id": "groq", "model_id": GPT, "eligible": True, "offer_status": "active", "service_tier": "standard",
        "price_missing_reason": None, "ineligible_reason": None,
    }  # fmt: skip
    return known | change


def gaps(
    models: list[dict[str, Any]],
    offers: list[dict[str, Any]],
    unknown: tuple[str, ...] = (),
    sources: tuple[dict[str, Any], ...] = (),
    previous: DataFrame | None = None,
) -> DataFrame:
    stated = [
        {"model_id": row["model_id"], "capability": name, "state": "unknown" if name in unknown else "yes", "rule": "x"}
        for row in models
        for name in CAPABILITIES
    ]
    tables = {
        "models": rows("models", *models),
        "offers": rows("offers", *offers).astype({"price_missing_reason": "str", "ineligible_reason": "str"}),
        "model_capabilities": rows("model_capabilities", *stated),
        "disagreements": empty_frame("disagreements"),
    }
    context = run_context(
        None if previous is None else {"coverage_gaps": previous},
        source_health=rows("sources", *sources) if sources else empty_frame("sources"),
    )
    no_score_gaps = make_gaps("source", pd.Series(dtype="str"), None, "benchmark_scores")
    return find_gaps(tables, NO_NAMING_SOURCES, no_score_gaps, context)


def fields(found: DataFrame) -> set[tuple[str, str, str]]:
    return set(zip(found["subject_kind"], found["field"], found["state"], strict=True))


def test_a_model_that_lacks_nothing_has_no_gap() -> None:
    assert gaps([model()], [offer()]).empty


def test_each_missing_field_is_a_gap_with_an_owner_and_an_action() -> None:
    found = gaps([model(license_spdx=None, context_tokens=None)], [offer()], unknown=("reasoning", "web_search"))
    assert fields(found) == {
        ("model", "license_spdx", "missing"),
        ("model", "context_tokens", "missing"),
        ("model", "capability:reasoning", "missing"),
    }
    assert found[["severity", "best_source", "action", "owner"]].notna().all().all()
    assert sorted(COVERAGE_GAPS.column_names) == sorted(found.columns)


def test_a_missing_price_is_a_gap_of_its_offer_and_of_a_model_without_any() -> None:
    unpriced = {"eligible": False, "price_missing_reason": "zero_of_unknown_kind", "ineligible_reason": "price_missing"}
    found = gaps([model()], [offer(), offer(offer_id="siliconflow", **unpriced)])
    assert fields(found) == {("offer", "offer_price", "missing")}
    alone = gaps([model()], [offer(**unpriced)])
    assert fields(alone) == {("offer", "offer_price", "missing"), ("model", "price", "missing")}
    assert "zero_of_unknown_kind" in set(alone["detail"])


def test_held_expired_and_missing_prices_have_different_states() -> None:
    held = offer(eligible=False, price_missing_reason="held", ineligible_reason="price_missing")
    assert ("offer", "offer_price", "held") in fields(gaps([model()], [held]))
    expired = offer(eligible=False, ineligible_reason="expired")
    assert ("model", "price", "stale") in fields(gaps([model()], [expired]))


def test_models_without_pairs_have_no_gaps() -> None:
    assert gaps([model(is_live=False, license_spdx=None)], [offer()]).empty


def test_a_popular_model_without_a_price_ranks_above_a_rare_one() -> None:
    popular = model(offer_count=80)
    rare = model(model_id="x/rare", offer_count=1)
    unpriced = {"eligible": False, "price_missing_reason": "not_listed"}
    found = gaps([popular, rare], [offer(**unpriced), offer(offer_id="o2", model_id="x/rare", **unpriced)])
    ranked = found[found["field"] == "price"].sort_values("rank_score", ascending=False)
    assert list(ranked["subject_id"]) == [GPT, "x/rare"]


def test_a_source_that_failed_is_a_gap_and_one_without_its_key_is_none() -> None:
    sources = (
        {"source_id": "litellm", "state": "layout_changed", "cause": "/data is gone"},
        {"source_id": "xai", "state": "not_configured", "cause": "XAI_API_KEY is not set"},
    )
    found = gaps([model()], [offer()], sources=sources)
    assert fields(found) == {("source", "all", "missing")}
    assert found.loc[0, "detail"].startswith("layout_changed: /data is gone")


def test_a_gap_keeps_its_id_and_its_age_until_it_is_closed() -> None:
    first = gaps([model(license_spdx=None)], [offer()])
    older = first.assign(since=AS_OF - pd.Timedelta(days=3))
    again = gaps([model(license_spdx=None)], [offer()], previous=older)
    assert list(again["gap_id"]) == list(first["gap_id"])
    assert list(again["since"]) == [AS_OF - pd.Timedelta(days=3)]
