"""Models, offers, capabilities and facts of a release from reconciled claims and the previous release."""

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.identity.resolve import Resolution
from llmpairs.transforms.lifecycle import LISTING_KINDS, find_successors, lists_are_healthy
from llmpairs.transforms.lookup import look_up_previous
from llmpairs.transforms.normalise.fields import MODEL_FIELDS, OFFER_FIELDS, PRICE_BUNDLE_FIELDS
from llmpairs.transforms.pricing.hold_candidates import CACHE_FIELD
from llmpairs.transforms.pricing.price_bases import (
    PRICE,
    best_prices,
    count_operator_runs,
    list_prices,
    mark_price_bases,
)
from llmpairs.transforms.pricing.price_holds import CARRIED_ROW_ID
from llmpairs.transforms.reconcile.capabilities import list_model_capabilities
from llmpairs.transforms.reconcile.choose import pivot_chosen
from llmpairs.transforms.reconcile.model_rows import (
    assemble_models,
    carry_absent_models,
    count_offers,
    measure_completeness,
)
from llmpairs.transforms.reconcile.offer_rows import assemble_offers, carry_absent_offers, stamp_first_seen
from llmpairs.transforms.reconcile.step import Reconciled
from llmpairs.warehouse.vocabulary import CAPABILITIES


def tabulate_offers(
    reconciled: Reconciled, offer_rows: DataFrame, resolution: Resolution, context: RunContext
) -> DataFrame:
    """OFFERS of this run and those of the previous release that no source lists now, plus is_carried."""
    facts, previous = reconciled.facts, context.previous["offers"]
    chosen = pivot_chosen(facts[facts["subject_kind"] == "offer"], [field.name for field in OFFER_FIELDS])
    developers = resolution.models.set_index("model_id")["developer_id"]
    offers = assemble_offers(offer_rows, reconciled.prices, chosen, developers, context)
    healthy = lists_are_healthy(previous["offer_id"], context.previous["facts"], context.source_health)
    offers = carry_absent_offers(offers, previous, healthy, context.as_of)
    offers["operator_runs"] = count_operator_runs(offers, offer_rows, previous)
    offers = mark_price_bases(offers, context.reference_data.providers, previous)
    return stamp_first_seen(offers, previous, "offer_id", context.as_of)


def tabulate_models(facts: DataFrame, resolution: Resolution, context: RunContext) -> DataFrame:
    """MODELS but for what depends on offers and capabilities, plus is_carried: no list names the model in this run.

    A model that was sold and that only its card still names is absent like one that no source names.
    """
    on_models = facts[(facts["subject_kind"] == "model") & facts["is_chosen"]]
    chosen = pivot_chosen(on_models, [field.name for field in MODEL_FIELDS])
    basis = on_models[on_models["field"] == "released_date"].set_index("subject_id")["basis"]
    is_name = (facts["subject_kind"] == "model") & (facts["field"] == "display_name")
    models = assemble_models(resolution.models, chosen, basis, facts[is_name], context).assign(nights_absent=0)
    developers = models.set_index("model_id")["developer_id"]
    stated = chosen["successor"].reindex(developers.index)
    models["successor_model_id"] = find_successors(stated, developers, resolution.identities).to_numpy()
    sources, keys, previous = context.source_health, resolution.identities, context.previous["models"]
    lists = sources.loc[sources["kind"].isin(LISTING_KINDS), "source_id"]
    listed = models["model_id"].isin(keys.loc[keys["source_id"].isin(lists), "model_id"])
    was_sold = models["model_id"].isin(context.previous["offers"]["model_id"])
    known = models["model_id"].isin(previous["model_id"])
    current = models[listed | ~was_sold | ~known]
    healthy = lists_are_healthy(previous["model_id"], context.previous["facts"], sources)
    table = carry_absent_models(current, previous, healthy, context.as_of)
    return table.assign(is_carried=~table["model_id"].isin(current["model_id"]))


def tabulate_model_capabilities(states: DataFrame, models: DataFrame, context: RunContext) -> DataFrame:
    """MODEL_CAPABILITIES; carried models keep those of the previous release."""
    table = list_model_capabilities(states, models["model_id"], CAPABILITIES)
    previous = context.previous["model_capabilities"]
    kept = previous[previous["model_id"].isin(models.loc[models["is_carried"], "model_id"])]
    own = table[~table["model_id"].isin(kept["model_id"])]
    return pd.concat([own, kept[own.columns]], ignore_index=True) if len(kept) else own


def carry_offer_states(states: DataFrame, offers: DataFrame, context: RunContext) -> DataFrame:
    """Own capability states of offers, with the previous ones of carried offers: subject_id, field, state."""
    previous = context.previous["offer_capabilities"]
    carried = offers.loc[offers["is_carried"], "offer_id"]
    kept = previous[previous["offer_id"].isin(carried) & (previous["state"] != "unknown")]
    old = {"subject_id": kept["offer_id"], "field": "capability:" + kept["capability"], "state": kept["state"]}
    return pd.concat([states, DataFrame(old)])


def complete_models(
    models: DataFrame, offers: DataFrame, capabilities: DataFrame, facts: DataFrame, context: RunContext
) -> DataFrame:
    """Models plus what depends on offers, capabilities, facts and earlier releases."""
    previous, as_of = context.previous["models"], pd.Timestamp(context.as_of)
    out = count_offers(models, offers)
    out["list_blended_usd_per_mtok"] = out["model_id"].map(list_prices(offers)[PRICE])
    out["best_blended_usd_per_mtok"] = out["model_id"].map(best_prices(offers))
    out["completeness"] = measure_completeness(out, capabilities, offers)
    is_spec = (facts["subject_kind"] == "model") & ~facts["field"].str.startswith("capability:")
    published = facts[facts["is_chosen"] & is_spec].groupby("subject_id")["observed_at"]
    for column, seen in (("oldest_fact_at", published.min()), ("last_seen_at", published.max())):
        current = pd.to_datetime(seen.reindex(out["model_id"]).set_axis(out.index), utc=True)
        out[column] = current.fillna(look_up_previous(out["model_id"], previous, "model_id", column))
    newest = offers.groupby("model_id")["last_seen_at"].max().reindex(out["model_id"]).set_axis(out.index)
    # A card captured after the as-of time states what the model is, not that it was seen later.
    out["last_seen_at"] = out["last_seen_at"].fillna(newest).fillna(as_of).clip(upper=as_of)
    return stamp_first_seen(out, previous, "model_id", context.as_of)


def count_pairs(rows: DataFrame, offers: DataFrame, models: DataFrame) -> DataFrame:
    """Holds or disagreements with the number of pairs that the subject's model is in."""
    live = models[models["is_live"] & models["is_text_generating"]]["model_id"]
    of_offers = rows["subject_id"].map(offers.set_index("offer_id")["model_id"])
    model_ids = of_offers.where(rows["subject_kind"] == "offer", rows["subject_id"])
    return rows.assign(pairs_affected=(model_ids.isin(live) * max(len(live) - 1, 0)).astype("int64"))


def keep_facts(
    facts: DataFrame, models: DataFrame, offers: DataFrame, prices: DataFrame, context: RunContext
) -> DataFrame:
    """FACTS of this run, and earlier ones that are still published.

    Those are the facts of carried models and offers, and the prices that stay while a new one is held. A capability of
    a carried model may cite an offer that is still listed, under a key that no longer resolves to the model: that claim
    is kept as an older one of the offer.
    """
    previous = context.previous["facts"]
    carried = models.loc[models["is_carried"], "model_id"]
    absent = {*carried, *offers.loc[offers["is_carried"], "offer_id"]}
    stays = previous["subject_id"].isin(absent)
    of_prices = previous["is_chosen"] & previous["field"].isin(PRICE_BUNDLE_FIELDS)
    kept_bundles = prices.loc[prices["row_id"] == CARRIED_ROW_ID, "offer_id"]
    kept_caches = prices.loc[prices["held_cache"] & prices[CACHE_FIELD].notna(), "offer_id"]
    stays |= of_prices & previous["subject_id"].isin(kept_bundles)
    stays |= of_prices & previous["subject_id"].isin(kept_caches) & (previous["field"] == CACHE_FIELD)
    states = context.previous["model_capabilities"]
    cited = states.loc[states["model_id"].isin(carried), "fact_id"].dropna()
    is_older = previous["fact_id"].isin(cited) & ~previous["fact_id"].isin(facts["fact_id"]) & ~stays
    old = previous.assign(
        is_chosen=previous["is_chosen"] & ~is_older, reason=previous["reason"].mask(is_older, "older")
    )
    old = old[stays | is_older]
    # A source that failed in this run repeats its earlier claims: the published fact is the earlier one.
    current = facts[~facts["fact_id"].isin(old["fact_id"])].drop(columns="evidence")
    old = old.reindex(columns=current.columns)
    return pd.concat([current, old], ignore_index=True) if len(old) else current
