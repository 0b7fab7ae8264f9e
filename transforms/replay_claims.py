"""What landed items say under known identities, to hold it against the facts of a release.

The same conversions as in the night that published them, and nothing else: what is doubted, chosen or held depends
on other sources, what a source says does not.
"""

from datetime import datetime

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.identity.source_keys import attach_models
from llmpairs.transforms.normalise.claims import Standing
from llmpairs.transforms.pricing.facts import state_prices
from llmpairs.transforms.reference_data import Books
from llmpairs.transforms.scores import measure, name_cells
from llmpairs.transforms.state import capability_claims, locate, price_candidates, state_claims
from llmpairs.warehouse.landing import Landed

PLACE = ["subject_kind", "field", "source_id", "capture_id", "locator", "provider_model_key", "route"]
"""Where a claim stands, and of what; a locator alone may stand for several routes."""
SAID = ["value", "printed"]
SCORE_PLACE = [
    "source_id", "capture_id", "locator", "provider_model_key", "benchmark", "version", "metric", "harness", "effort",
    "evaluator_class",
]  # fmt: skip
SCORE_SAID = ["value", "unit", "printed_value", "standard_error", "evaluated_on"]
NO_MODEL = "-"


def restate_claims(
    landed: Landed, identities: DataFrame, standing: Standing, books: Books, as_of: datetime
) -> DataFrame:
    """Every claim of landed items on models and offers, with PLACE; nothing is chosen.

    The subject is the model that IDENTITIES lead the key to (`-` where they do not know it), or the offer id that the
    row itself makes: a page that prints a display name may have been given the key of another source.
    """
    routes, rows = locate(landed, standing, books, as_of)
    routes, rows = (
        attach_models(frame, identities).fillna({"model_id": NO_MODEL}).assign(authority=0, model_authority=0)
        for frame in (routes, rows)
    )
    routes = routes.assign(subject_id=routes["offer_id"])
    rows = rows.assign(subject_id=rows["model_id"])
    prices = state_prices(price_candidates(routes, landed.prices, standing, books))
    claims = [
        state_claims(rows, routes, standing, books),
        capability_claims(rows, routes, landed.capabilities, standing, books),
        prices,
    ]
    return add_route(pd.concat(claims, ignore_index=True))


def restate_scores(landed_scores: DataFrame, books: Books) -> DataFrame:
    """Every result of landed scores in SCORE_PLACE and SCORE_SAID."""
    rows = measure(name_cells(landed_scores, books.benchmarks))
    return rows.rename(columns={"model_key": "provider_model_key"})[[*SCORE_PLACE, *SCORE_SAID]]


def add_route(claims: DataFrame) -> DataFrame:
    """Claims plus `route`: of an offer all parts of its id but the key, of a model `-`."""
    parts = claims["subject_id"].str.split("/", n=4, expand=True).reindex(columns=range(5)).astype("str")
    route = parts[0].str.cat([parts[1], parts[3], parts[4]], sep="/")
    return claims.assign(route=route.where(claims["subject_kind"] == "offer", "-"))


def compare_claims(facts: DataFrame, again: DataFrame) -> DataFrame:
    """Facts of a release with `outcome`, `said`, `said_printed` and `leads_to`, by what the same places say again.

    `outcome` is `same`, `other_value` (`said` is what is said there now), `other_model` (identities now lead the key to
    `leads_to`) or `not_said`. `again` is what `restate_claims` gives.
    """
    facts = add_route(facts.astype({"subject_kind": "str"}))
    again = again.astype({"subject_kind": "str"})
    found = look_up(facts, again, PLACE, SAID)
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


def compare_scores(scores: DataFrame, again: DataFrame) -> DataFrame:
    """BENCHMARK_SCORES with `outcome`, `said` and `said_printed`, by what the same places say again."""
    plain = dict.fromkeys(["unit", "evaluator_class"], "str")
    found = look_up(scores.astype(plain), again.astype(plain), SCORE_PLACE, SCORE_SAID)
    said = found["value"].map(repr, na_action="ignore").astype("str")
    return scores.assign(outcome=found["outcome"], said=said, said_printed=found["printed_value"])


def look_up(published: DataFrame, again: DataFrame, place: list[str], said: list[str]) -> DataFrame:
    """For each published row its `outcome`, and the best matching row of `again`: one that says the same, else any."""
    again = again.drop_duplicates([*place, *said])
    exact = published[[*place, *said]].merge(again, on=[*place, *said], how="left", indicator=True)
    exact = exact.set_axis(published.index)
    first = again.drop_duplicates(place)
    other = published[place].merge(first, on=place, how="left", indicator="found").set_axis(published.index)
    is_same = exact["_merge"] == "both"
    outcome = np.select([is_same, other["found"] == "both"], ["same", "other_value"], default="not_said")
    columns = [name for name in again.columns if name not in place]
    best = exact.reindex(columns=columns).where(is_same, other.reindex(columns=columns))
    return best.assign(outcome=Series(outcome, index=published.index, dtype="str"))
