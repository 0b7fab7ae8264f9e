"""Combines the landed quotes of each offer: prices, tiers, price kind, and why a price is missing."""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.printed_values import convert_quotes
from llmpairs.transforms.normalise.providers import ProviderReference
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

FREE_KEY = r"(?::free|[-_]free|\(free\))$"
"""Suffixes of keys of free tiers: `openai/gpt-oss-120b:free`, `xiaomi-mimo-v2.5-free` (seen 2026-05-18)."""
USES = ("input", "output", "cache_read", "cache_write")
PROBLEM_RANK = {"other_currency": 1, "dynamic": 2, "unparsed": 3, "not_per_token": 4}
"""Order of quotes that cannot be used, from the one that says most about the price."""


def combine_quotes(offers: DataFrame, prices: DataFrame, providers: ProviderReference) -> DataFrame:
    """One row per landed offer: PRICE_FIELDS, tiers, price_kind, price_missing_reason, currency, printed.

    `offers` has row_id, provider_id, provider_model_key and is_free; `prices` is the landed quotes.
    Prices are USD per million tokens, before checks and reconciliation.
    """
    quotes = convert_quotes(prices[prices["row_id"].isin(offers["row_id"])])
    quotes = order_quotes(quotes)
    base = quotes[(quotes["min_prompt_tokens"] == 0) & quotes["use"].isin(USES)]
    base = base.drop_duplicates(["row_id", "use"])
    values, problems = (
        base.pivot(index="row_id", columns="use", values=column).reindex(columns=list(USES))
        for column in ("usd_per_mtok", "problem")
    )
    bundle = offers[["row_id"]].set_index("row_id").join(values.set_axis(list(PRICE_FIELDS), axis=1))
    problem = problems["input"].where(problems["input"].notna(), problems["output"]).reindex(bundle.index)
    any_quote = pd.Series(bundle.index.isin(quotes["row_id"]), index=bundle.index)
    by_id = offers.set_index("row_id")
    bundle = bundle.join(classify_prices(bundle, problem, any_quote, by_id, providers))
    bundle["price_tiers"] = collect_tiers(quotes).reindex(bundle.index)
    bundle["currency"] = name_currency(base).reindex(bundle.index)
    bundle["printed"] = format_quotes(base).reindex(bundle.index)
    bundle["printed_tiers"] = format_quotes(quotes[quotes["min_prompt_tokens"] > 0]).reindex(bundle.index)
    return drop_unusable_prices(bundle).reset_index()


def order_quotes(quotes: DataFrame) -> DataFrame:
    """Converted quotes by offer, use and prompt length; of several for one purpose the one to publish comes first.

    That is a usable one before any other, then the higher price, which is never below what is charged (ZenMux prints
    two unconditional cache prices of qwen3.5-flash, 2026-05-18), then the problem that says most.
    """
    ranked = quotes.assign(rank=quotes["problem"].map(PROBLEM_RANK).fillna(0))
    order = {
        "row_id": True, "use": True, "min_prompt_tokens": True, "rank": True, "usd_per_mtok": False, "currency": True,
        "unit": True, "per": True, "amount": True,
    }  # fmt: skip
    ranked = ranked.sort_values(list(order), ascending=list(order.values()), kind="stable")
    return ranked.drop(columns="rank")


def name_currency(base: DataFrame) -> Series:
    """Currency of each row_id: that of its input price, else of its output price, else of another."""
    return (
        base.sort_values("use", key=lambda uses: uses.map(USES.index), kind="stable")
        .drop_duplicates("row_id")
        .set_index("row_id")["currency"]
    )


def classify_prices(
    bundle: DataFrame, problem: Series, any_quote: Series, offers: DataFrame, providers: ProviderReference
) -> DataFrame:
    """price_kind and price_missing_reason of each offer, by the first rule that applies."""
    price_in, price_out = bundle["input_usd_per_mtok"], bundle["output_usd_per_mtok"]
    zero = (price_in == 0) & (price_out == 0)
    zero_kind = providers.column(offers["provider_id"], "zero_kind").reindex(bundle.index)
    free = (offers["is_free"].fillna(False).astype(bool)) | offers["provider_model_key"].str.contains(
        FREE_KEY, regex=True, case=False
    )
    one_sided = (price_in > 0) ^ (price_out > 0)
    rules = [
        (zero & free, "free_tier", None),
        (zero & (zero_kind == "free_tier"), "free_tier", None),
        (zero & (zero_kind == "subscription"), "subscription", "subscription"),
        (zero & (zero_kind == "non_token"), "non_token", "not_per_token"),
        (zero, "unknown", "zero_of_unknown_kind"),
        (problem == "dynamic", "unknown", "dynamic"),
        (problem == "unparsed", "unknown", "unparsed"),
        (problem == "other_currency", "metered", "other_currency"),
        (~any_quote, "unknown", "not_listed"),
        (one_sided, "metered", "one_side_missing"),
        ((price_in > 0) & (price_out > 0), "metered", None),
        (any_quote, "non_token", "not_per_token"),
    ]
    conditions = [rule[0].fillna(False).to_numpy(dtype=bool) for rule in rules]
    kind = np.select(conditions, [rule[1] for rule in rules], default="unknown")
    reason = np.select(conditions, [rule[2] or "" for rule in rules], default="not_listed")
    kinds = DataFrame({"price_kind": kind, "price_missing_reason": reason}, index=bundle.index, dtype="str")
    return kinds.assign(price_missing_reason=kinds["price_missing_reason"].replace("", None))


def drop_unusable_prices(bundle: DataFrame) -> DataFrame:
    """Set prices to null that may not be published; 0 stays for a stated free tier only."""
    free = bundle["price_kind"] == "free_tier"
    unusable = bundle["price_kind"].isin(["subscription", "non_token", "unknown"])
    # Prices of one offer in two currencies are no price list: none of them is used.
    unusable |= (bundle["price_missing_reason"] == "other_currency").fillna(False)
    prices = {field: bundle[field].where((free | (bundle[field] > 0)) & ~unusable) for field in PRICE_FIELDS}
    return bundle.assign(**prices, price_tiers=bundle["price_tiers"].mask(unusable | free, None))


def collect_tiers(quotes: DataFrame) -> Series:
    """price_tiers by row_id: a list of structs in ascending order, only for rows that have any."""
    usable = quotes[(quotes["min_prompt_tokens"] > 0) & quotes["use"].isin(USES) & quotes["problem"].isna()]
    usable = usable[usable["usd_per_mtok"] > 0].drop_duplicates(["row_id", "min_prompt_tokens", "use"])
    wide = usable.pivot(index=["row_id", "min_prompt_tokens"], columns="use", values="usd_per_mtok")
    wide = wide.reindex(columns=list(USES)).set_axis(list(PRICE_FIELDS), axis=1).reset_index()
    wide = wide.sort_values(["row_id", "min_prompt_tokens"])
    cells = wide[list(PRICE_FIELDS)].astype(object).where(wide[list(PRICE_FIELDS)].notna(), None)
    structs = [
        {"min_prompt_tokens": int(size), **dict(zip(PRICE_FIELDS, row, strict=True)), "is_marginal": False}
        for size, row in zip(wide["min_prompt_tokens"], cells.to_numpy(), strict=True)
    ]
    return pd.Series(structs, index=wide["row_id"], dtype=object).groupby(level=0).agg(list)


def format_quotes(quotes: DataFrame) -> Series:
    """Printed prices by row_id, in the order of uses: "input 0.000000039 USD per 1 token; output ...".

    A tier ends with its minimum prompt length: "input 2.5 USD per 1000000 token from 200000".
    """
    rate = quotes["currency"] + " per " + quotes["per"].astype("str") + " " + quotes["unit"]
    length = (" from " + quotes["min_prompt_tokens"].astype("str")).where(quotes["min_prompt_tokens"] > 0, "")
    text = quotes["use"] + " " + quotes["amount"] + " " + rate + length
    return text.groupby(quotes["row_id"].to_numpy()).agg("; ".join)
