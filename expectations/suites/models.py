"""Checklist of `models`: stable ids, plausible dates and sizes, counts that recompute."""

import operator
from collections.abc import Callable

import pandas as pd

from llmpairs.expectations.from_contract import from_contract, stated_values_are_claims
from llmpairs.expectations.rules import (
    Predicate,
    Suite,
    count_in,
    critical,
    info,
    matches,
    not_above,
    only_where,
    recomputes,
    references,
    rows_at_least,
    unique_key,
    warning,
    with_tolerance,
)
from llmpairs.warehouse.contracts.models import MODELS

EARLIEST_RELEASE = pd.Timestamp("2018-01-01")
SAME_CONTEXT = 1.05
"""128,000 is printed for 131,072."""
SIZE_IN_NAME = r"(?:^|[-_/])(\d+(?:\.\d+)?)b(?=$|[-_:])"
"""gpt-oss-120b and qwen3-30b-a3b; 8x7b is not the total."""
SIZE_TOLERANCE = 0.15
SPDX_SHAPE = r"^(?:LicenseRef-[A-Za-z0-9.\-]+|[A-Za-z0-9.+\-]+(?: (?:OR|AND|WITH) [A-Za-z0-9.+\-]+)*)$"


def count_operators(models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """Known operators that run an active offer of each model."""
    active = offers[(offers["offer_status"] == "active") & (offers["operator_id"] != "unspecified")]
    return models["model_id"].map(active.groupby("model_id")["operator_id"].nunique()).fillna(0)


def compare_cutoff(passes: Callable[[pd.Series, pd.Series], pd.Series]) -> Predicate:
    """A comparison of the months of the knowledge cutoff and of the release, where both are known."""

    def compare(models: pd.DataFrame) -> pd.Series:
        cutoff, released = (models[name].dt.to_period("M") for name in CUTOFF)
        return only_where(cutoff.notna() & released.notna(), passes(cutoff, released))

    return compare


def release_dates_agree(models: pd.DataFrame, facts: pd.DataFrame) -> pd.Series:
    """The release dates that several sources or sellers print for a model are within a month."""
    claims = facts[(facts["field"] == "released_date") & (facts["basis"] != "default")]
    days = pd.to_datetime(claims["value"], format="ISO8601", errors="coerce").groupby(claims["subject_id"])
    spread = models["model_id"].map(days.max() - days.min())
    return only_where(models["model_id"].map(days.count()) > 1, spread <= pd.Timedelta(days=31))


def offers_agree_on_context(models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The active offers of a model state one context."""
    stated = offers[(offers["offer_status"] == "active") & (offers["context_tokens"] > 0)]
    contexts = stated.groupby("model_id")["context_tokens"]
    ratio = models["model_id"].map(contexts.max() / contexts.min())
    return only_where(models["model_id"].map(contexts.size()) > 1, ratio <= SAME_CONTEXT)


def size_matches_name(models: pd.DataFrame) -> pd.Series:
    """The size in the name is the rounded number of parameters."""
    named = models["model_id"].str.extract(SIZE_IN_NAME)[0].astype("float64") * 1e9
    total = models["parameters_total"].astype("float64")
    return only_where(named.notna() & total.notna(), ((named / total) - 1).abs() <= SIZE_TOLERANCE)


def slug_stays(models: pd.DataFrame, parent_models: pd.DataFrame) -> pd.Series:
    """The slug is the one of the parent release."""
    before = models["model_id"].map(parent_models.set_index("model_id")["slug"])
    return only_where(before.notna(), models["slug"] == before)


def keeps_providers(models: pd.DataFrame, offers: pd.DataFrame, parent_offers: pd.DataFrame) -> pd.Series:
    """No model with three or more providers loses over 30% of them in a run."""
    now, before = (
        models["model_id"].map(table[table["offer_status"] == "active"].groupby("model_id")["provider_id"].nunique())
        for table in (offers, parent_offers)
    )
    return only_where(before >= 3, now.fillna(0) >= 0.7 * before)


IDS = ("model_id",)
CUTOFF = ("knowledge_cutoff_date", "released_date")

MODELS_SUITE = Suite(
    name="models",
    table="models",
    key=MODELS.key,
    rules=(
        *from_contract(MODELS),
        critical(rows_at_least(1), why="an empty table passes every other check"),
        critical(matches("model_id", r"^[a-z0-9._~-]+/[a-z0-9._:@+~-]+$", "model_id is developer/name")),
        critical(unique_key("slug"), why="one address leads to one model"),
        stated_values_are_claims(MODELS),
        warning(
            unique_key("display_name"), why="two models with one name cannot be distinguished on a page", check_id="Q29"
        ),
        critical(
            "slug never changes",
            slug_stays,
            models=("slug",),
            parent_models=("model_id", "slug"),
            why="consumers store addresses",
        ),
        critical(
            "is_live matches the offers and the identity",
            lambda models, offers: (
                models["is_live"]
                == (
                    models["model_id"].isin(offers.loc[offers["offer_status"] != "retired", "model_id"].dropna())
                    & (models["identity_basis"] != "unconfirmed")
                )
            ),
            models=("is_live", "identity_basis"),
            offers=("model_id", "offer_status"),
            why="pairs are made of live models",
        ),
        critical(
            "retired_on is set exactly where the status is retired",
            lambda models: (models["lifecycle"] == "retired") == models["retired_on"].notna(),
            models=("lifecycle", "retired_on"),
        ),
        info(
            references("successor_model_id", "models", "model_id"),
            why="a successor that no provider sells yet has no row",
        ),
        info(
            references("base_model_id", "models", "model_id"),
            why="a base model that no provider sells has no row: 3 of 111 (seen 2026-05-18)",
        ),
        warning(
            recomputes(
                "offer_count",
                lambda models, offers: count_in(
                    models["model_id"], offers.loc[offers["offer_status"] == "active", "model_id"]
                ),
                {"models": IDS, "offers": ("model_id", "offer_status")},
            )
        ),
        warning(
            recomputes(
                "operator_count",
                count_operators,
                {"models": IDS, "offers": ("model_id", "offer_status", "operator_id")},
            )
        ),
        warning(
            "released between 2018 and tomorrow",
            lambda models, run: only_where(
                models["released_date"].notna(),
                models["released_date"].between(
                    EARLIEST_RELEASE, run["as_of"].iloc[0].tz_localize(None) + pd.Timedelta(days=1)
                ),
            ),
            models=("released_date",),
            run=("as_of",),
            why="four rows carried 1970-01-01, seen 2026-07-02",
            check_id="Q30",
        ),
        warning(
            "knowledge cutoff is not after the release",
            compare_cutoff(operator.le),
            models=CUTOFF,
            why="60 of 2,423 source rows are (2.5%, seen 2026-05-18); such a claim is never published",
            check_id="Q32",
        ),
        info(
            "knowledge cutoff is not in the month of release",
            compare_cutoff(operator.ne),
            models=CUTOFF,
            why="suspected copy of the release date: 258 of 2,423 source rows, seen 2026-05-18",
            check_id="Q33",
        ),
        with_tolerance(
            0.01,
            warning(
                "context of a text model is between 1 k and 12 M tokens",
                lambda models: only_where(
                    models["is_text_generating"] & models["context_tokens"].notna(),
                    models["context_tokens"].between(1_000, 12_000_000),
                ),
                models=("is_text_generating", "context_tokens"),
                why="99,999,999 was printed and 10,000,000 is real; 3 of 938 read 512 tokens (seen 2026-05-18)",
                check_id="Q34",
            ),
        ),
        with_tolerance(
            0.05,
            warning(
                not_above("max_output_tokens", "context_tokens"),
                why="36 of 1,055 models state more output than context (3.4%, seen 2026-05-18)",
                check_id="Q37",
            ),
        ),
        info(
            "release dates agree within a month",
            release_dates_agree,
            models=IDS,
            facts=("subject_id", "field", "value", "basis"),
            why="sellers print the day on which they listed a model: 40% of models spread further (seen 2026-07-02)",
            check_id="Q31",
        ),
        info(
            "offers of a model agree on the context",
            offers_agree_on_context,
            models=IDS,
            offers=("model_id", "offer_status", "context_tokens"),
            why="half of all models with several providers disagree (seen 2026-07-02)",
            check_id="Q36",
        ),
        warning(not_above("parameters_active", "parameters_total"), check_id="Q44"),
        info(
            "the size in the name matches the number of parameters",
            size_matches_name,
            models=("model_id", "parameters_total"),
            why="names round: 120b for 117 billion, and 1b for 1.24",
            check_id="Q44",
        ),
        warning(
            "open weights are not proprietary",
            lambda models: only_where(
                models["is_open_weights"].fillna(False) & models["license_class"].notna(),
                models["license_class"] != "proprietary",
            ),
            models=("is_open_weights", "license_class"),
            why="36% of sources contradict each other on open weights (seen 2026-07-02)",
            check_id="Q43",
        ),
        warning(
            matches("license_spdx", SPDX_SHAPE, "license_spdx is an SPDX expression or LicenseRef-"), check_id="Q42"
        ),
        warning(
            "no model with three or more providers loses over 30% of them",
            keeps_providers,
            models=IDS,
            offers=("model_id", "provider_id", "offer_status"),
            parent_offers=("model_id", "provider_id", "offer_status"),
            why="a failed source looks like providers leaving",
            check_id="Q49",
        ),
        info(
            "licence is known", lambda models: models["license_spdx"].notna(), models=("license_spdx",), check_id="Q42"
        ),
        info(
            "open weights have a repository",
            lambda models: only_where(models["is_open_weights"].fillna(False), models["hugging_face_id"].notna()),
            models=("is_open_weights", "hugging_face_id"),
            check_id="Q43",
        ),
        info(
            "identity has more than one source",
            lambda models: ~models["identity_basis"].isin(["single_witness", "unconfirmed"]),
            models=("identity_basis",),
            check_id="Q27",
        ),
    ),
)
