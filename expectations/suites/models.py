"""Checklist of `models`: stable ids, plausible dates and sizes, counts that recompute."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract, stated_values_are_claims
from llmpairs.expectations.rules import (
    Suite,
    critical,
    info,
    matches,
    not_above,
    only_where,
    recomputes,
    references,
    rows_at_least,
    rows_satisfy,
    unique_key,
    warning,
    with_tolerance,
)
from llmpairs.warehouse.contracts.models import MODELS

EARLIEST_RELEASE = pd.Timestamp("2018-01-01")
DAYS_APART = 31
SAME_CONTEXT = 1.05
"""128,000 is printed for 131,072."""
SIZE_IN_NAME = r"(?:^|[-_/])(\d+(?:\.\d+)?)b(?=$|[-_:])"
"""gpt-oss-120b and qwen3-30b-a3b; 8x7b is not the total."""
SIZE_TOLERANCE = 0.15
SPDX_SHAPE = r"^(?:LicenseRef-[A-Za-z0-9.\-]+|[A-Za-z0-9.+\-]+(?: (?:OR|AND|WITH) [A-Za-z0-9.+\-]+)*)$"


def released_is_plausible(models: pd.DataFrame, run: pd.DataFrame) -> pd.Series:
    """Released between 2018 and the day after the as-of time."""
    latest = run["as_of"].iloc[0].tz_localize(None) + pd.Timedelta(days=1)
    released = models["released_date"]
    return only_where(released.notna(), released.between(EARLIEST_RELEASE, latest))


def cutoff_before_release(models: pd.DataFrame) -> pd.Series:
    """The knowledge cutoff lies before the release, months compared."""
    cutoff, released = (models[name].dt.to_period("M") for name in ("knowledge_cutoff_date", "released_date"))
    return only_where(cutoff.notna() & released.notna(), cutoff <= released)


def cutoff_not_in_release_month(models: pd.DataFrame) -> pd.Series:
    """The knowledge cutoff is not the month of release."""
    cutoff, released = (models[name].dt.to_period("M") for name in ("knowledge_cutoff_date", "released_date"))
    return only_where(cutoff.notna() & released.notna(), cutoff != released)


def context_is_plausible(models: pd.DataFrame) -> pd.Series:
    """The context of a text-generating model is between a thousand and twelve million tokens."""
    context = models["context_tokens"]
    return only_where(models["is_text_generating"] & context.notna(), context.between(1_000, 12_000_000))


def release_dates_agree(models: pd.DataFrame, facts: pd.DataFrame) -> pd.Series:
    """The release dates that several sources or sellers print for a model are within a month."""
    claims = facts[(facts["field"] == "released_date") & (facts["basis"] != "default")]
    days = pd.to_datetime(claims["value"], format="ISO8601", errors="coerce").groupby(claims["subject_id"])
    spread = models["model_id"].map(days.max() - days.min())
    return only_where(models["model_id"].map(days.count()) > 1, spread <= pd.Timedelta(days=DAYS_APART))


def offers_agree_on_context(models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The active offers of a model state one context."""
    stated = offers[(offers["offer_status"] == "active") & (offers["context_tokens"] > 0)]
    contexts = stated.groupby("model_id")["context_tokens"]
    ratio = models["model_id"].map(contexts.max() / contexts.min())
    return only_where(models["model_id"].map(contexts.size()) > 1, ratio <= SAME_CONTEXT)


def open_weights_are_not_closed(models: pd.DataFrame) -> pd.Series:
    """Downloadable weights have no closed licence."""
    known = models["is_open_weights"].fillna(False) & models["license_class"].notna()
    return only_where(known, models["license_class"] != "closed")


def size_matches_name(models: pd.DataFrame) -> pd.Series:
    """The size in the name is the rounded number of parameters."""
    named = models["model_id"].str.extract(SIZE_IN_NAME)[0].astype("float64") * 1e9
    total = models["parameters_total"].astype("float64")
    return only_where(named.notna() & total.notna(), ((named / total) - 1).abs() <= SIZE_TOLERANCE)


def is_live_matches_offers(models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """A model is live exactly where it has an offer that is not retired."""
    offered = offers.loc[offers["offer_status"] != "retired", "model_id"]
    return models["is_live"] == models["model_id"].isin(offered.dropna())


def count_active_offers(models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """Active offers of each model."""
    active = offers.loc[offers["offer_status"] == "active", "model_id"].value_counts()
    return models["model_id"].map(active).fillna(0)


def count_operators(models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """Known operators that run an active offer of each model."""
    active = offers[(offers["offer_status"] == "active") & (offers["operator_id"] != "unspecified")]
    return models["model_id"].map(active.groupby("model_id")["operator_id"].nunique()).fillna(0)


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


def open_weights_have_repository(models: pd.DataFrame) -> pd.Series:
    """Downloadable weights have a repository."""
    return only_where(models["is_open_weights"].fillna(False), models["hugging_face_id"].notna())


def retired_has_date(models: pd.DataFrame) -> pd.Series:
    """Exactly the retired models have a retirement date."""
    return (models["lifecycle"] == "retired") == models["retired_on"].notna()


def licence_is_known(models: pd.DataFrame) -> pd.Series:
    """The licence is known."""
    return models["license_spdx"].notna()


def identity_has_sources(models: pd.DataFrame) -> pd.Series:
    """The identity is based on more than one source."""
    return models["identity_basis"] != "single_witness"


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
            rows_satisfy("slug never changes", slug_stays, models=("slug",), parent_models=("model_id", "slug")),
            why="consumers store addresses",
        ),
        critical(
            rows_satisfy(
                "is_live matches the offers",
                is_live_matches_offers,
                models=("is_live",),
                offers=("model_id", "offer_status"),
            ),
            why="pairs are made of live models",
        ),
        critical(
            rows_satisfy(
                "retired_on is set exactly where the status is retired",
                retired_has_date,
                models=("lifecycle", "retired_on"),
            )
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
                "offer_count", count_active_offers, {"models": IDS, "offers": ("model_id", "offer_status")}, within=0
            )
        ),
        warning(
            recomputes(
                "operator_count",
                count_operators,
                {"models": IDS, "offers": ("model_id", "offer_status", "operator_id")},
                within=0,
            )
        ),
        warning(
            rows_satisfy(
                "released between 2018 and tomorrow", released_is_plausible, models=("released_date",), run=("as_of",)
            ),
            why="four rows carried 1970-01-01, seen 2026-07-02",
            check_id="Q30",
        ),
        warning(
            rows_satisfy("knowledge cutoff is not after the release", cutoff_before_release, models=CUTOFF),
            why="60 of 2,423 source rows are (2.5%, seen 2026-05-18); such a claim is never published",
            check_id="Q32",
        ),
        info(
            rows_satisfy("knowledge cutoff is not in the month of release", cutoff_not_in_release_month, models=CUTOFF),
            why="suspected copy of the release date: 258 of 2,423 source rows, seen 2026-05-18",
            check_id="Q33",
        ),
        warning(
            with_tolerance(
                0.01,
                rows_satisfy(
                    "context of a text model is between 1 k and 12 M tokens",
                    context_is_plausible,
                    models=("is_text_generating", "context_tokens"),
                ),
            ),
            why="99,999,999 was printed and 10,000,000 is real; 3 of 938 read 512 tokens (seen 2026-05-18)",
            check_id="Q34",
        ),
        warning(
            with_tolerance(0.05, not_above("max_output_tokens", "context_tokens")),
            why="36 of 1,055 models state more output than context (3.4%, seen 2026-05-18)",
            check_id="Q37",
        ),
        info(
            rows_satisfy(
                "release dates agree within a month",
                release_dates_agree,
                models=IDS,
                facts=("subject_id", "field", "value", "basis"),
            ),
            why="sellers print the day on which they listed a model: 40% of models spread further (seen 2026-07-02)",
            check_id="Q31",
        ),
        info(
            rows_satisfy(
                "offers of a model agree on the context",
                offers_agree_on_context,
                models=IDS,
                offers=("model_id", "offer_status", "context_tokens"),
            ),
            why="half of all models with several providers disagree (seen 2026-07-02)",
            check_id="Q36",
        ),
        warning(not_above("parameters_active", "parameters_total"), check_id="Q44"),
        info(
            rows_satisfy(
                "the size in the name matches the number of parameters",
                size_matches_name,
                models=("model_id", "parameters_total"),
            ),
            why="names round: 120b for 117 billion, and 1b for 1.24",
            check_id="Q44",
        ),
        warning(
            rows_satisfy(
                "open weights are not under a closed licence",
                open_weights_are_not_closed,
                models=("is_open_weights", "license_class"),
            ),
            why="36% of sources contradict each other on open weights (seen 2026-07-02)",
            check_id="Q43",
        ),
        warning(
            matches("license_spdx", SPDX_SHAPE, "license_spdx is an SPDX expression or LicenseRef-"), check_id="Q42"
        ),
        warning(
            rows_satisfy(
                "no model with three or more providers loses over 30% of them",
                keeps_providers,
                models=IDS,
                offers=("model_id", "provider_id", "offer_status"),
                parent_offers=("model_id", "provider_id", "offer_status"),
            ),
            why="a failed source looks like providers leaving",
            check_id="Q49",
        ),
        info(rows_satisfy("licence is known", licence_is_known, models=("license_spdx",)), check_id="Q42"),
        info(
            rows_satisfy(
                "open weights have a repository",
                open_weights_have_repository,
                models=("is_open_weights", "hugging_face_id"),
            ),
            check_id="Q43",
        ),
        info(
            rows_satisfy("identity has more than one source", identity_has_sources, models=("identity_basis",)),
            check_id="Q27",
        ),
    ),
)
