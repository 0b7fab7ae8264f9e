"""One night: landed claims and the last release to the state tables of tonight's release."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from transforms.coverage import Steward, find_gaps, load_stewards
from transforms.identity.books import IdentityBooks, load_books
from transforms.identity.resolve import Resolution, resolve_identities
from transforms.keys import attach_models, collect_keys
from transforms.normalise.capabilities import CapabilityWords, claim_capabilities, load_capability_words
from transforms.normalise.claims import (
    Standing,
    authority_on_models,
    authority_on_offers,
    claim_models,
    claim_models_by_route,
    claim_offers,
    lineage_of,
)
from transforms.normalise.kinds import KindWords, load_kind_words
from transforms.normalise.licences import LicenceBook, load_licences
from transforms.normalise.prices import bundle_prices
from transforms.normalise.providers import ProviderBook, load_providers
from transforms.normalise.routes import locate_routes
from transforms.previous import recall
from transforms.pricing.candidates import choose_prices, judge_candidates, keep_last_good
from transforms.pricing.facts import claim_prices
from transforms.pricing.history import extend_history
from transforms.pricing.holds import list_holds
from transforms.reconcile.capabilities import resolve_states, tabulate_models, tabulate_offers
from transforms.reconcile.choose import choose_claims, name_facts, pivot_chosen
from transforms.reconcile.disagreements import find_disagreements
from transforms.reconcile.models import (
    FIELDS,
    assemble_models,
    carry_absent_models,
    count_offers,
    measure_completeness,
)
from transforms.reconcile.offers import (
    assemble_offers,
    carry_absent_offers,
    stamp_first_seen,
    tabulate_providers,
)
from transforms.reconcile.plausible import doubt_cutoffs, find_implausible
from warehouse.landing import Landed
from warehouse.vocabulary import CAPABILITIES

RULES_VERSION = "1"
"""Raised with every change of a rule that can change a published value."""
OFFER_FIELDS = ["region", "quantization", "context_tokens", "max_output_tokens", "status", "retire_on"]


@dataclass(frozen=True)
class Books:
    """The reviewed data files, loaded."""

    providers: ProviderBook
    licences: LicenceBook
    kinds: KindWords
    capabilities: CapabilityWords
    identity: IdentityBooks
    stewards: dict[str, Steward]


def load_all_books() -> Books:
    """Every reviewed data file that the night needs; the only reading of files in the transforms."""
    return Books(
        load_providers(),
        load_licences(),
        load_kind_words(),
        load_capability_words(),
        load_books(),
        load_stewards(),
    )


def build_state(
    landed: Landed,
    standing: Standing,
    sources: DataFrame,
    previous: dict[str, DataFrame],
    decisions: DataFrame,
    books: Books,
    as_of: datetime,
) -> dict[str, DataFrame]:
    """State tables by name, all but costs and pairs, with the columns of their contracts.

    `previous` holds the last release's tables by name, empty frames on a first night; `sources` is the night's
    health with the columns of the log table `sources`.
    """
    routes, rows = locate(landed, standing, books, as_of)
    resolution = resolve_identities(
        collect_keys(rows, routes, books.providers),
        previous["identities"],
        identity_decisions(decisions),
        books.identity,
    )
    routes, rows = rank(routes, rows, resolution, standing, books)
    candidates = judge_candidates(price_candidates(routes, landed.prices, books))
    prices = keep_last_good(choose_prices(candidates), previous["offers"])
    claims = all_claims(rows, routes, candidates, prices, standing, books, as_of)
    speech = capability_claims(rows, routes, landed.capabilities, standing, books)
    facts = name_facts(pd.concat([claims, speech], ignore_index=True))
    return tabulate(facts, routes, candidates, prices, resolution, sources, previous, books, as_of)


def identity_decisions(decisions: DataFrame) -> DataFrame:
    """The reviewer's identities as resolve_identities takes them."""
    columns = ["source_id", "provider_id", "provider_model_key", "model_id"]
    if decisions.empty:
        return DataFrame(columns=columns)
    rows = decisions[decisions["kind"] == "identity"]
    parts = rows["subject"].str.split("|", n=2, expand=True).reindex(columns=[0, 1, 2])
    return DataFrame(
        {
            "source_id": parts[0],
            "provider_id": parts[1],
            "provider_model_key": parts[2],
            "model_id": rows["verdict"],
        }
    ).reset_index(drop=True)


def locate(landed: Landed, standing: Standing, books: Books, as_of: datetime) -> tuple[DataFrame, DataFrame]:
    """Landed offers as routes, and landed models with their provider; both with lineage, routes with expired."""
    routes = locate_routes(landed.offers, books.providers)
    routes["lineage"] = lineage_of(routes, standing)
    lifetime = routes["source_id"].map(standing.sources.set_index("source_id")["expires_after"])
    routes["expired"] = routes["captured_at"] + lifetime < pd.Timestamp(as_of)
    rows = landed.models.copy()
    rows["provider_id"] = books.providers.canonical_column(rows["source_id"], rows["provider_key"]).fillna(
        "-"
    )
    rows["lineage"] = lineage_of(rows, standing)
    return routes, rows


def rank(
    routes: DataFrame, rows: DataFrame, resolution: Resolution, standing: Standing, books: Books
) -> tuple[DataFrame, DataFrame]:
    """Both frames with model_id, subject_id and authority; routes also with expired and unresolved."""
    developers = resolution.models.set_index("model_id")["developer_id"]
    routes = attach_models(routes, resolution.identities)
    rows = attach_models(rows, resolution.identities)
    own_routes = books.providers.column(routes["provider_id"], "developer_id")
    own_rows = books.providers.column(rows["provider_id"], "developer_id")
    routes = routes.assign(
        subject_id=routes["offer_id"],
        authority=authority_on_offers(routes, standing, own_routes),
        unresolved=routes["model_id"].isna(),
    )
    rows = rows[rows["model_id"].notna()].reset_index(drop=True)
    own_rows = books.providers.column(rows["provider_id"], "developer_id")
    rows = rows.assign(
        subject_id=rows["model_id"],
        authority=authority_on_models(rows, standing, own_rows, rows["model_id"].map(developers)),
    )
    model_authority = authority_on_models(routes, standing, own_routes, routes["model_id"].map(developers))
    return routes.assign(model_authority=model_authority), rows


def price_candidates(routes: DataFrame, prices: DataFrame, books: Books) -> DataFrame:
    """Routes joined with their bundle of prices."""
    bundles = bundle_prices(routes, prices, books.providers)
    columns = [
        "row_id", "offer_id", "model_id", "provider_id", "route_kind", "service_tier", "source_id", "lineage",
        "authority", "expired", "capture_id", "captured_at", "locator", "model_key",
    ]  # fmt: skip
    return routes[columns].merge(bundles, on="row_id")


def all_claims(
    rows: DataFrame,
    routes: DataFrame,
    candidates: DataFrame,
    prices: DataFrame,
    standing: Standing,
    books: Books,
    as_of: datetime,
) -> DataFrame:
    """Every claim but those on capabilities, with is_chosen and reason."""
    by_route = routes.assign(authority=routes["model_authority"])
    claims = pd.concat(
        [
            claim_models(rows, standing, books.licences),
            claim_models_by_route(by_route, routes["model_id"], standing),
            claim_offers(routes, standing),
        ],
        ignore_index=True,
    )
    claims = doubt_cutoffs(claims)
    chosen = choose_claims(claims, find_implausible(claims, as_of))
    return pd.concat([chosen, claim_prices(candidates, prices, standing)], ignore_index=True)


def capability_claims(
    rows: DataFrame, routes: DataFrame, stated: DataFrame, standing: Standing, books: Books
) -> DataFrame:
    """Claims on capabilities of models and of routes; what is published is decided later."""
    of_models = stated[stated["item"].astype("str") == "model"]
    of_offers = stated[stated["item"].astype("str") == "offer"]
    return pd.concat(
        [
            claim_capabilities(rows, of_models, "model", books.capabilities, standing),
            claim_capabilities(routes, of_offers, "offer", books.capabilities, standing),
        ],
        ignore_index=True,
    ).assign(is_chosen=False, reason="agrees")


def tabulate(
    facts: DataFrame,
    routes: DataFrame,
    candidates: DataFrame,
    prices: DataFrame,
    resolution: Resolution,
    sources: DataFrame,
    previous: dict[str, DataFrame],
    books: Books,
    as_of: datetime,
) -> dict[str, DataFrame]:
    """The state tables from named facts and tonight's routes and prices."""
    is_flag = facts["field"].str.startswith("capability:")
    plain, flags = facts[~is_flag], facts[is_flag]
    developers = resolution.models.set_index("model_id")["developer_id"]
    offers = assemble_offers(
        routes,
        prices,
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
    gaps = find_gaps(
        models, offers, capabilities, disagreements, sources, books.stewards, previous["coverage_gaps"], as_of
    )
    holds = count_pairs(list_holds(candidates, offers, previous["holds"], as_of), offers, models)
    return {
        "models": models,
        "model_capabilities": capabilities,
        "providers": tabulate_providers(offers, books.providers, previous["providers"], as_of),
        "offers": offers,
        "offer_capabilities": tabulate_offers(offer_states, offers, capabilities),
        "price_history": extend_history(previous["price_history"], offers, as_of, previous["offers"].empty),
        "facts": keep_facts(settled, previous["facts"], models, offers),
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
    chosen = facts["fact_id"].isin(states["fact_id"].dropna())
    said = facts[["subject_id", "field"]].merge(
        states[["subject_id", "field", "state"]].drop_duplicates(["subject_id", "field"]),
        on=["subject_id", "field"],
        how="left",
    )["state"]
    reason = Series("fewer_witnesses", index=facts.index).mask(
        said.to_numpy() == facts["value"].to_numpy(), "agrees"
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


def keep_facts(facts: DataFrame, previous: DataFrame, models: DataFrame, offers: DataFrame) -> DataFrame:
    """FACTS of tonight, and the last ones of subjects that nobody names tonight."""
    absent = set(models.loc[models["nights_absent"] > 0, "model_id"])
    absent |= set(offers.loc[offers["nights_absent"] > 0, "offer_id"])
    old = previous[previous["subject_id"].isin(absent) & ~previous["fact_id"].isin(facts["fact_id"])]
    tonight = facts.drop(columns="evidence")
    return pd.concat([tonight, old[tonight.columns]], ignore_index=True) if len(old) else tonight
