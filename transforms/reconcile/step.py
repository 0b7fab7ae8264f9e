"""What reconciling makes of a night's claims."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.identity.resolve import Resolution
from llmpairs.transforms.normalise.kinds import classify_models
from llmpairs.transforms.pricing.candidates import judge_candidates, order_candidates, price_words
from llmpairs.transforms.pricing.facts import claim_prices
from llmpairs.transforms.pricing.price_holds import publish_prices
from llmpairs.transforms.reconcile.capability_holds import settle_capabilities
from llmpairs.transforms.reconcile.choose import name_facts, pivot_chosen
from llmpairs.transforms.reconcile.decisions import Decided, find_decided
from llmpairs.transforms.reconcile.disagreements import word_of_lineages
from llmpairs.transforms.reconcile.specs import settle_specs
from llmpairs.transforms.reference_data import Books


@dataclass(frozen=True)
class Reconciled:
    """Claims, prices and capabilities as they are published, and what is open about them."""

    facts: DataFrame
    """FACTS of tonight, plus `evidence`; is_chosen and reason of capability claims are yet to be set."""
    states: DataFrame
    """Capability states of models: subject_id, field, state, rule and evidence."""
    prices: DataFrame
    """One bundle per offer_id."""
    words: DataFrame
    """The word of every lineage: subject_kind, subject_id, field, lineage, value."""
    decided: Decided
    """Reviewers' decisions on disagreements."""
    holds: DataFrame
    """HOLDS; pairs_affected is 0."""


def reconcile(
    claims: DataFrame,
    candidates: DataFrame,
    speech: DataFrame,
    routes: DataFrame,
    resolution: Resolution,
    previous: dict[str, DataFrame],
    decisions: DataFrame,
    books: Books,
    as_of: datetime,
) -> Reconciled:
    """What is published of every claim, price and capability, what is held back, and what lineages say."""
    held = previous["holds"]
    flags = settle_capabilities(
        speech_of_models(speech, routes), previous["model_capabilities"], held, decisions, as_of
    )
    specs = settle_specs(claims, flags.states, previous["facts"], held, decisions, books.tolerances, as_of)
    judged = judge_candidates(candidates, text_models(specs.claims, resolution, books))
    words = word_of_lineages(price_words(judged), books.tolerances)
    decided = find_decided(words, decisions)
    wanted = decided.values("offer")
    prices = publish_prices(judged, previous["offers"], held, decisions, wanted, as_of)
    claimed = claim_prices(order_candidates(judged, wanted), prices.prices)
    facts = name_facts(pd.concat([specs.claims, claimed], ignore_index=True))
    return Reconciled(
        facts=pd.concat([facts, speech], ignore_index=True),
        states=flags.states,
        prices=prices.prices,
        words=pd.concat([specs.words, flags.words, words], ignore_index=True),
        decided=specs.decided.beside(flags.decided).beside(decided),
        holds=pd.concat([prices.holds, specs.holds, flags.holds], ignore_index=True),
    )


def text_models(claims: DataFrame, resolution: Resolution, books: Books) -> list[str]:
    """model_id of the models that generate text, as far as tonight's claims tell."""
    ids = pd.Index(resolution.models["model_id"], name="subject_id")
    text = pivot_chosen(claims[claims["subject_kind"] == "model"], ["task", "output_modalities"]).reindex(ids)
    kinds = classify_models(text, books.kinds)
    return list(kinds.index[kinds["is_text_generating"]])


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
