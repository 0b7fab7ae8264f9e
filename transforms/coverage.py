"""Coverage gaps: every field that a comparison needs and that is unknown, ranked by impact."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.lookup import look_up_previous_time
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.vocabulary import REVIEW_SOURCE

SEVERITY_WEIGHT = {"critical": 4.0, "warning": 2.0, "info": 1.0}
PARTS_OF_SOURCES = {"partial": "some_pages", "not_archived": "archive", "not_asked": "archive"}
"""Field of a source's gap by the state of the source; any other state means all of the source.

A source without responses in a replayed archive, or left out of the run on purpose, has not failed.
"""
KEYS = ["subject_kind", "subject_id", "field", "state"]


def find_gaps(
    tables: Mapping[str, DataFrame], naming_sources: DataFrame, source_gaps: DataFrame, context: RunContext
) -> DataFrame:
    """COVERAGE_GAPS of live text-generating models, of their offers, and of sources that failed or expired.

    `tables` are the state tables of this run; `naming_sources` is of `list_naming_sources`; `source_gaps` are rows of
    `make_gaps` about what is not published of sources: benchmark results, and keys.
    """
    models, offers, owners = tables["models"], tables["offers"], context.reference_data.gap_owners
    live = models[models["is_live"] & models["is_text_generating"]]
    parts = [
        list_missing_specs(live, owners),
        list_missing_capabilities(live, tables["model_capabilities"], owners),
        list_missing_model_prices(live, offers),
        list_missing_offer_prices(live, offers),
        list_conflicts(live, tables["disagreements"], owners),
        list_unverified(models, live),
        list_failed_sources(context.source_health, naming_sources, context.as_of),
        source_gaps,
    ]
    found = [part for part in parts if len(part)]
    if not found:
        none: DataFrame = empty_frame("coverage_gaps")
        return none
    gaps = pd.concat(found, ignore_index=True)
    owned_field = gaps["field"].where(~gaps["field"].str.startswith("capability:"), "capability")
    for attribute in ("severity", "best_source", "action", "owner"):
        gaps[attribute] = owned_field.map({field: getattr(owner, attribute) for field, owner in owners.items()})
    return rank_gaps(gaps, live, context)


def rank_gaps(gaps: DataFrame, live: DataFrame, context: RunContext) -> DataFrame:
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
    out["since"] = look_up_previous_time(
        out["gap_id"], context.previous["coverage_gaps"], "gap_id", "since", context.as_of
    )
    return out.sort_values("gap_id").reset_index(drop=True)


def make_gaps(subject_kind: str, ids: Series, model_ids: Series | None, field: str) -> DataFrame:
    """Gap rows of one field with state `missing` and an empty detail; both may be assigned later."""
    return DataFrame(
        {
            "subject_kind": subject_kind,
            "subject_id": ids.astype("str"),
            "model_id": Series(None, index=ids.index, dtype="str") if model_ids is None else model_ids,
            "field": field,
            "state": "missing",
            "detail": "",
        }
    )


def list_missing_specs(live: DataFrame, fields: Iterable[str]) -> DataFrame:
    """A gap for each expected column of a live model that is null."""
    parts = []
    for field in (name for name in fields if name in live.columns):
        ids = live.loc[live[field].isna(), "model_id"]
        parts.append(make_gaps("model", ids, ids, field))
    return pd.concat(parts, ignore_index=True).assign(detail="no source states it")


def list_missing_capabilities(live: DataFrame, capabilities: DataFrame, fields: Iterable[str]) -> DataFrame:
    """A gap for each expected capability that is unknown, or in conflict."""
    expected = {field.removeprefix("capability:") for field in fields if field.startswith("capability:")}
    rows = capabilities[
        capabilities["model_id"].isin(live["model_id"])
        & capabilities["capability"].astype("str").isin(expected)
        & (capabilities["state"] == "unknown")
    ]
    is_conflict = rows["rule"] == "conflict"
    gaps = make_gaps("model", rows["model_id"], rows["model_id"], "")
    return gaps.assign(
        field="capability:" + rows["capability"].astype("str"),
        state=gaps["state"].mask(is_conflict, "conflict"),
        detail=Series("no source of sufficient priority states it", index=rows.index).mask(
            is_conflict, "lineages contradict each other"
        ),
    )


def list_missing_model_prices(live: DataFrame, offers: DataFrame) -> DataFrame:
    """A gap for each live model without an eligible offer, with the reasons of its offers."""
    priced = set(offers.loc[offers["eligible"], "model_id"])
    ids = live.loc[~live["model_id"].isin(priced), "model_id"]
    unpriced = offers[offers["model_id"].isin(ids)]
    reasons = unpriced["price_missing_reason"].fillna(unpriced["ineligible_reason"]).fillna("priced")
    detail = reasons.groupby(unpriced["model_id"]).agg(lambda each: ", ".join(sorted(set(each))))
    is_stale = ids.isin(unpriced.loc[reasons == "expired", "model_id"])
    gaps = make_gaps("model", ids, ids, "price")
    return gaps.assign(state=gaps["state"].mask(is_stale, "stale"), detail=ids.map(detail).fillna("no offer"))


def list_missing_offer_prices(live: DataFrame, offers: DataFrame) -> DataFrame:
    """A gap for each active standard offer of a live model whose price is missing or held."""
    rows = offers[
        offers["model_id"].isin(live["model_id"])
        & (offers["offer_status"] == "active")
        & (offers["service_tier"] == "standard")
        & offers["price_missing_reason"].notna()
        & ~offers["price_missing_reason"].isin(["subscription", "not_per_token"])
    ]
    gaps = make_gaps("offer", rows["offer_id"], rows["model_id"], "offer_price")
    is_held = rows["price_missing_reason"] == "held"
    return gaps.assign(state=gaps["state"].mask(is_held, "held"), detail=rows["price_missing_reason"])


def list_conflicts(live: DataFrame, disagreements: DataFrame, fields: Iterable[str]) -> DataFrame:
    """A gap for each undecided disagreement about an expected field of a live model, capabilities apart.

    Conflicts of capabilities are found by `list_missing_capabilities`.
    """
    rows = disagreements[
        disagreements["field"].isin(list(fields))
        & (disagreements["subject_kind"] == "model")
        & ~disagreements["field"].str.startswith("capability:")
        & disagreements["subject_id"].isin(live["model_id"])
        & disagreements["decision"].isna()
    ]
    gaps = make_gaps("model", rows["subject_id"], rows["subject_id"], "")
    return gaps.assign(
        field=rows["field"].astype("str"), state="conflict", detail=rows["claimed_values"].map(", ".join)
    )


def list_unverified(models: DataFrame, live: DataFrame) -> DataFrame:
    """A gap for each live model that only one lineage names, and for each that waits for a second one."""
    waits = (models["identity_basis"] == "unconfirmed") & models["is_text_generating"] & (models["offer_count"] > 0)
    parts = [
        (
            live.loc[live["identity_basis"] == "single_witness", "model_id"],
            "one lineage names this model, and no anchor",
        ),
        (models.loc[waits, "model_id"], "one reseller alone names this model: it is in no pair until it is confirmed"),
    ]
    gaps = [make_gaps("model", ids, ids, "identity").assign(state="unverified", detail=detail) for ids, detail in parts]
    return pd.concat(gaps, ignore_index=True)


def list_refused_keys(identities: DataFrame) -> DataFrame:
    """A gap for each source with keys that are refused for their characters, their length or as formulas, counted."""
    refused = identities[identities["reason"].isin(["unsafe_key", "arithmetic"])]
    count = refused.groupby(["source_id", "reason"], observed=True).size().rename("keys").reset_index()
    count["text"] = count["keys"].astype("str") + " " + count["reason"].astype("str")
    listed = count.groupby("source_id", observed=True)["text"].agg(", ".join).rename("detail").reset_index()
    gaps = make_gaps("source", listed["source_id"], None, "identity")
    return gaps.assign(state="held", detail="keys refused: " + listed["detail"].astype("str"))


def list_naming_sources(facts: DataFrame, offer_rows: DataFrame) -> DataFrame:
    """Sources that name each offer and model in this run: subject_kind, subject_id, source_id, without duplicates."""
    offers = offer_rows[["source_id"]].assign(subject_kind="offer", subject_id=offer_rows["offer_id"])
    models = offer_rows[["source_id"]].assign(subject_kind="model", subject_id=offer_rows["model_id"])
    of_sources = facts[(facts["subject_kind"] == "model") & (facts["source_id"] != REVIEW_SOURCE)]
    named = of_sources[["source_id", "subject_kind", "subject_id"]]
    rows = pd.concat([offers, models, named], ignore_index=True).astype("str")
    return rows.dropna(subset="subject_id").drop_duplicates(ignore_index=True)


def list_failed_sources(sources: DataFrame, naming_sources: DataFrame, as_of: datetime) -> DataFrame:
    """A gap for each source that failed: cause, expiry of its last known good values, and what only it names."""
    rows = sources[~sources["state"].isin(["ok", "not_configured"])]
    cause = rows["state"] + ": " + rows["cause"].fillna("no cause given")
    loss = describe_sole_subjects(rows["source_id"], naming_sources)
    gaps = make_gaps("source", rows["source_id"], None, "all")
    return gaps.assign(
        field=rows["state"].map(PARTS_OF_SOURCES).fillna("all"),
        state=gaps["state"].mask(rows["captured_at"].notna(), "stale"),
        detail=cause + "; " + describe_expiry(rows, as_of) + loss,
    )


def describe_expiry(rows: DataFrame, as_of: datetime) -> Series:
    """Capture day of the values in use of each source, and the day on which they expire."""
    captured, expires = (rows[name].dt.strftime("%Y-%m-%d") for name in ("captured_at", "expires_at"))
    tense = Series("expire on ", index=rows.index).where(rows["expires_at"] >= pd.Timestamp(as_of), "expired on ")
    text = "last known good values of " + captured + " " + tense + expires
    return text.fillna("no last known good values")


def describe_sole_subjects(source_ids: Series, naming_sources: DataFrame) -> Series:
    """Number of offers and models that only the source names; empty where there are none."""
    subjects = naming_sources.groupby(["subject_kind", "subject_id"])["source_id"]
    alone = naming_sources[subjects.transform("nunique") == 1]
    counts = alone.groupby(["source_id", "subject_kind"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=["offer", "model"], fill_value=0)
    counts = counts.reindex(source_ids, fill_value=0).set_axis(source_ids.index)
    offers, models = counts["offer"].astype("str"), counts["model"].astype("str")
    text = "; only source of offers: " + offers + ", of models: " + models
    return text.where(counts.sum(axis=1) > 0, "")
