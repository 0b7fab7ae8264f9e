"""From named facts, tonight's routes and prices to the state tables of a release."""

from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from transforms.books import Books
from transforms.coverage import find_gaps, list_witnesses
from transforms.identity.resolve import Resolution
from transforms.previous import recall
from transforms.pricing.facts import BUNDLE_FIELDS
from transforms.pricing.holds import NOT_A_ROW, Published
from transforms.reconcile.capabilities import resolve_states, tabulate_models, tabulate_offers
from transforms.reconcile.choose import pivot_chosen
from transforms.reconcile.disagreements import find_disagreements
from transforms.reconcile.models import (
    FIELDS,
    assemble_models,
    carry_absent_models,
    count_offers,
    measure_completeness,
)
from transforms.reconcile.offers import (
    MEASURED,
    assemble_offers,
    carry_absent_offers,
    stamp_first_seen,
    tabulate_providers,
)
from transforms.scores import tabulate_scores
from warehouse.vocabulary import CAPABILITIES

OFFER_FIELDS = [
    "region", "quantization", "context_tokens", "max_output_tokens", *MEASURED, "status", "retire_on",
]  # fmt: skip


def tabulate(
    facts: DataFrame,
    routes: DataFrame,
    published: Published,
    landed_scores: DataFrame,
    resolution: Resolution,
    sources: DataFrame,
    previous: dict[str, DataFrame],
    books: Books,
    as_of: datetime,
) -> dict[str, DataFrame]:
    """The state tables from named facts and tonight's routes, prices and scores; all but the price history."""
    is_flag = facts["field"].str.startswith("capability:")
    plain, flags = facts[~is_flag], facts[is_flag]
    developers = resolution.models.set_index("model_id")["developer_id"]
    offers = assemble_offers(
        routes,
        published.prices,
        pivot_chosen(plain[plain["subject_kind"] == "offer"], OFFER_FIELDS),
        developers,
        books.providers,
        as_of,
    )
    offers = stamp_first_seen(
        carry_absent_offers(offers, previous["offers"]), previous["offers"], "offer_id", as_of
    )
    offer_states = resolve_states(flags[flags["subject_kind"] == "offer"])
    model_states = resolve_states(speech_of_models(flags, routes))
    on_models = plain[(plain["subject_kind"] == "model") & plain["is_chosen"]]
    models = assemble_models(
        resolution.models,
        pivot_chosen(on_models, list(FIELDS)),
        on_models,
        books.licences,
        books.kinds,
        as_of,
    )
    models["nights_absent"] = 0
    models = carry_absent_models(models, previous["models"])
    capabilities = tabulate_models(model_states, models["model_id"], CAPABILITIES)
    models = finish_models(models, offers, capabilities, facts, previous["models"], as_of)
    settled = settle_flags(facts, pd.concat([model_states, offer_states], ignore_index=True))
    disagreements = find_disagreements(settled, previous["disagreements"], as_of)
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
    holds = count_pairs(published.holds, offers, models)
    return {
        "models": models,
        "model_capabilities": capabilities,
        "providers": tabulate_providers(offers, books.providers, previous["providers"], as_of),
        "offers": offers,
        "offer_capabilities": tabulate_offers(offer_states, offers, capabilities),
        "benchmark_scores": scores.table,
        "facts": keep_facts(settled, previous["facts"], models, offers, published.prices),
        "disagreements": disagreements,
        "holds": holds,
        "identities": resolution.identities,
        "coverage_gaps": gaps,
    }


def speech_of_models(flags: DataFrame, routes: DataFrame) -> DataFrame:
    """Capability claims with their model as subject: what sources say of it, and what they say of its routes."""
    models = routes.dropna(subset="model_id").sort_values("row_id").drop_duplicates("offer_id")
    by_offer = models.set_index("offer_id")["model_id"]
    of_offers = flags[flags["subject_kind"] == "offer"]
    lifted = of_offers.assign(subject_id=of_offers["subject_id"].map(by_offer)).dropna(subset="subject_id")
    rank_ = lifted["authority"].where(lifted["authority"] > 0, 4)
    return pd.concat(
        [flags[flags["subject_kind"] == "model"], lifted.assign(authority=rank_)], ignore_index=True
    )


def settle_flags(facts: DataFrame, states: DataFrame) -> DataFrame:
    """Facts with is_chosen and reason of the capability claims."""
    is_flag = facts["field"].str.startswith("capability:")
    own = states.drop_duplicates(["subject_id", "field"])[["subject_id", "field", "state", "fact_id"]]
    said = facts[["subject_id", "field"]].merge(own, on=["subject_id", "field"], how="left")
    chosen = Series(said["fact_id"].to_numpy() == facts["fact_id"].to_numpy(), index=facts.index)
    reason = Series("fewer_witnesses", index=facts.index).mask(
        said["state"].to_numpy() == facts["value"].to_numpy(), "agrees"
    )
    out = facts.copy()
    out["is_chosen"] = out["is_chosen"].mask(is_flag, chosen)
    out["reason"] = out["reason"].mask(is_flag, reason.mask(chosen, "chosen"))
    return out


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
        tonight = pd.to_datetime(out["model_id"].map(seen), utc=True)
        out[column] = tonight.fillna(recall(out["model_id"], previous, "model_id", column))
    newest = offers.groupby("model_id")["last_seen_at"].max()
    out["last_seen_at"] = out["last_seen_at"].fillna(out["model_id"].map(newest)).fillna(pd.Timestamp(as_of))
    # A card that was captured after the night tells what the model is, not that it was seen later.
    out["last_seen_at"] = out["last_seen_at"].clip(upper=pd.Timestamp(as_of))
    return stamp_first_seen(out, previous, "model_id", as_of)


def count_pairs(holds: DataFrame, offers: DataFrame, models: DataFrame) -> DataFrame:
    """Holds with the number of pairs that the model of the held offer stands in."""
    live = models[models["is_live"] & models["is_text_generating"]]["model_id"]
    model_ids = holds["subject_id"].map(offers.set_index("offer_id")["model_id"])
    return holds.assign(pairs_affected=(model_ids.isin(live) * max(len(live) - 1, 0)).astype("int64"))


def keep_facts(
    facts: DataFrame, previous: DataFrame, models: DataFrame, offers: DataFrame, prices: DataFrame
) -> DataFrame:
    """FACTS of tonight, and earlier ones that are still published.

    Those are the facts of subjects that nobody names tonight, and the prices that stay while a new one is held.
    """
    absent = set(models.loc[models["nights_absent"] > 0, "model_id"])
    absent |= set(offers.loc[offers["nights_absent"] > 0, "offer_id"])
    kept_prices = prices.loc[prices["row_id"] == NOT_A_ROW, "offer_id"]
    stays = previous["subject_id"].isin(absent) | (
        previous["subject_id"].isin(kept_prices)
        & previous["field"].isin(BUNDLE_FIELDS)
        & previous["is_chosen"]
    )
    old = previous[stays]
    # A claim may be tonight's as well, of a source that did not answer: it is still the published one.
    tonight = facts[~facts["fact_id"].isin(old["fact_id"])].drop(columns="evidence")
    return pd.concat([tonight, old[tonight.columns]], ignore_index=True) if len(old) else tonight
