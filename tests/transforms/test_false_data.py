"""False data that looks plausible, planted in consecutive runs: it is held, flagged or unused, and sets no headline."""

from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from tests.transforms.planted_runs import PlantedRuns, SourceRow

TEXT = {"task": "chat", "output_modalities": ["text"], "input_modalities": ["text"]}
INPUT, BEST = "input_usd_per_mtok", "best_blended_usd_per_mtok"
HOSTED = "openai/gpt-oss-120b"
STEPS, OWN, INVENTED, CONFIRMED, OWN_LIST = (
    "mistralai/mistral-nemo", "deepseek-v3.2", "gpt-oss-999b", "gpt-oss-77b", "grok-77",
)  # fmt: skip


def row(key: str, provider: str, input_: float, output: float | None = None, **more: Any) -> SourceRow:
    prices: dict[str, Any] = {"input": repr(round(input_, 6)), "output": repr(round(output or input_, 6))}
    return SourceRow(source=more.pop("source", "models_dev"), key=key, provider=provider, model=TEXT, **prices, **more)


def list_rows(number: int) -> list[SourceRow]:
    """What the sources list in one of the three runs; false data begin in the second."""
    is_false = number > 0
    rows = [row(f"qwen/qwen3-{size}b", "siliconflow", (0.8 if is_false else 1.0) * size) for size in (4, 8, 14, 32)]
    rows += [row(f"qwen/qwen3-{size}b", "novita-ai", 2.0 * size * (0.8 if is_false else 1)) for size in (4, 8, 14)]
    if is_false:  # LiteLLM confirms that novita lowered its prices
        rows += [row(f"novita/qwen/qwen3-{size}b", "novita", 1.6 * size, source="litellm") for size in (4, 8)]
    rows.append(row(STEPS, "groq", round(0.65**number, 4)))
    rows.append(row(OWN, "deepseek", *((0.28, 0.42) if is_false else (0.56, 1.68))))
    rows += [row(HOSTED, host, 10.0) for host in ("groq", "cerebras", "togetherai")]
    if is_false:
        rows += [row(HOSTED, host, 2.0) for host in ("deepinfra", "fireworks-ai")]
        rows.append(row(HOSTED, "brandnewhost", 6.0))
        rows += [row(INVENTED, "groq", 0.01), row(CONFIRMED, "groq", 0.01), row(OWN_LIST, "xai", 0.01)]
    else:
        rows += [row("qwen/qwq-32b", host, 1.0) for host in ("deepinfra", "fireworks-ai")]
    if number == 2:
        rows.append(row(CONFIRMED, "groq", 0.01, source="litellm"))
    return rows


@pytest.fixture(scope="module")
def releases() -> list[dict[str, DataFrame]]:
    runs = PlantedRuns()
    return [runs.add(*list_rows(number)) for number in range(3)]


def prices(tables: dict[str, DataFrame], provider: str, column: str = INPUT) -> list[float]:
    offers = tables["offers"]
    return list(offers[offers["provider_id"] == provider].sort_values(INPUT)[column].round(4))


def model(tables: dict[str, DataFrame], name: str) -> pd.Series:
    models = tables["models"]
    found: pd.Series = models[models["model_id"].str.endswith(name)].iloc[0]
    return found


def test_one_factor_for_all_prices_of_a_provider_is_one_held_incident(releases: list[dict[str, DataFrame]]) -> None:
    for tables in releases[1:]:
        assert prices(tables, "siliconflow") == [4.0, 8.0, 14.0, 32.0]
        holds = tables["holds"]
        own = holds[holds["subject_id"].str.startswith("siliconflow/")]
        assert set(own["rule"]) == {"Q13 one factor for most prices of a provider"}
        assert own["incident"].nunique() == 1


def test_a_second_source_group_that_moves_too_confirms_the_factor(releases: list[dict[str, DataFrame]]) -> None:
    assert prices(releases[1], "novita-ai") == [6.4, 12.8, 22.4]


def test_moves_that_add_up_within_a_week_are_held_like_one(releases: list[dict[str, DataFrame]]) -> None:
    seen = [tables["offers"].query("provider_model_key == @STEPS")[INPUT].iloc[0] for tables in releases]
    assert seen == [1.0, 0.65, 0.65]
    assert set(releases[2]["holds"].query("subject_id.str.startswith('groq/')")["rule"]) == {
        "Q11 moves within a week beyond half"
    }


def test_a_second_run_confirms_a_cut_of_the_developers_own_price(releases: list[dict[str, DataFrame]]) -> None:
    """DeepSeek lowered its prices from 0.56/1.68 to 0.28/0.42 in 2025."""
    assert [prices(tables, "deepseek")[0] for tables in releases] == [0.56, 0.56, 0.28]


def test_two_new_prices_of_one_source_do_not_support_each_other(releases: list[dict[str, DataFrame]]) -> None:
    for tables in releases[1:]:
        offers = tables["offers"].query("model_id == @HOSTED").set_index("provider_id")
        assert offers.loc[["deepinfra", "fireworks-ai"], "is_price_outlier"].all()
        assert model(tables, "gpt-oss-120b")[BEST] == 10.0


def test_a_new_operator_sets_no_best_price(releases: list[dict[str, DataFrame]]) -> None:
    offers = releases[2]["offers"].set_index("provider_id")
    assert offers.loc["brandnewhost", ["operator_runs", "operator_known"]].tolist() == [2, False]
    assert set(offers.index[~offers["operator_known"]]) == {"brandnewhost"}


def test_a_new_model_that_one_reseller_alone_names_is_in_no_pair(releases: list[dict[str, DataFrame]]) -> None:
    for tables in releases[1:]:
        invented = model(tables, INVENTED)
        assert (invented["identity_basis"], invented["is_live"], invented["offer_count"]) == ("unconfirmed", False, 1)
        gaps = tables["coverage_gaps"]
        assert "identity" in set(gaps.loc[gaps["subject_id"] == invented["model_id"], "field"])
    assert releases[0]["models"]["is_live"].all(), "a first release has nothing to compare with"


def test_a_second_source_or_the_developer_confirms_a_model(releases: list[dict[str, DataFrame]]) -> None:
    assert [bool(model(tables, CONFIRMED)["is_live"]) for tables in releases[1:]] == [False, True]
    assert bool(model(releases[1], OWN_LIST)["is_live"])
