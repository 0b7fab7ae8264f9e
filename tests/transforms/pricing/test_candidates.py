from typing import Any

from pandas import DataFrame

from tests.transforms.frames import AS_OF
from transforms.pricing.candidates import choose_prices, judge_candidates


def candidates(*rows: dict[str, Any]) -> DataFrame:
    full = [
        {
            "row_id": number, "offer_id": f"p{number}", "model_id": "openai/gpt-oss-120b", "provider_id": "p",
            "route_kind": "direct", "service_tier": "standard", "source_id": "models_dev", "lineage": "models_dev",
            "authority": 3, "expired": False, "capture_id": "c", "captured_at": AS_OF, "locator": "/", "model_key": "k",
            "cache_read_usd_per_mtok": None, "cache_write_usd_per_mtok": None, "price_tiers": None,
            "price_kind": "metered", "price_missing_reason": None, "currency": "USD", "printed": "",
            **row,
        }
        for number, row in enumerate(rows)
    ]  # fmt: skip
    money = [name for name in full[0] if name.endswith("_usd_per_mtok")]
    frame = DataFrame(full)
    for name in money:
        frame[name] = frame[name].astype("float64")
    return frame.astype({"price_missing_reason": "str"})


def price(input_: float, output: float, **more: Any) -> dict[str, Any]:
    return {"input_usd_per_mtok": input_, "output_usd_per_mtok": output, **more}


def test_a_price_outside_the_bounds_gives_way_to_the_next_source() -> None:
    judged = judge_candidates(
        candidates(
            price(15_000, 60_000, offer_id="wandb", source_id="litellm", authority=2),
            price(0.15, 0.6, offer_id="wandb"),
        )
    )
    chosen = choose_prices(judged).iloc[0]
    assert (chosen["input_usd_per_mtok"], chosen["held"]) == (0.15, True)


def test_a_unit_slip_is_told_by_the_models_other_routes() -> None:
    judged = judge_candidates(
        candidates(price(0.1, 0.5), price(0.15, 0.6), price(0.12, 0.6), price(150, 600))
    )
    assert list(judged["suspicion"].fillna("")) == ["", "", "", "Q14 power of ten"]


def test_a_dear_route_is_not_a_unit_slip() -> None:
    judged = judge_candidates(
        candidates(price(0.1, 0.5), price(0.15, 0.6), price(0.12, 0.6), price(2.92, 2.92))
    )
    assert judged["suspicion"].isna().all()


def test_input_and_output_come_from_one_source() -> None:
    judged = judge_candidates(
        candidates(
            price(0.15, float("nan"), offer_id="x", source_id="models_dev"),
            price(0.2, 0.8, offer_id="x", source_id="litellm", authority=4),
        )
    )
    chosen = choose_prices(judged).iloc[0]
    assert (chosen["input_usd_per_mtok"], chosen["output_usd_per_mtok"], chosen["source_id"]) == (
        0.2,
        0.8,
        "litellm",
    )


def test_an_expired_price_gives_way_to_a_fresh_one() -> None:
    judged = judge_candidates(
        candidates(
            price(0.03, 0.15, offer_id="x", authority=0, expired=True),
            price(0.05, 0.2, offer_id="x", source_id="litellm", authority=4),
        )
    )
    assert choose_prices(judged).loc[0, "input_usd_per_mtok"] == 0.05


def test_a_cache_price_above_the_input_price_is_not_published() -> None:
    judged = judge_candidates(candidates(price(0.1, 0.5, cache_read_usd_per_mtok=0.2)))
    assert judged["cache_read_usd_per_mtok"].isna().all()
