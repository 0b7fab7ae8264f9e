"""What was published of a model or a route stays while its own source says something that cannot be."""

from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.holds import DOUBTED, OF_ALL_PROVIDERS, WAITING, apply_decisions, open_holds

SUBJECT = ["subject_id", "field"]
ROW = [*SUBJECT, "source_id", "provider_model_key"]


def keep_last_good(
    claims: DataFrame, last: DataFrame, previous: DataFrame, decisions: DataFrame, as_of: datetime
) -> tuple[DataFrame, DataFrame]:
    """Claims in which the last release's stay chosen where they are to stay, and HOLDS of what would displace them.

    `claims` are ranked, with is_chosen, reason and doubt; `last` the last release's facts, `previous` its holds. A
    doubted claim of the row that the published value came from is held; one of any other row is merely implausible.
    """
    doubted = claims[claims["doubt"].notna()]
    chosen = last[last["is_chosen"] & last["field"].isin(doubted["field"].unique())].drop_duplicates(SUBJECT)
    broke = doubted.merge(chosen[[*ROW, "value", "reason"]], on=ROW, suffixes=("", "_last"))
    broke = broke[(broke["value"] != broke["value_last"]) | (broke["reason_last"] == "decision")]
    sound = claims.loc[claims["is_chosen"], ROW].drop_duplicates()
    broke = broke.merge(sound.assign(is_sound=True), on=ROW, how="left")
    broke = (
        broke[broke["is_sound"].isna()].sort_values([*SUBJECT, "value", "locator"]).drop_duplicates(SUBJECT)
    )
    holds = apply_decisions(open_holds(doubt_specs(broke), previous, as_of), decisions)
    kept = holds[holds["state"].isin(WAITING)].merge(chosen, on=SUBJECT, suffixes=("_hold", ""))
    kept = kept[kept["value"] != kept["candidate_value"]]
    out = set_aside(claims, holds, kept)
    published = chosen.set_index(SUBJECT)["value"]
    now = Series(
        published.reindex(pd.MultiIndex.from_frame(holds[SUBJECT])).to_numpy(), index=holds.index, dtype="str"
    )
    value = now.where(holds["state"].isin(WAITING), holds["candidate_value"])
    holds = holds.assign(published_value=value).drop(columns="provider_id")
    holds = holds[~holds["state"].isin(WAITING) | (value != holds["candidate_value"])]
    carried = kept[list(claims.columns.intersection(kept.columns))].assign(reason="chosen", doubt=None)
    return pd.concat([out, carried.astype(out.dtypes.to_dict())], ignore_index=True) if len(
        carried
    ) else out, holds


def doubt_specs(broke: DataFrame) -> DataFrame:
    """DOUBTED rows of claims; the claims that one source breaks in one way on one night are one incident."""
    return broke.assign(candidate_value=broke["value"], rule=broke["doubt"], provider_id=OF_ALL_PROVIDERS)[
        DOUBTED
    ]


def set_aside(claims: DataFrame, holds: DataFrame, kept: DataFrame) -> DataFrame:
    """Claims with is_chosen and reason as the holds have it: nothing of tonight is chosen beside a value that stays."""
    keys = pd.MultiIndex.from_frame(claims[SUBJECT])
    stays = keys.isin(pd.MultiIndex.from_frame(kept[SUBJECT]))
    state = holds.set_index(SUBJECT)["state"].reindex(keys).to_numpy()
    candidate = holds.set_index(SUBJECT)["candidate_value"].reindex(keys).to_numpy()
    source = holds.set_index(SUBJECT)["source_id"].reindex(keys).to_numpy()
    is_candidate = (claims["value"] == candidate) & (claims["source_id"] == source) & claims["doubt"].notna()
    accepted = (
        is_candidate & (state == "accepted") & ~claims.assign(hit=is_candidate).duplicated([*SUBJECT, "hit"])
    )
    decided = Series(state == "accepted", index=claims.index)
    reason = (
        claims["reason"]
        .mask(claims["is_chosen"] & stays, "lower_authority")
        .mask(is_candidate & stays, "held")
        .mask(claims["is_chosen"] & decided, "decision")
        .mask(accepted, "decision")
    )
    return claims.assign(is_chosen=(claims["is_chosen"] & ~stays & ~decided) | accepted, reason=reason)
