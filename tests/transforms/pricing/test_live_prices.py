"""A direct offer is cross-checked with the same provider's live endpoint; the prices are those of 18 May 2026."""

from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.pricing.candidates import check_candidates
from llmpairs.transforms.pricing.facts import claim_prices
from llmpairs.transforms.pricing.live_prices import add_live_prices
from llmpairs.transforms.pricing.price_holds import publish_prices
from llmpairs.warehouse.convert import empty_frame
from tests.transforms.frames import AS_OF, run_context
from tests.transforms.pricing.price_runs import NONE, NOTHING_DECIDED, candidates, price

GPT_OSS, NEXT_RUN = "openai/gpt-oss-120b", AS_OF + pd.Timedelta(days=1)
DIRECT = "deepinfra/deepinfra/openai%2Fgpt-oss-120b/-/standard"
OLD_PAGE = {"source_id": "deepinfra", "lineage": "deepinfra", "authority": 0}


def direct(input_: float, output: float, **more: Any) -> dict[str, Any]:
    """A catalogue's copy of DeepInfra's own offer."""
    row = {"offer_id": DIRECT, "provider_id": "deepinfra", "model_key": GPT_OSS, "model_id": GPT_OSS}
    return price(input_, output, **(row | more))


def endpoint(input_: float, output: float, **more: Any) -> dict[str, Any]:
    """DeepInfra's endpoint at OpenRouter."""
    row = {
        "offer_id": "openrouter/deepinfra/openai%2Fgpt-oss-120b/deepinfra%2Fbf16/standard", "provider_id": "openrouter",
        "operator_id": "deepinfra", "model_key": GPT_OSS, "model_id": GPT_OSS, "route_kind": "via_aggregator",
        "route_tag": "deepinfra/bf16", "quantization": "bf16", "discount": "0", "source_id": "openrouter_endpoints",
        "lineage": "openrouter", "authority": 0, "locator": "/data/endpoints/3",
    }  # fmt: skip
    return price(input_, output, **(row | more))


def publish(*rows: dict[str, Any], history: DataFrame | None = None) -> DataFrame:
    """Published prices by offer_id."""
    context = run_context({} if history is None else {"price_history": history})
    checked = add_live_prices(check_candidates(candidates(*rows), [GPT_OSS]), context)
    return publish_prices(checked, NOTHING_DECIDED, context).prices.set_index("offer_id")


def count_lent(*rows: dict[str, Any]) -> int:
    """Endpoint prices that direct offers take."""
    checked = check_candidates(candidates(*rows), [GPT_OSS])
    return len(add_live_prices(checked, run_context())) - len(checked)


def published(*rows: dict[str, Any], offer_id: str = DIRECT) -> tuple[float, float, str]:
    row = publish(*rows).loc[offer_id]
    return row["input_usd_per_mtok"], row["output_usd_per_mtok"], row["source_id"]


def test_a_live_endpoint_of_the_provider_replaces_a_contradicting_copy() -> None:
    rows = [direct(0.05, 0.24), direct(0.05, 0.45, source_id="litellm", authority=4), endpoint(0.039, 0.19)]
    assert published(*rows) == (0.039, 0.19, "openrouter_endpoints")
    assert publish(*rows).loc[rows[2]["offer_id"], "input_usd_per_mtok"] == 0.039, "the endpoint stays an offer"


def test_an_endpoint_that_agrees_changes_nothing() -> None:
    assert published(direct(0.039, 0.19), endpoint(0.039, 0.19)) == (0.039, 0.19, "models_dev")


@pytest.mark.parametrize(
    ("age", "source"), [(31, "openrouter_endpoints"), (1, "openrouter_endpoints"), (0, "deepinfra")]
)
def test_newer_first_hand_evidence_replaces_the_providers_own_page(age: int, source: str) -> None:
    """DeepInfra's list of 17 April has minimax-m2.5 at 0.27/0.95, its endpoint of 18 May has 0.15/1.15."""
    page = direct(0.27, 0.95, captured_at=AS_OF - pd.Timedelta(days=age), **OLD_PAGE)
    assert published(page, direct(0.27, 0.95), endpoint(0.15, 1.15))[2] == source


def test_a_price_that_the_aggregator_had_before_the_page_was_read_is_no_newer_evidence() -> None:
    """The page is read weekly, the endpoint daily: without a change at either, the page stays."""
    page = direct(0.27, 0.95, captured_at=AS_OF - pd.Timedelta(days=5), **OLD_PAGE)
    live = endpoint(0.15, 1.15)
    spans = [
        {"offer_id": live["offer_id"], "field": field, "usd_per_mtok": live[field],
         "valid_from": AS_OF - pd.Timedelta(days=days), "known_from": AS_OF}
        for field, days in (("input_usd_per_mtok", 6), ("output_usd_per_mtok", 6))
    ]  # fmt: skip
    history = DataFrame(spans).reindex(columns=empty_frame("price_history").columns)
    assert publish(page, live, history=history).loc[DIRECT, "source_id"] == "deepinfra"
    context = run_context({"price_history": history})
    assert len(add_live_prices(check_candidates(candidates(page, live), [GPT_OSS]), context)) == 2
    moved = history.assign(usd_per_mtok=[0.2, 1.15])
    assert publish(page, live, history=moved).loc[DIRECT, "source_id"] == "openrouter_endpoints"


@pytest.mark.parametrize(
    "change",
    [
        {"discount": "0.35"},  # Alibaba's endpoints print 35% off
        {"service_tier": "flex"},
        {"route_tag": "deepinfra/turbo", "quantization": "fp8"},  # 0.15/0.6: a faster product
        {"route_tag": "google-vertex/us-south1"},
        {"route_tag": "deepinfra/bf16#2"},
        {"model_key": f"{GPT_OSS}:free"},
        {"operator_id": "unspecified"},
        {"operator_id": "novita-ai"},
        {"model_id": "openai/gpt-oss-20b"},
        {"expired": True},
        {"price_kind": "free_tier"},
        {"input_usd_per_mtok": NONE},
        {"source_id": "openrouter"},  # the list, which names no operator
        {"input_usd_per_mtok": 0.0001},  # fails Q15
        {"input_usd_per_mtok": 0.055, "output_usd_per_mtok": 0.264},  # a tenth above: a region's price
    ],
)
def test_an_ambiguous_endpoint_is_no_evidence(change: dict[str, Any]) -> None:
    assert count_lent(direct(0.05, 0.24), endpoint(0.039, 0.19)) == 1
    assert count_lent(direct(0.05, 0.24), endpoint(0.039, 0.19) | change) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"route_kind": "aggregate"},
        {"route_tag": "us-east-1"},
        {"region": "eu"},
        {"service_tier": "batch"},
        {"price_kind": "free_tier"},
        {"quantization": "fp4"},
        {"model_key": f"{GPT_OSS}-fp4"},
        {"model_key": f"{GPT_OSS}-Turbo"},
        {"model_id": None},
    ],
)
def test_another_product_of_the_provider_is_not_compared(change: dict[str, Any]) -> None:
    assert count_lent(direct(0.05, 0.24) | change, endpoint(0.039, 0.19)) == 0


def test_a_variant_is_compared_with_its_own_endpoint() -> None:
    """minimax/fp8 is at 0.3/1.2 and minimax/highspeed at 0.6/2.4."""
    turbo = {"model_key": f"{GPT_OSS}-Turbo", "offer_id": "d/d/turbo/-/standard"}
    rows = [
        direct(0.05, 0.24), direct(0.1, 0.4) | turbo, endpoint(0.039, 0.19),
        endpoint(0.15, 0.6, route_tag="deepinfra/turbo", quantization="fp4", offer_id="o/d/turbo"),
    ]  # fmt: skip
    assert published(*rows)[0] == 0.039
    assert published(*rows, offer_id="d/d/turbo/-/standard")[0] == 0.15


def test_endpoints_that_differ_among_themselves_are_no_evidence() -> None:
    fp4 = endpoint(0.03, 0.15, route_tag="deepinfra/fp4", quantization="fp4", offer_id="o/d/fp4")
    assert published(direct(0.05, 0.24), endpoint(0.039, 0.19), fp4)[0] == 0.05
    assert published(direct(0.05, 0.24, quantization="bf16"), endpoint(0.039, 0.19), fp4)[0] == 0.039


def test_a_source_that_tells_two_keys_apart_by_price_means_two_products() -> None:
    """litellm alone has open-mistral-nemo at 0.3/0.3; models.dev and the endpoint have mistral-nemo at 0.15/0.15."""
    alias = {"offer_id": "d/d/alias/-/standard", "model_key": "open-model"}
    other = direct(0.3, 0.3, source_id="litellm", lineage="litellm", authority=4) | alias
    right = direct(0.15, 0.15)
    live = endpoint(0.15, 0.15)
    assert published(right, other, live, offer_id=alias["offer_id"])[0] == 0.15
    both = direct(0.3, 0.3) | alias
    assert published(right, both, live, offer_id=alias["offer_id"])[0] == 0.3
    dated = direct(0.3, 0.3, source_id="litellm", authority=4) | alias
    assert published(direct(0.2, 0.2), dated, live, offer_id=alias["offer_id"])[0] == 0.3, "none agrees"


def test_the_claim_of_a_suspicious_copy_does_not_hide_one_that_agrees() -> None:
    suspicious = direct(40.0, 0.19)
    others = [price(0.039, 0.19, offer_id=f"p{n}", model_id=GPT_OSS) for n in range(3)]
    copy = direct(0.039, 0.19, source_id="litellm", lineage="litellm", authority=4)
    assert published(suspicious, copy, *others, endpoint(0.039, 0.19))[2] == "litellm"


def test_a_routers_row_with_the_providers_own_key_is_first_hand() -> None:
    router = direct(0.039, 0.19, source_id="huggingface_router", lineage="huggingface", authority=4)
    assert published(direct(0.05, 0.24), router) == (0.039, 0.19, "huggingface_router")
    checked = check_candidates(candidates(direct(0.05, 0.24), router), [GPT_OSS])
    assert add_live_prices(checked, run_context())["authority"].tolist() == [3, 1]


def test_every_price_keeps_its_claim_and_its_reason() -> None:
    page = direct(0.27, 0.95, captured_at=AS_OF - pd.Timedelta(days=31), **OLD_PAGE)
    rows = candidates(page, direct(0.05, 0.24), endpoint(0.039, 0.19, capture_id="e1", printed="input 0.000000039"))
    context = run_context()
    checked = add_live_prices(check_candidates(rows, [GPT_OSS]), context)
    result = publish_prices(checked, NOTHING_DECIDED, context)
    claims = claim_prices(result.candidates, result.prices).query("field == 'input_usd_per_mtok'")
    of_offer = claims[claims["subject_id"] == DIRECT].set_index("source_id")
    assert of_offer["reason"].to_dict() == {
        "openrouter_endpoints": "chosen", "deepinfra": "older", "models_dev": "lower_authority",
    }  # fmt: skip
    cited = of_offer.loc["openrouter_endpoints", ["value", "printed", "capture_id", "locator", "provider_model_key"]]
    assert cited.tolist() == ["0.039", "input 0.000000039", "e1", "/data/endpoints/3", GPT_OSS]


def test_the_same_endpoint_serves_several_offers_and_row_ids_stay_unique() -> None:
    rows = candidates(direct(2.0, 6.0), direct(2.0, 6.0, offer_id="second"), endpoint(1.25, 2.5))
    checked = add_live_prices(check_candidates(rows, [GPT_OSS]), run_context())
    assert checked["row_id"].is_unique
    lent = checked[(checked["source_id"] == "openrouter_endpoints") & (checked["route_kind"] == "direct")]
    assert sorted(lent["offer_id"]) == sorted([DIRECT, "second"])


def test_order_and_capture_seconds_change_nothing() -> None:
    rows = [
        direct(0.05, 0.24), direct(0.06, 0.24, source_id="litellm", lineage="litellm", authority=4),
        endpoint(0.039, 0.19), endpoint(0.039, 0.19, locator="/data/endpoints/9", offer_id="o/d/2"),
    ]  # fmt: skip
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]):
        stamped = [rows[n] | {"captured_at": AS_OF - pd.Timedelta(seconds=n)} for n in order]
        row = publish(*stamped).loc[DIRECT]
        assert (row["input_usd_per_mtok"], row["locator"]) == (0.039, "/data/endpoints/3")
