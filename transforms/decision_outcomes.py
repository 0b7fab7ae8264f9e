"""What became of reviewers' decisions in a run: in effect, waiting, reopened, replaced, not needed or expired."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.reconcile.disagreements import select_last_decisions
from llmpairs.transforms.reconcile.reviewed_facts import lift_capability_claims, match_facts
from llmpairs.warehouse.review import UNRESOLVED
from llmpairs.warehouse.vocabulary import DECISION_CAPTURE, REVIEW_SOURCE

TABLES = ("disagreements", "facts", "holds", "identities", "offers", "price_history")
"""Tables of the run that tell what became of a decision."""
OUTCOMES = ("effective", "waiting", "reopened", "not_needed", "replaced", "expired")
COLUMNS = ["decision_id", "kind", "subject", "verdict", "decided_by", "outcome", "detail"]
KEY = ["source_id", "provider_id", "provider_model_key"]


def describe_decisions(decisions: DataFrame, tables: Mapping[str, DataFrame], as_of: datetime) -> DataFrame:
    """COLUMNS for each decision, as `warehouse.decisions.frame_decisions` builds them; overrides are left out.

    `tables` are TABLES of the run. `outcome` is one of OUTCOMES: waiting, where the decision is valid and its value is
    not published; reopened, where the values that it was based on changed; `detail` states why.
    """
    made = decisions[decisions["kind"] != "override"].reset_index(drop=True)
    today = pd.Timestamp(as_of.replace(tzinfo=None)).normalize()
    is_expired = made["expires_on"] < today
    valid, expired = made[~is_expired], made[is_expired]
    last = select_last(valid)
    parts = [
        match_disagreements(last[last["kind"] == "disagreement"], tables["disagreements"]),
        match_recorded(last[last["kind"] == "fact"], tables),
        match_holds(last[last["kind"] == "hold"], tables["holds"]),
        match_keys(last[last["kind"] == "identity"], tables["identities"]),
        match_corrections(last[last["kind"] == "correction"], tables["price_history"]),
        valid[~valid.index.isin(last.index)].assign(outcome="replaced", detail="a later decision replaces it"),
        expired.assign(outcome="expired", detail=expired["expires_on"].dt.strftime("it counted up to %Y-%m-%d")),
    ]
    found = pd.concat([part[COLUMNS].astype("str") for part in parts], ignore_index=True)
    return found.sort_values("decision_id", ignore_index=True)


def select_last(decisions: DataFrame) -> DataFrame:
    """Decisions that no later one replaces. Corrections of one price may all apply, each to its own time."""
    others = decisions[~decisions["kind"].isin(["disagreement", "fact", "correction"])]
    kept = [
        *(select_last_decisions(decisions, kind) for kind in ("disagreement", "fact")),
        others.drop_duplicates(["kind", "subject"], keep="last"),
        decisions[decisions["kind"] == "correction"],
    ]
    return decisions.loc[sorted(index for part in kept for index in part.index)]


def match_disagreements(made: DataFrame, disagreements: DataFrame) -> DataFrame:
    """Decisions on disagreements with outcome and detail."""
    rows = disagreements.set_index("disagreement_id").reindex(made["subject"])[["state", "changed_since"]]
    state, since = rows["state"].astype("str").to_numpy(), rows["changed_since"].astype("str").set_axis(made.index)
    is_unpublished = since.str.startswith("no claim of").fillna(False).to_numpy(bool)
    outcome = np.select(
        [state == "settled", is_unpublished, state == "reopened"],
        ["effective", "waiting", "reopened"],
        default="not_needed",
    )
    return made.assign(outcome=outcome, detail=since.mask(outcome == "not_needed", "its sources no longer disagree"))


def match_recorded(made: DataFrame, tables: Mapping[str, DataFrame]) -> DataFrame:
    """Facts that reviewers recorded, with outcome and detail."""
    if made.empty:
        return made.assign(outcome="", detail="")
    facts = tables["facts"]
    own = facts[facts["source_id"] == REVIEW_SOURCE].drop_duplicates("capture_id").set_index("capture_id")
    claims = own[["is_chosen", "doubt"]].reindex(DECISION_CAPTURE + made["decision_id"]).set_axis(made.index)
    last = select_last_decisions(made, "fact")
    since = match_facts(lift_capability_claims(facts, tables["offers"]), last).decisions["changed_since"]
    is_chosen = claims["is_chosen"].astype("boolean").fillna(False).to_numpy(bool)
    is_claimed = claims["is_chosen"].notna().to_numpy()
    changed = since.reindex(made.index).astype("str")
    outcome = np.select([is_chosen, ~is_claimed & changed.notna()], ["effective", "reopened"], default="waiting")
    detail = changed.where(outcome == "reopened")
    unnamed = Series("no list names its model or offer in this run", index=made.index, dtype="str")
    failed = ("it fails the check " + claims["doubt"].astype("str")).fillna("another value is held or decided")
    waiting = unnamed.where(~is_claimed, failed)
    return made.assign(outcome=outcome, detail=detail.mask(outcome == "waiting", waiting))


def match_holds(made: DataFrame, holds: DataFrame) -> DataFrame:
    """Decisions on held values with outcome and detail; one decision may name several values."""
    items = [
        (decision_id, hold_id, candidate)
        for decision_id, values in zip(made["decision_id"], made["values"], strict=True)
        for hold_id, candidate in values.items()
    ]
    named = DataFrame(items, columns=["decision_id", "hold_id", "candidate"], dtype="str")
    known = holds[["hold_id", "candidate_value", "state"]].astype("str")
    named = named.merge(known, on="hold_id", how="left")
    is_known = named["candidate_value"].notna()
    same = named["candidate_value"] == named["candidate"]
    decided = named["state"].isin(["accepted", "rejected"])
    text = named["hold_id"] + "=" + named["candidate_value"] + ", was " + named["candidate"]
    marks = DataFrame(
        {
            "decision_id": named["decision_id"],
            "effective": is_known & same & decided,
            "changed": text.where(is_known & ~same.fillna(False)),
        }
    ).groupby("decision_id")
    count = marks["effective"].sum().reindex(made["decision_id"]).fillna(0).set_axis(made.index)
    changed = marks["changed"].agg(lambda each: "; ".join(each.dropna())).reindex(made["decision_id"])
    changed = changed.set_axis(made.index).astype("str").replace("", None)
    outcome = np.select([count > 0, changed.notna()], ["effective", "reopened"], default="not_needed")
    size = made["values"].map(len)
    part = count.astype("int64").astype("str") + " of " + size.astype("str") + " values"
    detail = part.where(outcome == "effective", changed).mask(outcome == "not_needed", "its values are not held")
    return made.assign(outcome=outcome, detail=detail)


def match_keys(made: DataFrame, identities: DataFrame) -> DataFrame:
    """Decisions on keys with outcome and detail."""
    keys = identities[KEY[0]].astype("str").str.cat([identities[name].astype("str") for name in KEY[1:]], sep="|")
    models = Series(identities["model_id"].fillna(UNRESOLVED).to_numpy(), index=keys, dtype="str")
    now = models[~models.index.duplicated()].reindex(made["subject"]).set_axis(made.index)
    outcome = np.where(now == made["verdict"], "effective", "waiting")
    detail = ("the key resolves to " + now).fillna("no source lists the key in this run")
    return made.assign(outcome=outcome, detail=detail.where(outcome == "waiting"))


def match_corrections(made: DataFrame, history: DataFrame) -> DataFrame:
    """Corrections of past prices with outcome and detail."""
    is_recorded = made["decision_id"].isin(history["decision_id"].dropna()).to_numpy(bool)
    detail = Series("no price of that time is recorded", index=made.index, dtype="str").where(~is_recorded)
    return made.assign(outcome=np.where(is_recorded, "effective", "waiting"), detail=detail)
