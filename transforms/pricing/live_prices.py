"""Cross-check of direct offers with live endpoints of the same provider elsewhere.

An aggregator's endpoint page names the operator of each endpoint. Where an endpoint contradicts a direct offer of its
operator, the first-hand evidence is published: always instead of a catalogue's copy, and instead of the provider's own
page if the endpoint's price is newer by PriceRules.newer_by. Only unambiguous endpoints are evidence.
"""

import re

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.lookup import find_positions, is_member
from llmpairs.transforms.normalise.providers import map_rows
from llmpairs.transforms.pricing.candidates import FIELDS, order_candidates
from llmpairs.transforms.pricing.change_checks import SAME_PRICE, move_ratios
from llmpairs.transforms.pricing.price_rules import PriceRules
from llmpairs.transforms.reconcile.choose import FIRST_HAND_AUTHORITY
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

GROUP = ["operator_id", "model_id", "variant"]
"""What one price of a provider is for."""
NUMBER_FORMAT = re.compile(r"(?:nv|mx)?(?:fp|bf|int)\d{1,2}")
WORD = re.compile(r"[a-z0-9.]+")
CITED = ["source_id", "model_key", "locator"]
"""Order of endpoints with equal prices; decides which of them is cited."""
NOTHING_DECIDED = DataFrame(columns=["subject_id", "field", "value"], dtype="str")
NOTHING_PUBLISHED = DataFrame(columns=["offer_id", *FIELDS])


def add_live_prices(candidates: DataFrame, context: RunContext) -> DataFrame:
    """Candidates plus `is_stale`, and a candidate of authority 1 for each direct offer that an endpoint contradicts.

    `candidates` are checked bundles; `is_stale` marks those of the provider's own page that an endpoint replaces. The
    added rows keep source, capture and locator of their endpoint and have row_ids of their own.
    """
    rules = context.reference_data.price_rules
    candidates = candidates.assign(is_stale=False)
    endpoints = list_endpoints(candidates, context.previous["price_history"], rules)
    is_sold = is_member(candidates["provider_id"], endpoints["operator_id"].unique())
    replaced = match_endpoints(list_direct_offers(candidates[is_sold], rules), endpoints, rules)
    lent = candidates.set_index("row_id", drop=False).loc[replaced["row_id_live"]].reset_index(drop=True)
    lent = lent.assign(
        offer_id=replaced["offer_id"].to_numpy(),
        provider_id=replaced["operator_id"].to_numpy(),
        authority=FIRST_HAND_AUTHORITY,
        route_kind="direct",
    )
    # A router's row with the provider's own key is a candidate of the offer already.
    keys = ["offer_id", "row_id"]
    is_lent = pd.MultiIndex.from_frame(candidates[keys]).isin(pd.MultiIndex.from_frame(lent[keys]))
    known = candidates.assign(is_stale=is_outdated(candidates, replaced, rules))[~is_lent]
    lent = lent.assign(row_id=candidates["row_id"].max() + 1 + np.arange(len(lent)))
    return pd.concat([known, lent.astype(known.dtypes.to_dict())], ignore_index=True) if len(lent) else known


def is_outdated(candidates: DataFrame, replaced: DataFrame, rules: PriceRules) -> Series:
    """Whether a candidate is of the provider's own page, and an endpoint with newer evidence replaces it."""
    position = find_positions(candidates["offer_id"], replaced["offer_id"])
    since = replaced["since_live"].reindex(position).set_axis(candidates.index)
    return (candidates["authority"] <= FIRST_HAND_AUTHORITY) & (since >= candidates["captured_at"] + rules.newer_by)


def list_endpoints(candidates: DataFrame, history: DataFrame, rules: PriceRules) -> DataFrame:
    """Live endpoints that are evidence on their operator's price, plus `variant` and the price's start `since_live`.

    Left out: endpoints without an operator or both prices, free or discounted ones, those of another service tier,
    those that fail a check, variants of a key ("model:free"), and tags with a word that is not understood.
    """
    rows = candidates[candidates["source_id"].isin(rules.live_sources) & is_comparable(candidates)]
    suffix = rows["route_tag"].str.extract("/(.*)", expand=False).fillna("")
    is_plain = ~rows["model_key"].str.contains(":", regex=False) & (parse_discount(rows["discount"]) == 0)
    is_known = Series(map_rows(suffix.to_frame(), lambda tag: is_understood(tag, rules)), index=rows.index, dtype=bool)
    rows = rows[is_plain & is_known & rows["failed_check"].isna() & ~rows["expired"].astype(bool)]
    rows = rows[(rows["operator_id"] != "unspecified") & rows["operator_id"].notna()]
    return rows.assign(variant=name_variants(rows, rules), since_live=date_prices(rows, history))


def list_direct_offers(candidates: DataFrame, rules: PriceRules) -> DataFrame:
    """The best candidate of each metered direct offer without region, one without a failed check if any.

    Adds `variant` and `source_prices`: how many prices the candidate's source has for the product. A router's own rows
    are left out. What the previous release published is not considered, so that the same sources give the same result
    in every run.
    """
    is_plain = (candidates["route_kind"] == "direct") & (candidates["route_tag"] == "-") & candidates["region"].isna()
    rows = candidates[is_plain & ~candidates["source_id"].isin(rules.live_sources)]
    rows = order_candidates(rows, NOTHING_DECIDED, NOTHING_PUBLISHED)
    best = rows.sort_values("failed_check", key=Series.notna, kind="stable").drop_duplicates("offer_id")
    rows = rows[is_comparable(rows)]
    rows = rows.assign(operator_id=rows["provider_id"], variant=name_variants(rows, rules))
    counts = rows.groupby([*GROUP, "source_id"])[FIELDS].transform("nunique").max(axis=1)
    return rows.assign(source_prices=counts)[rows["row_id"].isin(best["row_id"])]


def is_comparable(candidates: DataFrame) -> Series:
    """Whether a candidate is a metered price of a known model in the standard tier, with both prices."""
    priced = candidates[FIELDS].notna().all(axis=1) & (candidates["price_kind"] == "metered")
    return priced & (candidates["service_tier"] == "standard") & candidates["model_id"].notna()


def match_endpoints(direct: DataFrame, endpoints: DataFrame, rules: PriceRules) -> DataFrame:
    """offer_id and operator_id of the direct offers that an endpoint replaces, with its row_id_live and since_live.

    Nothing is replaced where endpoints differ among themselves, where the direct offer's source tells products of the
    model apart by price, or where the provider's own page is not older.
    """
    both = direct.merge(endpoints, on=GROUP, suffixes=("", "_live"))
    printed, live = read_formats(both, ""), read_formats(both, "_live")
    both = both[(printed == live) | printed.isna() | live.isna()]
    is_one = (both["source_prices"] == 1) & is_single(both, [f"{field}_live" for field in FIELDS], ["offer_id"])
    now = both[[f"{field}_live" for field in FIELDS]].set_axis(FIELDS, axis=1)
    is_settled = both.assign(agrees=is_multiple(now, both, 1.0)).groupby(GROUP)["agrees"].transform("any")
    is_one &= is_settled | is_single(both, FIELDS, GROUP)
    factors = (1.0, rules.regional_factor, 1 / rules.regional_factor)
    agrees = np.logical_or.reduce([is_multiple(now, both, factor) for factor in factors])
    is_newer = both["since_live"] >= both["captured_at"] + rules.newer_by
    both = both[is_one & ~agrees & ((both["authority"] > FIRST_HAND_AUTHORITY) | is_newer)]
    order = {"offer_id": True, **{f"{field}_live": False for field in PRICE_FIELDS}}
    order |= {f"{column}_live": True for column in CITED}
    both = both.sort_values(list(order), ascending=list(order.values()), kind="stable").drop_duplicates("offer_id")
    return both[["offer_id", "operator_id", "since_live", "row_id_live"]].reset_index(drop=True)


def is_single(rows: DataFrame, fields: list[str], keys: list[str]) -> Series:
    """Whether all rows with the same keys have one value in each field."""
    return (rows.groupby(keys)[fields].transform("nunique") == 1).all(axis=1)


def is_multiple(now: DataFrame, other: DataFrame, factor: float) -> Series:
    """Whether both prices are the others times a factor, but for rounding."""
    ratios = move_ratios(now, other) / factor
    return ((ratios >= 1 / SAME_PRICE) & (ratios <= SAME_PRICE)).all(axis=1)


def read_formats(rows: DataFrame, suffix: str) -> Series:
    """Number format of the weights: as stated, else as the key or the tag prints it; null for none."""
    stated = rows[f"quantization{suffix}"].str.lower()
    text = rows[f"model_key{suffix}"].str.cat(rows[f"route_tag{suffix}"], sep=" ").str.lower()
    return stated.fillna(text.str.extract(f"({NUMBER_FORMAT.pattern})", expand=False)).replace("unknown", None)


def name_variants(rows: DataFrame, rules: PriceRules) -> Series:
    """Variant words of each row's key and tag that are no part of its model's name, sorted; "" for none."""
    texts = rows[["model_id", "model_key", "route_tag"]].astype("str")

    def name_variant(model_id: str, key: str, tag: str) -> str:
        words = set(WORD.findall(f"{key} {tag}".lower())) & rules.variant_words
        return " ".join(sorted(words - set(WORD.findall(model_id.lower()))))

    return Series(map_rows(texts, name_variant), index=rows.index, dtype="str")


def is_understood(suffix: str, rules: PriceRules) -> bool:
    """Whether every word of a tag behind the operator's name is a number format, a variant or neutral."""
    known = rules.variant_words | rules.neutral_words
    return all(word in known or NUMBER_FORMAT.fullmatch(word) for word in re.split(r"[/#_-]", suffix.lower()) if word)


def parse_discount(printed: Series) -> Series:
    """Discount as a share of the list price; 0 where none is stated."""
    return pd.to_numeric(printed, errors="coerce").fillna(0.0)


def date_prices(endpoints: DataFrame, history: DataFrame) -> Series:
    """Start of each endpoint's present prices: as the history has them, else the capture time.

    A price that the aggregator showed before the provider's page was read is no newer evidence than the page.
    """
    is_open = (
        history["valid_to"].isna() & history["known_to"].isna() & is_member(history["offer_id"], endpoints["offer_id"])
    )
    spans = history[is_open]
    since = endpoints["captured_at"]
    starts = []
    for field in FIELDS:
        of_field = spans[spans["field"] == field].reset_index(drop=True)
        span = of_field.reindex(find_positions(endpoints["offer_id"], of_field["offer_id"])).set_axis(endpoints.index)
        is_still = span["usd_per_mtok"] == endpoints[field]
        starts.append(pd.to_datetime(span["valid_from"], utc=True).where(is_still, since).fillna(since))
    return pd.concat(starts, axis=1).max(axis=1).clip(upper=since)


def readdress_live_prices(bundles: DataFrame, rules: PriceRules) -> DataFrame:
    """Endpoint bundles as candidates of a direct offer of their operator, whatever its key: for a replay of claims."""
    rows = bundles[bundles["source_id"].isin(rules.live_sources) & (bundles["route_kind"] == "via_aggregator")]
    operator = rows["operator_id"]
    return rows.assign(offer_id=operator + "/" + operator + "/-/-/standard", provider_id=operator)
