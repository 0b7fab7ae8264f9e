"""Monthly cost of a workload at an offer's prices: tiers by prompt length, cached share, output.

Every figure derives from the offer's published prices and the formula version alone.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from llmpairs.transforms.pairs.scenarios import Scenario

Floats = npt.NDArray[np.float64]
RATES = ["input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok"]
COST_DECIMALS = 6
"""Costs are rounded to a millionth of a dollar: the double nearest to the result of decimal arithmetic."""


def unnest_tiers(offers: pd.DataFrame) -> pd.DataFrame:
    """Unnest price tiers, one a row: `offer` (position in `offers`), min_prompt_tokens, prices, is_marginal."""
    tiered = pd.Series(offers["price_tiers"].to_numpy(dtype=object), index=np.arange(len(offers)))
    tiers = tiered[tiered.notna()].explode().dropna()
    spread = pd.DataFrame(tiers.tolist(), columns=["min_prompt_tokens", *RATES, "is_marginal"])
    spread = spread.astype(dict.fromkeys(RATES, "float64") | {"is_marginal": "bool"})
    return spread.assign(offer=tiers.index.to_numpy()).sort_values(
        ["offer", "min_prompt_tokens"], kind="stable", ignore_index=True
    )


def monthly_costs(offers: pd.DataFrame, tiers: pd.DataFrame, scenario: Scenario) -> Floats:
    """Compute USD per month of the workload on each offer; NaN where the input or the output price is unknown.

    `tiers` is the result of `unnest_tiers` for the same offers. A tier applies to the whole request unless it is
    marginal: then to the prompt tokens beyond its length, and to the output.
    """
    bands = _price_bands(offers, tiers[tiers["min_prompt_tokens"] <= scenario.prompt_tokens])
    offer = bands["offer"].to_numpy()
    start = bands["min_prompt_tokens"].to_numpy(dtype="float64")
    following = np.append(offer, -1)[1:]
    is_last = offer != following
    end = np.where(is_last, scenario.prompt_tokens, np.append(start, np.nan)[1:])
    uncached, output, cached = (bands[name].to_numpy() for name in RATES)
    cached = np.where(np.isnan(cached), uncached, cached)
    tokens = end - start
    cached_tokens = tokens * scenario.cached_tokens / scenario.prompt_tokens
    prompt = (tokens - cached_tokens) * uncached + cached_tokens * cached
    micro_usd = np.zeros(len(offers))
    np.add.at(micro_usd, offer, prompt)
    micro_usd[offer[is_last]] += scenario.output_tokens * output[is_last]
    return np.round(micro_usd * scenario.requests_per_month / 1e6, COST_DECIMALS)


def _price_bands(offers: pd.DataFrame, reached: pd.DataFrame) -> pd.DataFrame:
    """Split the prompt into spans of one price: per offer the span from 0 and those of marginal tiers.

    A tier without an input or output price keeps the base price. A tier without a cache price has none: cached tokens
    then cost the tier's input price, because no cheaper one is recorded.
    """
    base = offers[RATES].astype("float64").reset_index(drop=True)
    base["min_prompt_tokens"] = 0
    whole = reached[~reached["is_marginal"]].drop_duplicates("offer", keep="last").set_index("offer")
    at = whole.index
    base.loc[at, RATES[2]] = whole[RATES[2]]
    base.loc[at, RATES[:2]] = whole[RATES[:2]].fillna(base.loc[at, RATES[:2]])
    beyond = reached["offer"].map(whole["min_prompt_tokens"]).fillna(-1)
    marginal = reached[reached["is_marginal"] & (reached["min_prompt_tokens"] > beyond)]
    bands = pd.concat([base.rename_axis("offer").reset_index(), marginal.drop(columns="is_marginal")])
    bands = bands.sort_values(["offer", "min_prompt_tokens"], kind="stable", ignore_index=True)
    return bands.assign(**bands.groupby("offer")[RATES[:2]].ffill())
