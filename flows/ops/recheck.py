"""Every published fact of a release, read again from the archive and held against what is published."""

from collections.abc import Callable
from datetime import datetime

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.flows.nightly.standing import standing_of_sources
from llmpairs.flows.ops.archived import Again, read_again
from llmpairs.transforms.reference_data import load_all_books
from llmpairs.transforms.replay_claims import compare_claims, compare_scores, restate_claims, restate_scores
from llmpairs.warehouse.claim_values import SUBJECTS, find_unstated, find_unstated_capabilities
from llmpairs.warehouse.releases import read_manifest, read_table
from llmpairs.warehouse.store import Store

TABLES = ("models", "offers", "model_capabilities", "offer_capabilities", "benchmark_scores")
COLUMNS = [
    "table", "subject_id", "field", "value", "outcome", "said", "said_printed", "source_id", "provider_model_key",
    "capture_id", "locator", "detail",
]  # fmt: skip
Report = Callable[[int, int], None]


def recheck(
    store: Store, run_id: str, tables: tuple[str, ...] = TABLES, report: Report | None = None
) -> DataFrame:
    """Every published fact of these tables in COLUMNS; whatever did not come back has another outcome than `same`.

    `other_value`: the place says something else (`said`); `other_model`: the identities lead its key elsewhere;
    `not_said`: the place says nothing of the kind; `unreadable`: the archive does not give the capture (`detail`);
    `no_claim`: a value is published that no published claim has (`said` is what the claim has).
    """
    release = {name: read_table(store, run_id, name) for name in (*TABLES, "facts", "identities")}
    facts = list_published(release["facts"], release["model_capabilities"])
    facts = facts[facts["table"].isin(tables)].reset_index(drop=True)
    scores = release["benchmark_scores"] if "benchmark_scores" in tables else release["benchmark_scores"][:0]
    wanted = [*facts["capture_id"].unique(), *scores["capture_id"].unique()]
    again = read_again(store, wanted, report or (lambda *_: None))
    as_of = read_manifest(store, run_id).as_of
    found = [
        check_facts(facts, again, release["identities"], as_of),
        check_scores(scores, again),
        *(list_unfounded(release, name) for name in tables if name != "benchmark_scores"),
    ]
    return pd.concat([part for part in found if len(part)] or [DataFrame(columns=COLUMNS)], ignore_index=True)


def list_published(facts: DataFrame, model_capabilities: DataFrame) -> DataFrame:
    """The claims that are published, with the `table` that shows them.

    What a model can do may rest on the word of one of its offers, which that offer does not publish itself.
    """
    is_cited = facts["fact_id"].isin(model_capabilities["fact_id"].dropna())
    rows = facts[facts["is_chosen"].astype(bool) | is_cited].reset_index(drop=True)
    of_model = (rows["subject_kind"] == "model").to_numpy(bool)
    is_flag = rows["field"].str.startswith("capability:").to_numpy(bool)
    conditions = [of_model & is_flag, is_flag & ~rows["is_chosen"].to_numpy(bool), is_flag, of_model]
    names = ["model_capabilities", "model_capabilities", "offer_capabilities", "models"]
    return rows.assign(table=np.select(conditions, names, default="offers"))


def check_facts(facts: DataFrame, again: Again, identities: DataFrame, as_of: datetime) -> DataFrame:
    """Published claims in COLUMNS."""
    claims = restate_claims(again.landed, identities, standing_of_sources(), load_all_books(), as_of)
    found = compare_claims(facts, claims)
    moved = "its key leads to " + found["leads_to"].astype("str")
    return tell_unreadable(found.assign(detail=moved), again)


def check_scores(scores: DataFrame, again: Again) -> DataFrame:
    """Published benchmark results in COLUMNS."""
    found = compare_scores(scores, restate_scores(again.landed.scores, load_all_books()))
    named = found.assign(
        table="benchmark_scores",
        subject_id=found["model_id"],
        field="score:" + found["benchmark"].astype("str"),
        value=found["printed_value"],
        detail=Series(None, index=found.index, dtype="str"),
    )
    return tell_unreadable(named, again)


def tell_unreadable(found: DataFrame, again: Again) -> DataFrame:
    """Rows in COLUMNS; those of captures that say nothing any more are `unreadable`, with the reason."""
    problem = found["capture_id"].map(dict(again.problems)).astype("str")
    lost = problem.notna() & (found["outcome"] != "same")
    return found.assign(
        outcome=found["outcome"].mask(lost, "unreadable"), detail=found["detail"].mask(lost, problem)
    )[COLUMNS]


def list_unfounded(release: dict[str, DataFrame], name: str) -> DataFrame:
    """Published values of a table that no published claim has, in COLUMNS."""
    if name.endswith("_capabilities"):
        rows = find_unstated_capabilities(release[name], release["facts"])
    else:
        contract = next(table for table in SUBJECTS.values() if table.name == name)
        rows = find_unstated(release[name], release["facts"], contract)
    return rows.assign(table=name, outcome="no_claim", said=rows["claimed"]).reindex(columns=COLUMNS)


def summarise(found: DataFrame, by: list[str]) -> DataFrame:
    """Counts of facts, of those that came back, and of each other outcome, by these columns."""
    counts = found.fillna(dict.fromkeys(by, "-")).groupby([*by, "outcome"]).size().unstack(fill_value=0)
    others = sorted(set(counts.columns) - {"same"})
    counts = counts.reindex(columns=["same", *others], fill_value=0)
    counts.insert(0, "facts", counts.sum(axis=1))
    return counts.rename(columns={"same": "came_back"}).reset_index()
