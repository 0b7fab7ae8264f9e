"""Check of currencies: a price in another currency that a source prints as dollars.

The brands and regions of one maker are price lists of their own. A price that is about an exchange rate above the one
of a sister brand for the same model is suspected to be unconverted.
"""

import numpy as np
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.providers import ProviderReference
from llmpairs.transforms.pricing.candidates import FIELDS
from llmpairs.transforms.pricing.price_rules import PriceRules

CURRENCY = "Q51 an exchange rate above a sister brand"
USD = "USD"
PRODUCT = ["brand_group", "model_id"]


def check_currencies(candidates: DataFrame, providers: ProviderReference, rules: PriceRules) -> DataFrame:
    """Candidates whose `failed_check` also names CURRENCY, where they fail no other check.

    Input and output are both above the same sister brand's price: by PriceRules.listed_currency where the provider's
    own list is in another currency, by PriceRules.unknown_currency where neither list currency is reviewed.
    """
    rows = list_brand_prices(candidates, providers)
    sisters = rows.groupby([*PRODUCT, "provider_id", "list_currency"])[FIELDS].median().reset_index()
    both = rows.merge(sisters, on=PRODUCT, suffixes=("", "_sister"))
    both = both[(both["provider_id"] != both["provider_id_sister"]) & (both["list_currency_sister"] != "other")]
    ratios = DataFrame({field: both[field] / both[f"{field}_sister"] for field in FIELDS})
    is_listed = both["list_currency"] == "other"
    is_suspect = lies_within(ratios, rules.listed_currency) & is_listed
    is_suspect |= (
        lies_within(ratios, rules.unknown_currency)
        & (both["list_currency"] == "")
        & (both["list_currency_sister"] == "")
    )
    suspects = candidates["row_id"].isin(both.loc[is_suspect, "row_id"])
    return candidates.assign(
        failed_check=candidates["failed_check"].mask(candidates["failed_check"].isna() & suspects, CURRENCY)
    )


def list_brand_prices(candidates: DataFrame, providers: ProviderReference) -> DataFrame:
    """Priced direct offers of providers with a maker or brand: row_id, PRODUCT, provider_id, list_currency, FIELDS.

    `list_currency` is "USD", "other", or "" where it is not reviewed.
    """
    is_direct = (candidates["route_kind"] == "direct") & (candidates["service_tier"] == "standard")
    rows = candidates[is_direct & (candidates[FIELDS] > 0).all(axis=1) & candidates["model_id"].notna()]
    brand = providers.column(rows["provider_id"], "brand").fillna(providers.column(rows["provider_id"], "developer_id"))
    listed = providers.column(rows["provider_id"], "list_currency")
    currency = Series(np.select([listed.isna(), listed == USD], ["", USD], "other"), index=rows.index, dtype="str")
    return rows.assign(brand_group=brand, list_currency=currency)[
        ["row_id", *PRODUCT, "provider_id", "list_currency", *FIELDS]
    ].dropna(subset="brand_group")


def lies_within(ratios: DataFrame, band: tuple[float, float]) -> Series:
    """Whether both ratios are within a band."""
    low, high = band
    return ((ratios >= low) & (ratios <= high)).all(axis=1)
