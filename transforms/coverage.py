"""Expected against found: every field that a comparison needs and that is not established, ranked by its cost."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.previous_release import recall_moment
from llmpairs.warehouse.convert import empty_frame

SEVERITY_WEIGHT = {"critical": 4.0, "warning": 2.0, "info": 1.0}
PARTS_OF_SOURCES = {"partial": "some_pages", "not_archived": "archive", "not_asked": "archive"}
"""What of a source is missing, by its night's verdict; all of it by any other.

A replay that holds nothing of a source, and one that was not to ask it, are no failures of the source.
"""
KEYS = ["subject_kind", "subject_id", "field", "state"]


@dataclass(frozen=True)
class Steward:
    """Who closes a gap in a field, from where, and how."""

    field: str
    severity: str
    best_source: str
    action: str
    owner: str


def load_stewards() -> dict[str, Steward]:
    """One steward per expected field, from stewards.toml."""
    raw: dict[str, dict[str, Any]] = tomllib.loads(
        (files("llmpairs.transforms") / "stewards.toml").read_text(encoding="utf-8")
    )
    return {
        field: Steward(field, entry["severity"], entry["best_source"], entry["action"], entry["owner"])
        for field, entry in raw.items()
    }


def find_gaps(
    models: DataFrame,
    offers: DataFrame,
    capabilities: DataFrame,
    disagreements: DataFrame,
    sources: DataFrame,
    witnesses: DataFrame,
    unpublished_scores: DataFrame,
    stewards: dict[str, Steward],
    previous: DataFrame,
    as_of: datetime,
) -> DataFrame:
    """COVERAGE_GAPS of live text-generating models, of their offers, and of sources that failed or expired."""
    live = models[models["is_live"] & models["is_text_generating"]]
    parts = [
        missing_specs(live, stewards),
        missing_capabilities(live, capabilities, stewards),
        missing_model_prices(live, offers),
        missing_offer_prices(live, offers),
        conflicts(live, disagreements[disagreements["field"].isin(list(stewards))]),
        unverified(live),
        failed_sources(sources, witnesses, as_of),
        unpublished_scores,
    ]
    found = [part for part in parts if len(part)]
    if not found:
        none: DataFrame = empty_frame("coverage_gaps")
        return none
    gaps = pd.concat(found, ignore_index=True)
    gaps["field_key"] = gaps["field"].where(~gaps["field"].str.startswith("capability:"), "capability")
    for attribute in ("severity", "best_source", "action", "owner"):
        values = {field: getattr(steward, attribute) for field, steward in stewards.items()}
        gaps[attribute] = gaps["field_key"].map(values)
    return rank_gaps(gaps.drop(columns="field_key"), live, previous, as_of)


def rank_gaps(gaps: DataFrame, live: DataFrame, previous: DataFrame, as_of: datetime) -> DataFrame:
    """Gaps plus gap_id, since, pairs_affected, offers_affected and rank_score."""
    offered = live.set_index("model_id")["offer_count"]
    out = gaps.copy()
    is_model = out["model_id"].notna()
    out["pairs_affected"] = (max(len(live) - 1, 0) * is_model).astype("int64")
    count = out["model_id"].map(offered).fillna(0).astype("int64")
    out["offers_affected"] = count.where(
        out["subject_kind"] == "model", (out["subject_kind"] == "offer").astype("int64")
    )
    out["rank_score"] = (
        out["pairs_affected"] * out["severity"].map(SEVERITY_WEIGHT) * (1 + out["offers_affected"])
    ).astype("float64")
    hashed = pd.util.hash_pandas_object(out[KEYS], index=False, categorize=False)
    out["gap_id"] = [f"g{value:016x}" for value in hashed]
    out["since"] = recall_moment(out["gap_id"], previous, "gap_id", "since", as_of)
    return out.sort_values("gap_id").reset_index(drop=True)


def make_gaps(
    kind: str, ids: Series, model_ids: Series, field: str, state: str, detail: Series | str
) -> DataFrame:
    """Gap rows of one field and state."""
    return DataFrame(
        {
            "subject_kind": kind,
            "subject_id": ids.astype("str"),
            "model_id": model_ids,
            "field": field,
            "state": state,
            "detail": detail,
        }
    )


def missing_specs(live: DataFrame, stewards: dict[str, Steward]) -> DataFrame:
    """A gap for each expected column of a live model that is null."""
    fields = [field for field in stewards if field in live.columns]
    parts = []
    for field in fields:
        rows = live[live[field].isna()]
        parts.append(
            make_gaps("model", rows["model_id"], rows["model_id"], field, "missing", "no source states it")
        )
    return pd.concat(parts, ignore_index=True)


def missing_capabilities(live: DataFrame, capabilities: DataFrame, stewards: dict[str, Steward]) -> DataFrame:
    """A gap for each gate capability that is unknown, or in conflict."""
    gates = {field.removeprefix("capability:") for field in stewards if field.startswith("capability:")}
    rows = capabilities[
        capabilities["model_id"].isin(live["model_id"])
        & capabilities["capability"].astype("str").isin(gates)
        & (capabilities["state"] == "unknown")
    ]
    state = Series("missing", index=rows.index).where(rows["rule"] != "conflict", "conflict")
    gaps = make_gaps("model", rows["model_id"], rows["model_id"], "", "", "no source with standing states it")
    gaps["field"] = "capability:" + rows["capability"].astype("str")
    gaps["state"] = state
    gaps["detail"] = gaps["detail"].where(state == "missing", "lineages contradict each other")
    return gaps


def missing_model_prices(live: DataFrame, offers: DataFrame) -> DataFrame:
    """A gap for each live model without an eligible offer, with the reasons its offers give."""
    priced = set(offers.loc[offers["eligible"], "model_id"])
    rows = live[~live["model_id"].isin(priced)]
    reasons = offers[offers["model_id"].isin(rows["model_id"])]
    words = reasons["price_missing_reason"].fillna(reasons["ineligible_reason"]).fillna("priced")
    detail = words.groupby(reasons["model_id"]).agg(lambda said: ", ".join(sorted(set(said))))
    state = Series("missing", index=rows.index).where(
        ~rows["model_id"].isin(reasons.loc[words == "expired", "model_id"]), "stale"
    )
    gaps = make_gaps("model", rows["model_id"], rows["model_id"], "price", "missing", "")
    gaps["state"] = state
    gaps["detail"] = rows["model_id"].map(detail).fillna("no offer")
    return gaps


def missing_offer_prices(live: DataFrame, offers: DataFrame) -> DataFrame:
    """A gap for each active standard offer of a live model whose price is missing or held."""
    rows = offers[
        offers["model_id"].isin(live["model_id"])
        & (offers["offer_status"] == "active")
        & (offers["service_tier"] == "standard")
        & offers["price_missing_reason"].notna()
        & ~offers["price_missing_reason"].isin(["subscription", "not_per_token"])
    ]
    gaps = make_gaps(
        "offer", rows["offer_id"], rows["model_id"], "offer_price", "missing", rows["price_missing_reason"]
    )
    gaps["state"] = Series("missing", index=rows.index).where(rows["price_missing_reason"] != "held", "held")
    return gaps


def conflicts(live: DataFrame, disagreements: DataFrame) -> DataFrame:
    """A gap for each undecided disagreement about a live model; capabilities apart, whose conflicts are found above."""
    rows = disagreements[
        (disagreements["subject_kind"] == "model")
        & ~disagreements["field"].str.startswith("capability:")
        & disagreements["subject_id"].isin(live["model_id"])
        & disagreements["decision"].isna()
    ]
    gaps = make_gaps("model", rows["subject_id"], rows["subject_id"], "", "conflict", "")
    gaps["field"] = rows["field"].astype("str")
    gaps["detail"] = rows["claimed_values"].map(", ".join)
    return gaps


def unverified(live: DataFrame) -> DataFrame:
    """A gap for each live model that only one lineage names."""
    rows = live[live["identity_basis"] == "single_witness"]
    detail = "one lineage names this model, and no anchor"
    return make_gaps("model", rows["model_id"], rows["model_id"], "identity", "unverified", detail)


def list_witnesses(facts: DataFrame, routes: DataFrame) -> DataFrame:
    """Which source names which offer and model tonight: subject_kind, subject_id, source_id, each once."""
    offers = routes[["source_id"]].assign(subject_kind="offer", subject_id=routes["offer_id"])
    models = routes[["source_id"]].assign(subject_kind="model", subject_id=routes["model_id"])
    named = facts.loc[facts["subject_kind"] == "model", ["source_id", "subject_kind", "subject_id"]]
    all_ = pd.concat([offers, models, named], ignore_index=True).astype("str")
    return all_.dropna(subset="subject_id").drop_duplicates(ignore_index=True)


def failed_sources(sources: DataFrame, witnesses: DataFrame, as_of: datetime) -> DataFrame:
    """A gap for each source that did not answer well: why, until when its values count, and what hangs on them."""
    rows = sources[~sources["state"].isin(["ok", "not_configured"])]
    nobody = Series(None, index=rows.index, dtype="str")
    happened = rows["state"] + ": " + rows["cause"].fillna("no cause given")
    told = happened + "; " + tell_expiry(rows, as_of) + tell_loss(rows["source_id"], witnesses)
    gaps = make_gaps("source", rows["source_id"], nobody, "all", "stale", told)
    return gaps.assign(
        field=rows["state"].map(PARTS_OF_SOURCES).fillna("all"),
        state=Series("stale", index=rows.index).where(rows["captured_at"].notna(), "missing"),
    )


def tell_expiry(rows: DataFrame, as_of: datetime) -> Series:
    """Of which day a source's values in use are, and the day on which they expire."""
    of, until = rows["captured_at"].dt.strftime("%Y-%m-%d"), rows["expires_at"].dt.strftime("%Y-%m-%d")
    tense = Series("expire on ", index=rows.index).where(
        rows["expires_at"] >= pd.Timestamp(as_of), "expired on "
    )
    told = "its values in use, of " + of + ", " + tense + until
    return told.fillna("none of its values is in use")


def tell_loss(source_ids: Series, witnesses: DataFrame) -> Series:
    """How many offers and models only the source names; empty where there are none."""
    subjects = witnesses.groupby(["subject_kind", "subject_id"])["source_id"]
    alone = witnesses[subjects.transform("nunique") == 1]
    counts = alone.groupby(["source_id", "subject_kind"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=["offer", "model"], fill_value=0)
    counts = counts.reindex(source_ids, fill_value=0).set_axis(source_ids.index)
    offers, models = counts["offer"].astype("str"), counts["model"].astype("str")
    told = ", and with them what only it names: offers " + offers + ", models " + models
    return told.where(counts.sum(axis=1) > 0, "")
