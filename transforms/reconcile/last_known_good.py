"""Last known good specs: a published value stays while the claim that would replace it fails a check."""

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.holds import ALL_PROVIDERS, FAILED_CHECK_COLUMNS, WAITING, apply_decisions, open_holds
from llmpairs.transforms.reconcile.choose import SUBJECT
from llmpairs.warehouse.vocabulary import REVIEW_SOURCE

ROW = [*SUBJECT, "source_id", "provider_model_key"]


def keep_last_known_good(claims: DataFrame, context: RunContext) -> tuple[DataFrame, DataFrame]:
    """Claims with previous ones chosen where the value is held, and HOLDS of the candidates.

    `claims` are ranked, with is_chosen, reason and doubt. A failed claim of the source row behind the published value
    is held; one of any other row is merely implausible.
    """
    failed = claims[claims["doubt"].notna()]
    previous = context.previous["facts"]
    chosen = previous[previous["is_chosen"] & previous["field"].isin(failed["field"].unique())]
    chosen = chosen.drop_duplicates(SUBJECT)
    broken = list_broken_claims(claims, failed, chosen)
    holds = apply_decisions(open_holds(broken, context.previous["holds"], context.as_of), context.decisions)
    kept = holds[holds["state"].isin(WAITING)].merge(chosen, on=SUBJECT, suffixes=("_hold", ""))
    kept = kept[kept["value"] != kept["candidate_value"]]
    out = apply_holds(claims, holds, kept)
    published = chosen.set_index(SUBJECT)["value"].reindex(pd.MultiIndex.from_frame(holds[SUBJECT]))
    now = Series(published.to_numpy(), index=holds.index, dtype="str")
    value = now.where(holds["state"].isin(WAITING), holds["candidate_value"])
    holds = holds.assign(published_value=value).drop(columns="provider_id")
    holds = holds[~holds["state"].isin(WAITING) | (value != holds["candidate_value"])]
    if kept.empty:
        return out, holds
    shared = claims.columns.intersection(kept.columns)
    carried = kept[list(shared)].assign(reason="chosen", doubt=None)
    return pd.concat([out, carried.astype(out.dtypes[shared].to_dict())], ignore_index=True), holds


def list_broken_claims(claims: DataFrame, failed: DataFrame, chosen: DataFrame) -> DataFrame:
    """FAILED_CHECK_COLUMNS of failed claims whose source row published another value, or one by decision.

    `chosen` are the previous chosen facts. Claims that one source breaks in one way in one run are one incident.
    Nothing is held beside a fact that a reviewer recorded.
    """
    broken = failed.merge(chosen[[*ROW, "value", "reason"]], on=ROW, suffixes=("", "_last"))
    broken = broken[(broken["value"] != broken["value_last"]) | (broken["reason_last"] == "decision")]
    sound = claims.loc[claims["is_chosen"], ROW].drop_duplicates()
    broken = broken.merge(sound.assign(is_sound=True), on=ROW, how="left")
    broken = broken[broken["is_sound"].isna()]
    reviewed = claims.loc[claims["is_chosen"] & (claims["source_id"] == REVIEW_SOURCE), SUBJECT]
    broken = broken[~pd.MultiIndex.from_frame(broken[SUBJECT]).isin(pd.MultiIndex.from_frame(reviewed))]
    broken = broken.sort_values([*SUBJECT, "value", "locator"]).drop_duplicates(SUBJECT)
    return broken.assign(candidate_value=broken["value"], rule=broken["doubt"], provider_id=ALL_PROVIDERS)[
        FAILED_CHECK_COLUMNS
    ]


def apply_holds(claims: DataFrame, holds: DataFrame, kept: DataFrame) -> DataFrame:
    """Claims with is_chosen and reason by the holds: no current claim is chosen beside a value that stays."""
    keys = pd.MultiIndex.from_frame(claims[SUBJECT])
    stays = keys.isin(pd.MultiIndex.from_frame(kept[SUBJECT]))
    by_subject = holds.set_index(SUBJECT)
    state, candidate, source = (
        by_subject[column].reindex(keys).to_numpy() for column in ("state", "candidate_value", "source_id")
    )
    is_candidate = (claims["value"] == candidate) & (claims["source_id"] == source) & claims["doubt"].notna()
    is_first = ~claims.assign(hit=is_candidate).duplicated([*SUBJECT, "hit"])
    accepted = is_candidate & (state == "accepted") & is_first
    decided = Series(state == "accepted", index=claims.index)
    reason = (
        claims["reason"]
        .mask(claims["is_chosen"] & stays, "lower_authority")
        .mask(is_candidate & stays, "held")
        .mask(claims["is_chosen"] & decided, "decision")
        .mask(accepted, "decision")
    )
    return claims.assign(is_chosen=(claims["is_chosen"] & ~stays & ~decided) | accepted, reason=reason)
