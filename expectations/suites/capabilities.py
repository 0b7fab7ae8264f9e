"""Checklists of capabilities, redirects and providers: a no has evidence; without evidence a state is unknown."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import (
    Suite,
    critical,
    info,
    is_in,
    only_where,
    references,
    rows_satisfy,
    warning,
    with_tolerance,
)
from llmpairs.warehouse.contracts.models import MODEL_CAPABILITIES, MODEL_REDIRECTS
from llmpairs.warehouse.contracts.offers import OFFER_CAPABILITIES, PROVIDERS
from llmpairs.warehouse.vocabulary import CAPABILITIES

EVIDENCE = ("fact_id", "source_id", "capture_id", "observed_at")


def state_has_evidence(model_capabilities: pd.DataFrame) -> pd.Series:
    """A yes or a no cites a claim, its source, its capture and its time."""
    is_known = model_capabilities["state"] != "unknown"
    return only_where(is_known, model_capabilities[list(EVIDENCE)].notna().all(axis=1))


def no_evidence_is_unknown(model_capabilities: pd.DataFrame) -> pd.Series:
    """A capability without evidence is unknown."""
    return only_where(model_capabilities["rule"] == "no_evidence", model_capabilities["state"] == "unknown")


def no_has_source(model_capabilities: pd.DataFrame) -> pd.Series:
    """A no has a source against the capability."""
    return only_where(model_capabilities["state"] == "no", model_capabilities["witnesses_against"] > 0)


def evidence_is_known(model_capabilities: pd.DataFrame, facts: pd.DataFrame) -> pd.Series:
    """The claim that a state cites is in `facts`."""
    cited = model_capabilities["fact_id"]
    return only_where(cited.notna(), is_in(cited, facts["fact_id"]))


def vision_fits_modalities(model_capabilities: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """Vision is yes exactly where the stated input modalities include images."""
    stated = models.dropna(subset="input_modalities").set_index("model_id")["input_modalities"]
    has_images = pd.Series(["image" in listed for listed in stated], index=stated.index, dtype="boolean")
    expected = model_capabilities["model_id"].map(has_images).astype("boolean")
    scope = (model_capabilities["capability"] == "vision") & (model_capabilities["state"] != "unknown")
    return only_where(scope & expected.notna(), (model_capabilities["state"] == "yes") == expected)


def every_capability_is_listed(models: pd.DataFrame, model_capabilities: pd.DataFrame) -> pd.Series:
    """Each model has a row for every capability."""
    counts = model_capabilities["model_id"].value_counts()
    return models["model_id"].map(counts).fillna(0) == len(CAPABILITIES)


def is_undisputed(model_capabilities: pd.DataFrame) -> pd.Series:
    """No source contradicts the published state."""
    return only_where(model_capabilities["state"] != "unknown", ~model_capabilities["is_disputed"].astype("boolean"))


def effective_is_own_or_model(
    offer_capabilities: pd.DataFrame, offers: pd.DataFrame, model_capabilities: pd.DataFrame
) -> pd.Series:
    """The effective state is the offer's own, else its model's."""
    model_of = offer_capabilities["offer_id"].map(offers.set_index("offer_id")["model_id"])
    states = model_capabilities.set_index(["model_id", "capability"])["state"]
    keys = pd.MultiIndex.from_arrays([model_of, offer_capabilities["capability"]])
    of_model = states.reindex(keys).fillna("unknown").set_axis(offer_capabilities.index)
    own = offer_capabilities["state"]
    return offer_capabilities["effective"] == own.where(own != "unknown", of_model)


def old_id_is_gone(model_redirects: pd.DataFrame, models: pd.DataFrame) -> pd.Series:
    """A former id is no longer a model."""
    return ~model_redirects["old_model_id"].isin(models["model_id"])


def offer_count_is_active_offers(providers: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The provider's count is that of its active offers."""
    active = offers.loc[offers["offer_status"] == "active", "provider_id"].value_counts()
    return providers["offer_count"] == providers["provider_id"].map(active).fillna(0)


def kind_is_known(providers: pd.DataFrame) -> pd.Series:
    """The kind of company is known."""
    return providers["kind"] != "unknown"


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
                rows_satisfy("a yes or a no has evidence", state_has_evidence, model_capabilities=("state", *EVIDENCE)),
                why="a no without evidence is an unknown",
                check_id="Q40",
            ),
            critical(
                rows_satisfy(
                    "a capability without evidence is unknown", no_evidence_is_unknown, model_capabilities=STATE
                ),
                why="an absent key was read as a no",
                check_id="Q39",
            ),
            critical(
                rows_satisfy("a no has a source against the capability", no_has_source, model_capabilities=STATE),
                check_id="Q40",
            ),
            critical(
                rows_satisfy(
                    "the cited claim is in facts",
                    evidence_is_known,
                    model_capabilities=("fact_id",),
                    facts=("fact_id",),
                ),
                check_id="Q40",
            ),
            warning(
                with_tolerance(
                    0.02,
                    rows_satisfy(
                        "vision matches the stated input modalities",
                        vision_fits_modalities,
                        model_capabilities=("model_id", "capability", "state"),
                        models=("model_id", "input_modalities"),
                    ),
                ),
                why="the list and the flag may come from different sources; gpt-oss had attachments in four offers",
                check_id="Q41",
            ),
            info(
                rows_satisfy("the state is undisputed", is_undisputed, model_capabilities=("state", "is_disputed")),
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
                rows_satisfy(
                    "every capability is listed for every model",
                    every_capability_is_listed,
                    models=("model_id",),
                    model_capabilities=("model_id",),
                ),
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
                rows_satisfy(
                    "effective is the offer's own state, else its model's",
                    effective_is_own_or_model,
                    offer_capabilities=("offer_id", "capability", "state", "effective"),
                    offers=("offer_id", "model_id"),
                    model_capabilities=("model_id", "capability", "state"),
                )
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
                rows_satisfy(
                    "a former id is no longer a model",
                    old_id_is_gone,
                    model_redirects=("old_model_id",),
                    models=("model_id",),
                )
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
                rows_satisfy(
                    "offer_count recomputes",
                    offer_count_is_active_offers,
                    providers=("provider_id", "offer_count"),
                    offers=("provider_id", "offer_status"),
                )
            ),
            info(rows_satisfy("the kind of company is known", kind_is_known, providers=("kind",))),
        ),
    ),
)
