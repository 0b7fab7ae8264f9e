"""Price claims: every printed price stays on record, with the reason why it is or is not published."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.normalise.claims import CLAIM_COLUMNS
from llmpairs.transforms.normalise.fields import PRICE_BUNDLE_FIELDS
from llmpairs.transforms.pricing.candidates import CACHE, check_candidates, list_price_claims
from llmpairs.transforms.pricing.currency_checks import check_currencies
from llmpairs.transforms.pricing.hold_candidates import CACHE_FIELD
from llmpairs.transforms.pricing.live_prices import add_live_prices
from llmpairs.transforms.pricing.price_holds import publish_prices
from llmpairs.transforms.reconcile.disagreements import Settled, match_decisions, select_lineage_values

CHOSEN_COLUMNS = [
    "offer_id", "row_id", "authority", "basis_rank", "votes", "price_missing_reason", "held_row_id", "held_rule",
    "held_cache", "by_decision",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SettledPrices(Settled):
    """Prices as they are published."""

    claims: DataFrame
    """Claims on the parts of every bundle, with is_chosen, reason and doubt."""
    bundles: DataFrame
    """One bundle per offer_id, as `PublishedPrices.prices`."""


def settle_prices(bundles: DataFrame, text_models: Iterable[str], context: RunContext) -> SettledPrices:
    """Check and choose price bundles; `text_models` are model_id of the models that generate text."""
    reference = context.reference_data
    checked = check_currencies(check_candidates(bundles, text_models), reference.providers, reference.price_rules)
    candidates = add_live_prices(checked, context)
    claims = list_price_claims(candidates)
    lineage_values = select_lineage_values(claims, reference.tolerances, reference.tie_breakers)
    decisions = match_decisions(lineage_values, context.decisions)
    decided = decisions.values("offer")
    published = publish_prices(candidates, decided, context)
    return SettledPrices(
        claims=claim_prices(published.candidates, published.prices),
        bundles=published.prices,
        lineage_values=lineage_values,
        decisions=decisions,
        holds=published.holds,
    )


def claim_prices(ordered: DataFrame, prices: DataFrame) -> DataFrame:
    """Claims about the prices, tiers and currency of every offer, with is_chosen, reason and doubt.

    `ordered` are checked candidates with basis, basis_rank and votes; `prices` the published bundles.
    """
    keyed = ordered.merge(prices[CHOSEN_COLUMNS], on="offer_id", suffixes=("", "_chosen"))
    published = prices.set_index("offer_id")
    parts = [choose_field(keyed, format_values(published, field), field) for field in PRICE_BUNDLE_FIELDS]
    return pd.concat(parts, ignore_index=True)


def choose_field(keyed: DataFrame, published: Series, field: str) -> DataFrame:
    """Claims of one part of the bundle, compared with what is published."""
    rows = keyed[keyed[field].notna()].reset_index(drop=True)
    claims = claim_field(rows, field)
    is_same = rows["offer_id"].map(published) == claims["value"]
    is_row = rows["row_id"] == rows["row_id_chosen"]
    chosen = is_row & is_same
    held = rows["row_id"] == rows["held_row_id"]
    held_cache = is_row & rows["held_cache"] & (field == CACHE_FIELD)
    fails = rows["failed_check"].notna() & (field != "currency")
    rules = [
        (chosen & rows["by_decision"], "decision"),
        (chosen, "chosen"),
        (held | held_cache, "held"),
        (fails, "implausible"),
        (is_same, "agrees"),
        (rows["by_decision"], "decision"),
        (rows["is_stale"], "older"),
        (rows["basis_rank"] > rows["basis_rank_chosen"], "not_declared"),
        (rows["authority"] > rows["authority_chosen"], "lower_authority"),
        (rows["votes"] < rows["votes_chosen"], "fewer_witnesses"),
    ]
    masks = [mask.fillna(False).to_numpy(dtype=bool) for mask, _ in rules]
    reasons = [reason for _, reason in rules]
    reason = Series(np.select(masks, reasons, default="tie_breaker"), index=rows.index, dtype="str")
    doubt = rows["failed_check"].where(fails).mask(held, rows["held_rule"]).mask(held_cache, CACHE)
    # The currency of a held bundle is published with it and fails no check.
    doubt = doubt.mask(chosen & ~rows["by_decision"])
    return claims.assign(is_chosen=chosen.fillna(False).astype(bool), reason=reason, doubt=doubt)


def claim_bundles(candidates: DataFrame) -> DataFrame:
    """Claims on the parts of every bundle, before any is chosen."""
    rows = candidates.reset_index(drop=True)
    return pd.concat(
        [claim_field(rows[rows[field].notna()], field) for field in PRICE_BUNDLE_FIELDS], ignore_index=True
    )


def claim_field(rows: DataFrame, field: str) -> DataFrame:
    """One part of each bundle that has it, as claims."""
    return DataFrame(
        {
            "subject_kind": "offer",
            "subject_id": rows["offer_id"],
            "field": field,
            "value": format_values(rows, field),
            "printed": rows["printed_tiers" if field == "price_tiers" else "printed"],
            "source_id": rows["source_id"],
            "lineage": rows["lineage"],
            "operator_id": rows["provider_id"],
            "basis": rows["basis"],
            "authority": rows["authority"],
            "capture_id": rows["capture_id"],
            "locator": rows["locator"],
            "provider_model_key": rows["model_key"],
            "observed_at": rows["captured_at"],
        }
    )[CLAIM_COLUMNS]


def format_values(rows: DataFrame, field: str) -> Series:
    """A part of the bundle as text: prices read back as the same number, tiers are JSON."""
    to_text = {"price_tiers": json.dumps, "currency": str}.get(field, repr)
    return rows[field].map(to_text, na_action="ignore").astype("str")
