"""Replay of claims: landed rows to claims under known identities, compared with the facts of a release.

The conversions are those of a run. Checks, choice and holds are left out: they depend on other sources, claims do not.
Facts that reviewers recorded are read from the decision files, which archive their evidence.
"""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.identity.source_keys import attach_models
from llmpairs.transforms.normalise.source_metadata import SourceMetadata
from llmpairs.transforms.pricing.facts import claim_bundles
from llmpairs.transforms.pricing.live_prices import readdress_live_prices
from llmpairs.transforms.reconcile.reviewed_facts import build_fact_claims
from llmpairs.transforms.reference_data import ReferenceData
from llmpairs.transforms.scores import convert_values, name_cells
from llmpairs.transforms.source_rows import SourceRows, collect_claims, locate_rows
from llmpairs.warehouse.claim_values import SUBJECTS, find_unclaimed, find_unclaimed_capabilities
from llmpairs.warehouse.landing import Landed

POSITION = ["subject_kind", "field", "source_id", "capture_id", "locator", "provider_model_key", "route"]
"""Where a claim was read, and of which offer; one locator may belong to several offers."""
VALUE = ["value", "printed"]
SCORE_POSITION = [
    "source_id", "capture_id", "locator", "provider_model_key", "benchmark", "version", "metric", "harness", "effort",
    "evaluator_class",
]  # fmt: skip
SCORE_VALUE = ["value", "unit", "printed_value", "standard_error", "evaluated_on"]
NO_MODEL = "-"
COLUMNS = [
    "table", "subject_id", "field", "value", "outcome", "said", "said_printed", "source_id", "provider_model_key",
    "capture_id", "locator", "detail",
]  # fmt: skip
"""Of a published value that was compared with its capture."""


def replay_claims(
    landed: Landed, identities: DataFrame, metadata: SourceMetadata, reference: ReferenceData, as_of: datetime
) -> DataFrame:
    """Every claim of landed rows on models and offers, with POSITION; nothing is chosen.

    The subject is the model that the key resolves to in `identities` (`-` for an unknown key), or the offer_id of the
    row itself: a page that prints a display name may have been given the key of another source.
    """
    rows = locate_rows(landed, metadata, reference, as_of)
    offers, models = (
        attach_models(frame, identities).fillna({"model_id": NO_MODEL}).assign(authority=0, model_authority=0)
        for frame in (rows.offers, rows.models)
    )
    offers = offers.assign(subject_id=offers["offer_id"])
    models = models.assign(subject_id=models["model_id"])
    claims = collect_claims(landed, SourceRows(models, offers), metadata, reference)
    lent = readdress_live_prices(claims.prices, reference.price_rules)
    parts = [claims.specs, claims.capabilities, claim_bundles(claims.prices), claim_bundles(lent)]
    return add_route(pd.concat(parts, ignore_index=True))


def replay_facts(decisions: DataFrame) -> DataFrame:
    """The claims of facts that reviewers recorded, from the decision files, with POSITION."""
    return add_route(build_fact_claims(decisions).drop(columns="evidence"))


def replay_scores(landed_scores: DataFrame, reference: ReferenceData) -> DataFrame:
    """Every result of landed scores in SCORE_POSITION and SCORE_VALUE."""
    rows = convert_values(name_cells(landed_scores, reference.benchmarks))
    return rows.rename(columns={"model_key": "provider_model_key"})[[*SCORE_POSITION, *SCORE_VALUE]]


def add_route(claims: DataFrame) -> DataFrame:
    """Claims plus `route`: all parts of an offer's id but the key; `-` for a model."""
    parts = claims["subject_id"].str.split("/", n=4, expand=True).reindex(columns=range(5)).astype("str")
    route = parts[0].str.cat([parts[1], parts[3], parts[4]], sep="/")
    return claims.assign(route=route.where(claims["subject_kind"] == "offer", "-"))


def compare_claims(facts: DataFrame, replayed: DataFrame) -> DataFrame:
    """Facts of a release with `outcome`, `said`, `said_printed` and `leads_to`, by the replayed claim of each position.

    `outcome` is `same`, `other_value` (`said` is the replayed value), `other_model` (the key now resolves to
    `leads_to`) or `not_said` (no claim). `replayed` is of `replay_claims`.
    """
    facts = add_route(facts.astype({"subject_kind": "str"}))
    replayed = replayed.astype({"subject_kind": "str"})
    found = match_claims(facts, replayed, POSITION, VALUE)
    moved = (
        (found["outcome"] == "same")
        & (facts["subject_kind"] == "model")
        & (found["subject_id"] != NO_MODEL)
        & (found["subject_id"] != facts["subject_id"])
    )
    return facts.drop(columns="route").assign(
        outcome=found["outcome"].mask(moved, "other_model"),
        said=found["value"],
        said_printed=found["printed"],
        leads_to=found["subject_id"].where(moved),
    )


def compare_scores(scores: DataFrame, replayed: DataFrame) -> DataFrame:
    """BENCHMARK_SCORES with `outcome`, `said` and `said_printed`, by the replayed score of each position."""
    plain = dict.fromkeys(["unit", "evaluator_class"], "str")
    found = match_claims(scores.astype(plain), replayed.astype(plain), SCORE_POSITION, SCORE_VALUE)
    value = found["value"].map(repr, na_action="ignore").astype("str")
    return scores.assign(outcome=found["outcome"], said=value, said_printed=found["printed_value"])


def match_claims(published: DataFrame, replayed: DataFrame, position: list[str], value: list[str]) -> DataFrame:
    """`outcome` of each published row, and its replayed row: one of the same value, else any of its position."""
    replayed = replayed.drop_duplicates([*position, *value])
    columns = [*position, *value]
    exact = published[columns].merge(replayed, on=columns, how="left", indicator=True)
    exact = exact.set_axis(published.index)
    first = replayed.drop_duplicates(position)
    other = published[position].merge(first, on=position, how="left", indicator="found")
    other = other.set_axis(published.index)
    is_same = exact["_merge"] == "both"
    outcome = np.select([is_same, other["found"] == "both"], ["same", "other_value"], default="not_said")
    columns = [name for name in replayed.columns if name not in position]
    best = exact.reindex(columns=columns).where(is_same, other.reindex(columns=columns))
    return best.assign(outcome=Series(outcome, index=published.index, dtype="str"))


def select_published_claims(facts: DataFrame, model_capabilities: DataFrame) -> DataFrame:
    """The claims behind published values, with the `table` that publishes each.

    A model's capability may rest on the claim of one of its offers, which that offer does not publish itself.
    """
    is_cited = facts["fact_id"].isin(model_capabilities["fact_id"].dropna())
    rows = facts[facts["is_chosen"].astype(bool) | is_cited].reset_index(drop=True)
    of_model = (rows["subject_kind"] == "model").to_numpy(bool)
    is_flag = rows["field"].str.startswith("capability:").to_numpy(bool)
    conditions = [of_model & is_flag, is_flag & ~rows["is_chosen"].to_numpy(bool), is_flag, of_model]
    names = ["model_capabilities", "model_capabilities", "offer_capabilities", "models"]
    return rows.assign(table=np.select(conditions, names, default="offers"))


def describe_compared_claims(compared: DataFrame, problems: Mapping[str, str]) -> DataFrame:
    """Result of `compare_claims` in COLUMNS; `problems` is the reason by capture_id of unreadable captures."""
    moved = "its key leads to " + compared["leads_to"].astype("str")
    return mark_unreadable(compared.assign(detail=moved), problems)


def describe_compared_scores(compared: DataFrame, problems: Mapping[str, str]) -> DataFrame:
    """Result of `compare_scores` in COLUMNS; `problems` is the reason by capture_id of unreadable captures."""
    rows = compared.assign(
        table="benchmark_scores",
        subject_id=compared["model_id"],
        field="score:" + compared["benchmark"].astype("str"),
        value=compared["printed_value"],
        detail=Series(None, index=compared.index, dtype="str"),
    )
    return mark_unreadable(rows, problems)


def mark_unreadable(rows: DataFrame, problems: Mapping[str, str]) -> DataFrame:
    """Rows in COLUMNS; the outcome of those of unreadable captures becomes `unreadable`, with the reason."""
    problem = rows["capture_id"].map(dict(problems)).astype("str")
    lost = problem.notna() & (rows["outcome"] != "same")
    return rows.assign(outcome=rows["outcome"].mask(lost, "unreadable"), detail=rows["detail"].mask(lost, problem))[
        COLUMNS
    ]


def list_values_without_claim(release: Mapping[str, DataFrame], name: str) -> DataFrame:
    """Published values of a table that differ from every published claim, in COLUMNS with outcome `no_claim`."""
    if name.endswith("_capabilities"):
        rows = find_unclaimed_capabilities(release[name], release["facts"])
    else:
        contract = next(table for table in SUBJECTS.values() if table.name == name)
        rows = find_unclaimed(release[name], release["facts"], contract)
    return rows.assign(table=name, outcome="no_claim", said=rows["claimed"]).reindex(columns=COLUMNS)


def count_outcomes(compared: DataFrame, by: list[str]) -> DataFrame:
    """Number of facts, of unchanged ones (`came_back`) and of each other outcome, by these columns."""
    counts = compared.fillna(dict.fromkeys(by, "-")).groupby([*by, "outcome"]).size().unstack(fill_value=0)
    others = sorted(set(counts.columns) - {"same"})
    counts = counts.reindex(columns=["same", *others], fill_value=0)
    counts.insert(0, "facts", counts.sum(axis=1))
    return counts.rename(columns={"same": "came_back"}).reset_index()
