"""Price candidates as claims: every printed price stays on record, with why it is or is not published."""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from transforms.normalise.claims import CLAIM_COLUMNS, Standing, basis_of
from warehouse.vocabulary import PRICE_FIELDS


def claim_prices(candidates: DataFrame, prices: DataFrame, standing: Standing) -> DataFrame:
    """Claims about the four price fields of every offer, with is_chosen and reason.

    `candidates` are judged bundles; `prices` the published bundle per offer_id with the row_id it came from.
    """
    keyed = candidates.merge(
        prices[["offer_id", "row_id", "authority", "price_missing_reason"]],
        on="offer_id",
        suffixes=("", "_chosen"),
    )
    published = prices.set_index("offer_id")
    parts = [claim_field(keyed, published[field], field, standing) for field in PRICE_FIELDS]
    return pd.concat(parts, ignore_index=True)


def claim_field(keyed: DataFrame, published: Series, field: str, standing: Standing) -> DataFrame:
    """Claims of one price field."""
    rows = keyed[keyed[field].notna()].reset_index(drop=True)
    value = rows["offer_id"].map(published)
    chosen = (rows["row_id"] == rows["row_id_chosen"]) & (value == rows[field]) & rows["suspicion"].isna()
    conditions = [
        chosen,
        rows["suspicion"].notna() & (rows["price_missing_reason_chosen"] == "held"),
        rows["suspicion"].notna(),
        value == rows[field],
        rows["authority"] > rows["authority_chosen"],
    ]
    words = ["chosen", "held", "implausible", "agrees", "lower_authority"]
    reason = np.select([c.to_numpy(dtype=bool) for c in conditions], words, default="older")
    out = DataFrame(
        {
            "subject_kind": "offer",
            "subject_id": rows["offer_id"],
            "field": field,
            "value": rows[field].map(repr).astype("str"),
            "printed": rows["printed"],
            "source_id": rows["source_id"],
            "lineage": rows["lineage"],
            "basis": basis_of(rows.assign(provider_key=rows["provider_id"]), "prices", standing),
            "authority": rows["authority"],
            "capture_id": rows["capture_id"],
            "locator": rows["locator"],
            "provider_model_key": rows["model_key"],
            "observed_at": rows["captured_at"],
        }
    )[CLAIM_COLUMNS]
    return out.assign(is_chosen=chosen, reason=reason)
