"""From named facts, tonight's routes and prices to the state tables of a release."""

from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.coverage import find_gaps, list_witnesses
from llmpairs.transforms.identity.resolve import Resolution
from llmpairs.transforms.lifecycle import LISTING_KINDS, find_successors, lists_are_healthy
from llmpairs.transforms.previous_release import recall
from llmpairs.transforms.pricing.facts import BUNDLE_FIELDS
from llmpairs.transforms.pricing.hold_candidates import CACHE_FIELD
from llmpairs.transforms.pricing.price_holds import NOT_A_ROW
from llmpairs.transforms.reconcile.capabilities import resolve_states, tabulate_models, tabulate_offers
from llmpairs.transforms.reconcile.choose import pivot_chosen
from llmpairs.transforms.reconcile.disagreements import describe_chosen, find_disagreements
from llmpairs.transforms.reconcile.model_rows import (
    FIELDS,
    assemble_models,
    carry_absent_models,
    count_offers,
    measure_completeness,
)
from llmpairs.transforms.reconcile.offer_rows import (
    MEASURED,
    assemble_offers,
    carry_absent_offers,
    stamp_first_seen,
    tabulate_providers,
)
from llmpairs.transforms.reconcile.step import Reconciled
from llmpairs.transforms.reference_data import Books
from llmpairs.transforms.scores import tabulate_scores
from llmpairs.warehouse.vocabulary import CAPABILITIES

OFFER_FIELDS = [
    "region", "quantization", "context_tokens", "max_output_tokens", *MEASURED, "status", "deprecated_on", "retire_on",
]  # fmt: skip


def tabulate(
    night: Reconciled,
    routes: DataFrame,
    landed_scores: DataFrame,
    resolution: Resolution,
    sources: DataFrame,
    previous: dict[str, DataFrame],
    books: Books,
    as_of: datetime,
) -> dict[str, DataFrame]:
    """The state tables, all but the price history, from what reconciling made of tonight's claims."""
    facts = night.facts
    is_flag = facts["field"].str.startswith("capability:")
    plain, flags = facts[~is_flag], facts[is_flag]
    developers = resolution.models.set_index("model_id")["developer_id"]
    offers = assemble_offers(
        routes,
        night.prices,
        pivot_chosen(plain[plain["subject_kind"] == "offer"], OFFER_FIELDS),
        developers,
        books.providers,
        as_of,
    )
    healthy = lists_are_healthy(previous["offers"]["offer_id"], previous["facts"], sources)
    offers = carry_absent_offers(offers, previous["offers"], healthy, as_of)
    offers = stamp_first_seen(offers, previous["offers"], "offer_id", as_of)
    models = list_models(plain, resolution, sources, previous, books, as_of)
    facts = facts[~facts["subject_id"].isin(models.loc[models["is_carried"], "model_id"])]
    offer_states = resolve_states(flags[flags["subject_kind"] == "offer"])
    capabilities = tabulate_models(night.states, models["model_id"], CAPABILITIES)
    capabilities = carry_capabilities(capabilities, models, previous["model_capabilities"])
    models = finish_models(models, offers, capabilities, facts, previous["models"], as_of)
    disagreements = find_disagreements(
        night.words,
        describe_chosen(plain, night.states),
        night.decided,
        books.tolerances,
        previous["disagreements"],
        as_of,
    )
    disagreements = count_pairs(disagreements, offers, models)
    scores = tabulate_scores(
        landed_scores,
        resolution.identities,
        models,
        sources,
        previous["benchmark_scores"],
        books.benchmarks,
        as_of,
    )
    gaps = find_gaps(
        models,
        offers,
        capabilities,
        disagreements,
        sources,
        list_witnesses(facts, routes),
        scores.gaps,
        books.stewards,
        previous["coverage_gaps"],
        as_of,
    )
    settled = settle_flags(facts, pd.concat([night.states, offer_states], ignore_index=True))
    own_states = pd.concat([offer_states, carried_speech(offers, previous["offer_capabilities"])])
    return {
        "models": models,
        "model_capabilities": capabilities,
        "providers": tabulate_providers(offers, books.providers, previous["providers"], as_of),
        "offers": offers,
        "offer_capabilities": tabulate_offers(own_states, offers, capabilities),
        "benchmark_scores": scores.table,
        "facts": keep_facts(settled, previous["facts"], models, offers, night.prices),
        "disagreements": disagreements,
        "holds": count_pairs(night.holds, offers, models),
        "identities": resolution.identities,
        "coverage_gaps": gaps,
    }


def list_models(
    facts: DataFrame,
    resolution: Resolution,
    sources: DataFrame,
    previous: dict[str, DataFrame],
    books: Books,
    as_of: datetime,
) -> DataFrame:
    """MODELS but for what depends on offers and capabilities, plus is_carried: no list names the model tonight.

    A model that was sold and that only its card still names is absent like one that nobody names.
    """
    on_models = facts[(facts["subject_kind"] == "model") & facts["is_chosen"]]
    chosen = pivot_chosen(on_models, list(FIELDS))
    models = assemble_models(resolution.models, chosen, on_models, books.licences, books.kinds, as_of).assign(
        nights_absent=0
    )
    developers = models.set_index("model_id")["developer_id"]
    stated = chosen["successor"].reindex(developers.index)
    models["successor_model_id"] = find_successors(stated, developers, resolution.identities).to_numpy()
    lists = sources.loc[sources["kind"].isin(LISTING_KINDS), "source_id"]
    keys = resolution.identities
    listed = models["model_id"].isin(keys.loc[keys["source_id"].isin(lists), "model_id"])
    was_sold = models["model_id"].isin(previous["offers"]["model_id"])
    known = models["model_id"].isin(previous["models"]["model_id"])
    tonight = models[listed | ~was_sold | ~known]
    healthy = lists_are_healthy(previous["models"]["model_id"], previous["facts"], sources)
    table = carry_absent_models(tonight, previous["models"], healthy, as_of)
    return table.assign(is_carried=~table["model_id"].isin(tonight["model_id"]))


def carry_capabilities(capabilities: DataFrame, models: DataFrame, previous: DataFrame) -> DataFrame:
    """MODEL_CAPABILITIES in which models that no list names tonight keep those of the last release."""
    carried = models.loc[models["is_carried"], "model_id"]
    kept = previous[previous["model_id"].isin(carried)]
    own = capabilities[~capabilities["model_id"].isin(kept["model_id"])]
    return pd.concat([own, kept[own.columns]], ignore_index=True) if len(kept) else own


def carried_speech(offers: DataFrame, previous: DataFrame) -> DataFrame:
    """What routes that nobody lists tonight said of themselves: subject_id, field, state."""
    carried = offers.loc[offers["is_carried"], "offer_id"]
    said = previous[previous["offer_id"].isin(carried) & (previous["state"] != "unknown")]
    return DataFrame(
        {"subject_id": said["offer_id"], "field": "capability:" + said["capability"], "state": said["state"]}
    )


def settle_flags(facts: DataFrame, states: DataFrame) -> DataFrame:
    """Facts with is_chosen and reason of the capability claims."""
    is_flag = facts["field"].str.startswith("capability:")
    keys = ["subject_id", "field"]
    own = states.drop_duplicates(keys)[[*keys, "state", "rule", "fact_id"]]
    said = facts[keys].merge(own, on=keys, how="left").set_index(facts.index)
    chosen = said["fact_id"] == facts["fact_id"]
    agrees = said["state"] == facts["value"]
    reason = Series("fewer_witnesses", index=facts.index)
    reason = reason.mask(said["rule"] == "decision", "decision").mask(said["rule"] == "held", "held")
    reason = reason.mask(agrees, "agrees").mask(chosen & (said["rule"] != "decision"), "chosen")
    return facts.assign(
        is_chosen=facts["is_chosen"].mask(is_flag, chosen.fillna(False)).astype(bool),
        reason=facts["reason"].mask(is_flag, reason.mask(chosen & (said["rule"] == "decision"), "decision")),
    )


def finish_models(
    models: DataFrame,
    offers: DataFrame,
    capabilities: DataFrame,
    facts: DataFrame,
    previous: DataFrame,
    as_of: datetime,
) -> DataFrame:
    """Models plus what depends on offers, capabilities, facts and earlier releases."""
    out = count_offers(models, offers)
    out["completeness"] = measure_completeness(out, capabilities, offers)
    published = facts[facts["is_chosen"] & (facts["subject_kind"] == "model")].groupby("subject_id")[
        "observed_at"
    ]
    for column, seen in (("oldest_fact_at", published.min()), ("last_seen_at", published.max())):
        tonight = pd.to_datetime(seen.reindex(out["model_id"]).set_axis(out.index), utc=True)
        out[column] = tonight.fillna(recall(out["model_id"], previous, "model_id", column))
    newest = offers.groupby("model_id")["last_seen_at"].max().reindex(out["model_id"]).set_axis(out.index)
    out["last_seen_at"] = out["last_seen_at"].fillna(newest).fillna(pd.Timestamp(as_of))
    # A card that was captured after the night tells what the model is, not that it was seen later.
    out["last_seen_at"] = out["last_seen_at"].clip(upper=pd.Timestamp(as_of))
    return stamp_first_seen(out, previous, "model_id", as_of)


def count_pairs(rows: DataFrame, offers: DataFrame, models: DataFrame) -> DataFrame:
    """Holds or disagreements with the number of pairs that the subject's model stands in."""
    live = models[models["is_live"] & models["is_text_generating"]]["model_id"]
    of_offers = rows["subject_id"].map(offers.set_index("offer_id")["model_id"])
    model_ids = of_offers.where(rows["subject_kind"] == "offer", rows["subject_id"])
    return rows.assign(pairs_affected=(model_ids.isin(live) * max(len(live) - 1, 0)).astype("int64"))


def keep_facts(
    facts: DataFrame, previous: DataFrame, models: DataFrame, offers: DataFrame, prices: DataFrame
) -> DataFrame:
    """FACTS of tonight, and earlier ones that are still published.

    Those are the facts of subjects that nobody names tonight, and the prices that stay while a new one is held.
    """
    absent = set(models.loc[models["is_carried"], "model_id"])
    absent |= set(offers.loc[offers["is_carried"], "offer_id"])
    stays = previous["subject_id"].isin(absent)
    of_prices = previous["is_chosen"] & previous["field"].isin(BUNDLE_FIELDS)
    kept_bundles = prices.loc[prices["row_id"] == NOT_A_ROW, "offer_id"]
    kept_caches = prices.loc[prices["held_cache"] & prices[CACHE_FIELD].notna(), "offer_id"]
    stays |= of_prices & previous["subject_id"].isin(kept_bundles)
    stays |= of_prices & previous["subject_id"].isin(kept_caches) & (previous["field"] == CACHE_FIELD)
    old = previous[stays]
    # A claim may be tonight's as well, of a source that did not answer: it is still the published one.
    tonight = facts[~facts["fact_id"].isin(old["fact_id"])].drop(columns="evidence")
    old = old.reindex(columns=tonight.columns)
    return pd.concat([tonight, old], ignore_index=True) if len(old) else tonight
