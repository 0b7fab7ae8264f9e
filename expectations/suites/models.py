"""Checklist of `models`: identities that stay, dates and sizes that can be, counts that add up."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import (
    Suite,
    at_most_share,
    critical,
    info,
    known_in,
    matches,
    not_above,
    only,
    recomputes,
    rows_at_least,
    that,
    unique_key,
    warning,
)
from llmpairs.expectations.suites.claimed import states_only_claims
from llmpairs.warehouse.contracts.models import MODELS

EARLIEST_RELEASE = pd.Timestamp("2018-01-01")
DAYS_APART = 31
SAME_CONTEXT = 1.05
"""128,000 is printed for 131,072."""
SIZE_IN_NAME = r"(?:^|[-_/])(\d+(?:\.\d+)?)b(?=$|[-_:])"
"""gpt-oss-120b and qwen3-30b-a3b; 8x7b names no sum."""
ROUNDED_SIZE = 0.15
SPDX_SHAPE = r"^(?:LicenseRef-[A-Za-z0-9.\-]+|[A-Za-z0-9.+\-]+(?: (?:OR|AND|WITH) [A-Za-z0-9.+\-]+)*)$"


def released_is_possible(models: pd.DataFrame, run: pd.DataFrame) -> pd.Series:
    """Released between 2018 and the day after the run."""
    latest = run["as_of"].iloc[0].tz_localize(None) + pd.Timedelta(days=1)
    released = models["released_date"]
    return only(released.notna(), released.between(EARLIEST_RELEASE, latest))


def cutoff_before_release(models: pd.DataFrame) -> pd.Series:
    """The knowledge cutoff lies before the release, months compared."""
    cutoff, released = (models[name].dt.to_period("M") for name in ("knowledge_cutoff_date", "released_date"))
    return only(cutoff.notna() & released.notna(), cutoff <= released)


def cutoff_not_in_release_month(models: pd.DataFrame) -> pd.Series:
    """The knowledge cutoff is not the month of release."""
    cutoff, released = (models[name].dt.to_period("M") for name in ("knowledge_cutoff_date", "released_date"))
    return only(cutoff.notna() & released.notna(), cutoff != released)


def context_is_plausible(models: pd.DataFrame) -> pd.Series:
    """A text-generating model reads between a thousand and twelve million tokens."""
    context = models["context_tokens"]
    return only(models["is_text_generating"] & context.notna(), context.between(1_000, 12_000_000))


def release_dates_agree(models: pd.DataFrame, facts: pd.DataFrame) -> pd.Series:
    """The dates that several sources or sellers print as a model's release lie within a month."""
    said = facts[(facts["field"] == "released_date") & (facts["basis"] != "default")]
    days = pd.to_datetime(said["value"], format="ISO8601", errors="coerce").groupby(said["subject_id"])
    spread = models["model_id"].map(days.max() - days.min())
    return only(models["model_id"].map(days.count()) > 1, spread <= pd.Timedelta(days=DAYS_APART))


def routes_agree_on_context(models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The active routes of a model state one context."""
    stated = offers[(offers["offer_status"] == "active") & (offers["context_tokens"] > 0)]
    contexts = stated.groupby("model_id")["context_tokens"]
    ratio = models["model_id"].map(contexts.max() / contexts.min())
    return only(models["model_id"].map(contexts.size()) > 1, ratio <= SAME_CONTEXT)


def open_weights_are_not_closed(models: pd.DataFrame) -> pd.Series:
    """Weights that can be downloaded do not stand under a closed licence."""
    known = models["is_open_weights"].fillna(False) & models["license_class"].notna()
    return only(known, models["license_class"] != "closed")


def size_is_as_named(models: pd.DataFrame) -> pd.Series:
    """The size in the name rounds the number of parameters."""
    named = models["model_id"].str.extract(SIZE_IN_NAME)[0].astype("float64") * 1e9
    total = models["parameters_total"].astype("float64")
    return only(named.notna() & total.notna(), ((named / total) - 1).abs() <= ROUNDED_SIZE)


def live_as_offered(models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """Live says whether an offer is not retired."""
    selling = offers.loc[offers["offer_status"] != "retired", "model_id"]
    return models["is_live"] == models["model_id"].isin(selling.dropna())


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
    return only(before.notna(), models["slug"] == before)


def keeps_providers(models: pd.DataFrame, offers: pd.DataFrame, parent_offers: pd.DataFrame) -> pd.Series:
    """No model with three providers or more loses over 30% of them in a night."""
    now, before = (
        models["model_id"].map(
            table[table["offer_status"] == "active"].groupby("model_id")["provider_id"].nunique()
        )
        for table in (offers, parent_offers)
    )
    return only(before >= 3, now.fillna(0) >= 0.7 * before)


def open_weights_have_repository(models: pd.DataFrame) -> pd.Series:
    """Weights that can be downloaded have a repository."""
    return only(models["is_open_weights"].fillna(False), models["hugging_face_id"].notna())


def retired_has_its_day(models: pd.DataFrame) -> pd.Series:
    """A day stands beside every retired model, and beside no other."""
    return (models["lifecycle"] == "retired") == models["retired_on"].notna()


def licence_is_known(models: pd.DataFrame) -> pd.Series:
    """The licence is known."""
    return models["license_spdx"].notna()


def identity_has_witnesses(models: pd.DataFrame) -> pd.Series:
    """The identity rests on more than one witness."""
    return models["identity_basis"] != "single_witness"


IDS = ("model_id",)
CUTOFF = ("knowledge_cutoff_date", "released_date")

MODELS_SUITE = Suite(
    name="models",
    table="models",
    key=MODELS.key,
    rules=(
        *from_contract(MODELS),
        critical(rows_at_least(1), why="an empty night passes every other check"),
        critical(matches("model_id", r"^[a-z0-9._~-]+/[a-z0-9._:@+~-]+$", "model_id is developer/name")),
        critical(unique_key("slug"), why="one address leads to one model"),
        states_only_claims(MODELS),
        warning(
            unique_key("display_name"),
            why="two models of one name cannot be told apart on a page",
            check_id="Q29",
        ),
        critical(
            that("slug never changes", slug_stays, models=("slug",), parent_models=("model_id", "slug")),
            why="readers keep addresses",
        ),
        critical(
            that(
                "is_live as offers say",
                live_as_offered,
                models=("is_live",),
                offers=("model_id", "offer_status"),
            ),
            why="pairs are made of live models",
        ),
        critical(
            that(
                "what is retired has its day, and only that",
                retired_has_its_day,
                models=("lifecycle", "retired_on"),
            )
        ),
        info(
            known_in("successor_model_id", "models", "model_id"),
            why="a successor that nobody sells yet is no row",
        ),
        info(
            known_in("base_model_id", "models", "model_id"),
            why="a base that nobody sells is no row; 3 of 111 are none (seen 2026-05-18)",
        ),
        warning(
            recomputes(
                "offer_count",
                count_active_offers,
                {"models": IDS, "offers": ("model_id", "offer_status")},
                within=0,
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
            that(
                "released between 2018 and tomorrow",
                released_is_possible,
                models=("released_date",),
                run=("as_of",),
            ),
            why="four rows carried 1970-01-01, seen 2026-07-02",
            check_id="Q30",
        ),
        warning(
            that("knowledge cutoff is not after the release", cutoff_before_release, models=CUTOFF),
            why="60 of 2,423 source rows are (2.5%, seen 2026-05-18); such a claim is never published",
            check_id="Q32",
        ),
        info(
            that(
                "knowledge cutoff is not in the month of release", cutoff_not_in_release_month, models=CUTOFF
            ),
            why="suspected copy of the release date: 258 of 2,423 source rows, seen 2026-05-18",
            check_id="Q33",
        ),
        warning(
            at_most_share(
                0.01,
                that(
                    "context of a text model is between 1 k and 12 M tokens",
                    context_is_plausible,
                    models=("is_text_generating", "context_tokens"),
                ),
            ),
            why="99,999,999 was printed and 10,000,000 is real; 3 of 938 read 512 tokens (seen 2026-05-18)",
            check_id="Q34",
        ),
        warning(
            at_most_share(0.05, not_above("max_output_tokens", "context_tokens")),
            why="36 of 1,055 models state more output than context (3.4%, seen 2026-05-18)",
            check_id="Q37",
        ),
        info(
            that(
                "release dates agree within a month",
                release_dates_agree,
                models=IDS,
                facts=("subject_id", "field", "value", "basis"),
            ),
            why="sellers print the day on which they listed a model: 40% of models spread further (seen 2026-07-02)",
            check_id="Q31",
        ),
        info(
            that(
                "routes agree on the context",
                routes_agree_on_context,
                models=IDS,
                offers=("model_id", "offer_status", "context_tokens"),
            ),
            why="half of all models with several providers disagree (seen 2026-07-02)",
            check_id="Q36",
        ),
        warning(not_above("parameters_active", "parameters_total"), check_id="Q44"),
        info(
            that(
                "the size in the name is the number of parameters",
                size_is_as_named,
                models=("model_id", "parameters_total"),
            ),
            why="names round: 120b for 117 billion, and 1b for 1.24",
            check_id="Q44",
        ),
        warning(
            that(
                "open weights are not under a closed licence",
                open_weights_are_not_closed,
                models=("is_open_weights", "license_class"),
            ),
            why="36% of sources contradict each other on open weights (seen 2026-07-02)",
            check_id="Q43",
        ),
        warning(
            matches("license_spdx", SPDX_SHAPE, "license_spdx is an SPDX expression or LicenseRef-"),
            check_id="Q42",
        ),
        warning(
            that(
                "no model loses over 30% of three providers or more",
                keeps_providers,
                models=IDS,
                offers=("model_id", "provider_id", "offer_status"),
                parent_offers=("model_id", "provider_id", "offer_status"),
            ),
            why="a dead source looks like providers leaving",
            check_id="Q49",
        ),
        info(that("licence is known", licence_is_known, models=("license_spdx",)), check_id="Q42"),
        info(
            that(
                "open weights have a repository",
                open_weights_have_repository,
                models=("is_open_weights", "hugging_face_id"),
            ),
            check_id="Q43",
        ),
        info(
            that("identity has more than one witness", identity_has_witnesses, models=("identity_basis",)),
            check_id="Q27",
        ),
    ),
)
