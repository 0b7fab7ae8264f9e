"""Which prices of tonight are published, which are held back, and what the reviewer says of those."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from transforms.previous import recall, recall_moment
from transforms.pricing.candidates import choose_prices, order_candidates
from transforms.pricing.moves import judge_moves
from warehouse.vocabulary import PRICE_FIELDS

FIELDS = PRICE_FIELDS[:2]
BUNDLE = [*PRICE_FIELDS, "price_tiers", "price_kind", "price_missing_reason", "currency"]
STAMPS = {
    "source_id": "price_source_id",
    "capture_id": "price_capture_id",
    "captured_at": "price_observed_at",
}
NOT_A_ROW = -1
"""row_id of a bundle that no source of tonight gave."""


@dataclass(frozen=True)
class Published:
    """One bundle per offer_id, and the holds behind those that are not tonight's."""

    prices: DataFrame
    holds: DataFrame


def publish_prices(
    candidates: DataFrame, last: DataFrame, holds: DataFrame, decisions: DataFrame, as_of: datetime
) -> Published:
    """The bundle that each offer publishes tonight: the best candidate, or what stands in for one that is held.

    `candidates` are judged bundles; `last` and `holds` the last release's offers and holds; `decisions` the
    reviewer's. In place of a suspicious candidate the next sound one is published, else the last release's price,
    else null with the reason `held`; in place of one that moved suspiciously the last release's price.
    """
    best = (
        order_candidates(candidates)
        .drop_duplicates("offer_id")
        .sort_values("offer_id")
        .reset_index(drop=True)
    )
    sound = choose_prices(candidates).sort_values("offer_id").reset_index(drop=True)
    rule = best["suspicion"].fillna(judge_moves(sound, last, candidates, holds))
    wanted = best.where(best["suspicion"].notna(), sound[best.columns])
    verdict = apply_decisions(list_holds(wanted, rule, holds, as_of), decisions)
    accepted = best["offer_id"].isin(verdict.loc[verdict["state"] == "accepted", "subject_id"])
    prices = sound.where(~accepted, wanted.reindex(columns=sound.columns))
    stays = rule.notna() & ~accepted & (best["suspicion"].isna() | (sound["price_missing_reason"] == "held"))
    prices = keep_last_good(prices, last, stays).assign(held=(rule.notna() & ~accepted).to_numpy())
    open_holds = verdict[verdict["state"] != "accepted"].reset_index(drop=True)
    return Published(prices, tell_published(open_holds, prices))


def tell_published(holds: DataFrame, prices: DataFrame) -> DataFrame:
    """Holds plus published_value; a field whose candidate is what is published is not held."""
    shown = prices.set_index("offer_id")[list(FIELDS)].stack(future_stack=True)
    values = shown.reindex(pd.MultiIndex.from_frame(holds[["subject_id", "field"]])).to_numpy()
    published = Series(values, index=holds.index)
    is_missing = pd.to_numeric(holds["candidate_value"], errors="coerce").isna()
    same = (published.map(repr, na_action="ignore") == holds["candidate_value"]) | (
        is_missing & published.isna()
    )
    out = holds.assign(published_value=published.map(repr, na_action="ignore").astype("str"))
    return out[~same].drop(columns="provider_id").reset_index(drop=True)


def keep_last_good(prices: DataFrame, last: DataFrame, stays: Series) -> DataFrame:
    """Prices with the last release's bundle in the rows that are to stay, where it had one."""
    before = (
        last.drop_duplicates("offer_id")
        .set_index("offer_id")
        .reindex(prices["offer_id"])
        .set_axis(prices.index)
    )
    keep = stays & before[list(FIELDS)].notna().any(axis=1)
    out = prices.copy()
    for column in [*BUNDLE, *STAMPS]:
        values = before[STAMPS.get(column, column)]
        out[column] = out[column].where(~keep, Series(values.to_numpy(), index=out.index))
    out["row_id"] = out["row_id"].mask(keep, NOT_A_ROW)
    out["expired"] = out["expired"].astype("boolean").mask(keep, False)
    return out


def list_holds(wanted: DataFrame, rule: Series, previous: DataFrame, as_of: datetime) -> DataFrame:
    """One row per field of every bundle that fails a check; a candidate that changed starts its nights anew."""
    held = wanted.assign(rule=rule)[rule.notna()]
    holds = pd.concat([held_field(held, field) for field in FIELDS], ignore_index=True)
    hashed = pd.util.hash_pandas_object(holds[["subject_id", "field", "rule"]], index=False, categorize=False)
    holds["hold_id"] = [f"h{value:016x}" for value in hashed]
    same = recall(holds["hold_id"], previous, "hold_id", "candidate_value") == holds["candidate_value"]
    since = recall_moment(holds["hold_id"], previous, "hold_id", "since", as_of)
    nights = recall(holds["hold_id"], previous, "hold_id", "nights").fillna(0).astype("int64")
    holds["since"] = since.where(same, pd.Timestamp(as_of))
    holds["nights"] = nights.where(same, 0) + 1
    day = holds["since"].dt.strftime("%Y-%m-%d")
    holds["incident"] = holds["source_id"] + " " + holds["provider_id"] + " " + holds["rule"] + " " + day
    holds["pairs_affected"] = 0
    return holds.sort_values("hold_id").reset_index(drop=True)


def held_field(held: DataFrame, field: str) -> DataFrame:
    """Hold rows of one price field; a missing price is told by its reason."""
    rows = held[held[field].notna() | held["price_missing_reason"].notna()]
    value = rows[field].map(repr, na_action="ignore").astype("str")
    return DataFrame(
        {
            "subject_kind": "offer",
            "subject_id": rows["offer_id"].to_numpy(),
            "field": field,
            "candidate_value": value.fillna(rows["price_missing_reason"]).to_numpy(),
            "rule": rows["rule"].to_numpy(),
            "source_id": rows["source_id"].to_numpy(),
            "capture_id": rows["capture_id"].to_numpy(),
            "provider_id": rows["provider_id"].to_numpy(),
        }
    )


def apply_decisions(holds: DataFrame, decisions: DataFrame) -> DataFrame:
    """Holds plus state and decided_by. A decision names a hold or its incident, and counts while the candidate stands.

    An accepted field accepts its whole bundle: input and output are one price.
    """
    out = holds.assign(state="held", decided_by=Series(None, index=holds.index, dtype="str"))
    if decisions.empty:
        return out
    words = decisions[decisions["kind"] == "hold"]
    for subject, verdict, by, values in zip(
        *(words[column] for column in ("subject", "verdict", "decided_by", "values")), strict=True
    ):
        named = (out["hold_id"] == subject) | (out["incident"] == subject)
        decided_on = out["hold_id"].map(dict(values))
        offers = out.loc[named & (decided_on.isna() | (decided_on == out["candidate_value"])), "subject_id"]
        hit = out["subject_id"].isin(offers)
        out.loc[hit, "state"] = {"accept": "accepted", "reject": "rejected"}[verdict]
        out.loc[hit, "decided_by"] = by
    return out
