"""Which offers stand for a price basis: named operators, price outliers, and the developer's own list."""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.providers import ProviderReference
from llmpairs.transforms.pricing.price_rules import load_thresholds

UNNAMED = "unspecified"
GROUP = ["model_id", "service_tier"]
PRICE = "blended_3to1_usd_per_mtok"


def mark_price_bases(offers: DataFrame, providers: ProviderReference, previous: DataFrame) -> DataFrame:
    """Offers plus operator_known, is_list_offer and is_price_outlier, from their other columns.

    `previous` are the offers of the previous release: they show which prices have been there before.
    """
    is_proven = offers["operator_runs"] >= load_thresholds()["operator_runs"]
    is_known = (offers["operator_id"] != UNNAMED) & (is_proven | offers["is_first_party"].astype(bool))
    named = offers.assign(operator_known=is_known)
    named["is_list_offer"] = find_list_offers(named, providers)
    named["is_price_outlier"] = find_price_outliers(named, providers, previous)
    return named


def count_operator_runs(offers: DataFrame, rows: DataFrame, previous: DataFrame) -> Series:
    """Runs that listed each offer's operator, up to the number that makes it known.

    That number stands as well for one of the first release, and for one that a second independent source group names.
    `rows` are this run's landed offers with operator_id and lineage, `previous` the offers of the previous release.
    """
    most = int(load_thresholds()["operator_runs"])
    if previous.empty:
        return Series(most, index=offers.index, dtype="int64")
    groups = rows.groupby("operator_id")["lineage"].nunique()
    # A release of before this was counted has known operators alone.
    before = previous["operator_runs"].fillna(most).groupby(previous["operator_id"]).max()
    now = offers["operator_id"].map(before).astype("float64").fillna(0) + offers["operator_id"].isin(groups.index)
    now = now.mask(offers["operator_id"].isin(groups.index[groups > 1]), most)
    return now.clip(upper=most).astype("int64")


def is_sold(offers: DataFrame) -> Series:
    """Whether each offer is an active one of a known model with a metered price above 0, of any tier."""
    is_metered = (offers["offer_status"] == "active") & (offers["price_kind"] == "metered")
    return is_metered & (offers[PRICE] > 0).fillna(False).astype(bool) & offers["model_id"].notna()


def find_list_offers(offers: DataFrame, providers: ProviderReference) -> Series:
    """The developer's own metered offers of each tier, of one currency and region.

    Of a developer with brands in several markets, the list in dollars counts where there is one, and of that the
    prices without a region: a median over a list in yuan and one in dollars is the price of neither.
    """
    own = offers[is_sold(offers) & offers["is_first_party"].astype(bool)]
    is_foreign = providers.column(own["provider_id"], "list_currency").notna() | own["currency"].ne("USD").fillna(False)
    rank = 2 * is_foreign.astype("int8") + own["region"].notna().astype("int8")
    best = rank.groupby([own[name] for name in GROUP]).transform("min")
    return Series(offers.index.isin(own.index[(rank == best).to_numpy(dtype=bool)]), index=offers.index)


def find_price_outliers(offers: DataFrame, providers: ProviderReference, previous: DataFrame) -> Series:
    """Offers far from the reference price of their model and tier that no second operator matches.

    The reference is the median over named operators, one price for each company, so that a seller who lists many keys
    weighs no more than another; with fewer than `outlier_operators` the developer's own list, and of two operators
    without one the more expensive. Where none of these is known, no price is an outlier.
    """
    limits = load_thresholds()
    priced = offers[is_sold(offers)]
    priced = priced.assign(company=find_companies(priced["operator_id"], providers))
    named = priced[priced["operator_known"].astype(bool)]
    by_company = named.groupby([*GROUP, "company"], observed=True)[PRICE].median().groupby(GROUP)
    reference = by_company.agg(["median", "max", "size"])
    listed = priced[priced["is_list_offer"].astype(bool)].groupby(GROUP, observed=True)[PRICE].median()
    few = listed.reindex(reference.index).fillna(reference["max"])
    usual = reference["median"].where(reference["size"] >= limits["outlier_operators"], few)
    cells = pd.MultiIndex.from_frame(priced[GROUP])
    ratio = priced[PRICE].to_numpy(dtype="float64") / usual.reindex(cells).to_numpy(dtype="float64")
    beyond = priced[(ratio < 1 / limits["outlier_ratio"]) | (ratio > limits["outlier_ratio"])]
    settled = is_settled(priced, previous)
    matched = find_matched(beyond.assign(is_settled=settled), named.assign(is_settled=settled))
    alone = ~beyond.index.isin(matched)
    return Series(np.asarray(offers.index.isin(beyond.index[alone]), dtype=bool), index=offers.index)


def find_companies(operators: Series, providers: ProviderReference) -> Series:
    """Company behind each operator: brands and regional lists of one company count once."""
    owner = providers.column(operators, "brand").fillna(providers.column(operators, "developer_id"))
    return owner.fillna(operators.astype("str"))


def is_settled(offers: DataFrame, previous: DataFrame) -> Series:
    """Whether the previous release had about this price as no outlier; every price in a first release."""
    if previous.empty:
        return Series(True, index=offers.index)
    before = previous[~previous["is_price_outlier"].fillna(False).astype(bool)].set_index("offer_id")[PRICE]
    ratio = offers[PRICE] / offers["offer_id"].map(before[~before.index.duplicated()]).astype("float64")
    most = load_thresholds()["market_ratio"]
    return ratio.between(1 / most, most).astype(bool)


def find_matched(beyond: DataFrame, named: DataFrame) -> pd.Index:
    """Index of the offers in `beyond` whose price a named operator of another company has within `match_ratio`.

    Both prices are settled: a source may print a new one wrongly, or several, and a market's lowest price is no support
    for a price that was not there before.
    """
    columns = [*GROUP, "company", PRICE]
    old, others = beyond[beyond["is_settled"]], named[named["is_settled"]]
    pairs = old[columns].rename_axis("at").reset_index().merge(others[columns], on=GROUP, suffixes=("", "_other"))
    ratio = pairs[PRICE] / pairs[f"{PRICE}_other"]
    most = load_thresholds()["match_ratio"]
    near = ratio.between(1 / most, most) & (pairs["company"] != pairs["company_other"])
    return pd.Index(pairs.loc[near, "at"].unique())


def select_best(offers: DataFrame) -> Series:
    """Whether each offer may set the basis `best`: a named operator, and no outlier. Eligibility is checked apart."""
    return offers["operator_known"].astype(bool) & ~offers["is_price_outlier"].astype(bool)


def list_prices(offers: DataFrame) -> DataFrame:
    """Blended price on the basis `list` by model_id in USD per million tokens, with the reason for it, `basis`.

    `first_party` is the median of the developer's list offers, `median` that of all eligible offers with a named
    operator where the developer sells none.
    """
    eligible = offers[offers["eligible"].astype(bool) & offers["operator_known"].astype(bool)]
    own_price = eligible[eligible["is_list_offer"].astype(bool)].groupby("model_id")[PRICE].median()
    any_price = eligible.groupby("model_id")[PRICE].median()
    prices = own_price.reindex(any_price.index)
    basis = Series("first_party", index=prices.index).where(prices.notna(), "median")
    return DataFrame({PRICE: prices.fillna(any_price), "basis": basis})


def best_prices(offers: DataFrame) -> Series:
    """Blended price on the basis `best` by model_id in USD per million tokens."""
    return offers[offers["eligible"].astype(bool) & select_best(offers)].groupby("model_id")[PRICE].min()
