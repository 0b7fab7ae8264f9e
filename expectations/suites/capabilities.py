"""Checklists of capabilities, redirects and providers: a no has evidence; without evidence a state is unknown."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import (
    Suite,
    count_in,
    critical,
    info,
    is_in,
    look_up,
    only_where,
    references,
    warning,
    with_tolerance,
)
from llmpairs.warehouse.contracts.models import MODEL_CAPABILITIES, MODEL_REDIRECTS
from llmpairs.warehouse.contracts.offers import OFFER_CAPABILITIES, PROVIDERS
from llmpairs.warehouse.vocabulary import CAPABILITIES

EVIDENCE = ("fact_id", "source_id", "capture_id", "observed_at")


def vision_fits_modalities(rows: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """Vision is yes exactly where the stated input modalities include images."""
    stated = models.dropna(subset="input_modalities").set_index("model_id")["input_modalities"]
    has_images = pd.Series(["image" in listed for listed in stated], index=stated.index, dtype="boolean")
    expected = rows["model_id"].map(has_images).astype("boolean")
    scope = (rows["capability"] == "vision") & (rows["state"] != "unknown")
    return only_where(scope & expected.notna(), (rows["state"] == "yes") == expected)


def effective_is_own_or_model(rows: pd.DataFrame, offers: pd.DataFrame, model_capabilities: pd.DataFrame) -> pd.Series:
    """The effective state is the offer's own, else its model's."""
    model_ids = rows["offer_id"].map(offers.set_index("offer_id")["model_id"])
    states = model_capabilities.set_index(["model_id", "capability"])["state"]
    of_model = look_up(states, rows[["capability"]].assign(model_id=model_ids)[["model_id", "capability"]]).fillna(
        "unknown"
    )
    own = rows["state"]
    return rows["effective"] == own.where(own != "unknown", of_model)


STATE = ("state", "rule", "witnesses_against")

CAPABILITY_SUITES = (
    Suite(
        name="model_capabilities",
        table="model_capabilities",
        key=MODEL_CAPABILITIES.key,
        rules=(
            *from_contract(MODEL_CAPABILITIES),
            critical(references("model_id", "models", "model_id")),
            critical(
                "a yes or a no has evidence",
                lambda rows: only_where(rows["state"] != "unknown", rows[list(EVIDENCE)].notna().all(axis=1)),
                rows=("state", *EVIDENCE),
                why="a no without evidence is an unknown",
                check_id="Q40",
            ),
            critical(
                "a capability without evidence is unknown",
                lambda rows: only_where(rows["rule"] == "no_evidence", rows["state"] == "unknown"),
                rows=STATE,
                why="an absent key was read as a no",
                check_id="Q39",
            ),
            critical(
                "a no has a source against the capability",
                lambda rows: only_where(rows["state"] == "no", rows["witnesses_against"] > 0),
                rows=STATE,
                check_id="Q40",
            ),
            critical(
                "the cited claim is in facts",
                lambda rows, facts: only_where(rows["fact_id"].notna(), is_in(rows["fact_id"], facts["fact_id"])),
                rows=("fact_id",),
                facts=("fact_id",),
                check_id="Q40",
            ),
            with_tolerance(
                0.02,
                warning(
                    "vision matches the stated input modalities",
                    vision_fits_modalities,
                    rows=("model_id", "capability", "state"),
                    models=("model_id", "input_modalities"),
                    why="the list and the flag may come from different sources; gpt-oss had attachments in four offers",
                    check_id="Q41",
                ),
            ),
            info(
                "the state is undisputed",
                lambda rows: only_where(rows["state"] != "unknown", ~rows["is_disputed"].astype("boolean")),
                rows=("state", "is_disputed"),
                why="7% to 36% of models have a disputed capability (seen 2026-07-02)",
                check_id="Q38",
            ),
        ),
    ),
    Suite(
        name="capabilities of models",
        table="model_capabilities",
        subject="models",
        key=("model_id",),
        rules=(
            critical(
                "every capability is listed for every model",
                lambda models, model_capabilities: (
                    count_in(models["model_id"], model_capabilities["model_id"]) == len(CAPABILITIES)
                ),
                models=("model_id",),
                model_capabilities=("model_id",),
                why="a requirement cannot be checked against a missing row",
            ),
        ),
    ),
    Suite(
        name="offer_capabilities",
        table="offer_capabilities",
        key=OFFER_CAPABILITIES.key,
        rules=(
            *from_contract(OFFER_CAPABILITIES),
            critical(references("offer_id", "offers", "offer_id")),
            critical(
                "effective is the offer's own state, else its model's",
                effective_is_own_or_model,
                rows=("offer_id", "capability", "state", "effective"),
                offers=("offer_id", "model_id"),
                model_capabilities=("model_id", "capability", "state"),
            ),
        ),
    ),
    Suite(
        name="model_redirects",
        table="model_redirects",
        key=MODEL_REDIRECTS.key,
        rules=(
            *from_contract(MODEL_REDIRECTS),
            critical(references("model_id", "models", "model_id"), why="a redirect must lead to a model"),
            critical(
                "a former id is no longer a model",
                lambda rows, models: ~rows["old_model_id"].isin(models["model_id"]),
                rows=("old_model_id",),
                models=("model_id",),
            ),
        ),
    ),
    Suite(
        name="providers",
        table="providers",
        key=PROVIDERS.key,
        rules=(
            *from_contract(PROVIDERS),
            warning(
                "offer_count recomputes",
                lambda rows, offers: (
                    rows["offer_count"]
                    == count_in(rows["provider_id"], offers.loc[offers["offer_status"] == "active", "provider_id"])
                ),
                rows=("provider_id", "offer_count"),
                offers=("provider_id", "offer_status"),
            ),
            info("the kind of company is known", lambda providers: providers["kind"] != "unknown", providers=("kind",)),
        ),
    ),
)
