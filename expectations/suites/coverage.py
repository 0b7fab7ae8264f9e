"""Checklists of `coverage_gaps` and of the share of known values: every missing value is listed."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import Suite, Summary, critical, info, only_where, references, warning
from llmpairs.warehouse.contracts.quality import COVERAGE_GAPS
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

BOTH = PRICE_FIELDS[:2]
COUNTED_FIELDS = (
    "released_date",
    "knowledge_cutoff_date",
    "context_tokens",
    "max_output_tokens",
    "parameters_total",
    "architecture",
    "is_open_weights",
    "license_spdx",
    "input_modalities",
)
"""Columns of `models` whose coverage is compared with the parent release's."""
NOT_BILLED_BY_TOKEN = ("subscription", "not_per_token")


def is_in_pairs(models: pd.DataFrame) -> pd.Series:
    """Whether a model is in pairs: live and text-generating."""
    return models["is_live"].astype("boolean") & models["is_text_generating"].astype("boolean")


def listed_gaps(gaps: pd.DataFrame, *fields: str) -> pd.Series:
    """Subjects of gaps in these fields."""
    return gaps.loc[gaps["field"].isin(fields), "subject_id"]


def is_priced(models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """Whether a model has an eligible offer."""
    return models["model_id"].isin(offers.loc[offers["eligible"], "model_id"])


def has_price_gap(models: pd.DataFrame, coverage_gaps: pd.DataFrame) -> pd.Series:
    """Whether a gap in `price` of the model is listed."""
    return models["model_id"].isin(listed_gaps(coverage_gaps, "price"))


def unpriced_offer_is_listed(offers: pd.DataFrame, models: pd.DataFrame, coverage_gaps: pd.DataFrame) -> pd.Series:
    """An active standard offer of a compared model whose token price is missing has a gap of its own."""
    scope = (
        offers["model_id"].isin(models.loc[is_in_pairs(models), "model_id"])
        & (offers["offer_status"] == "active")
        & (offers["service_tier"] == "standard")
        & offers["price_missing_reason"].notna()
        & ~offers["price_missing_reason"].isin(NOT_BILLED_BY_TOKEN)
    )
    return only_where(scope, offers["offer_id"].isin(listed_gaps(coverage_gaps, "offer_price", "price")))


def nulls_are_listed(models: pd.DataFrame, coverage_gaps: pd.DataFrame) -> pd.Series:
    """Context, licence and release date of a compared model have a `missing` gap exactly where they are null."""
    missing = coverage_gaps[coverage_gaps["state"] == "missing"]
    agrees = [
        models[field].isna() == models["model_id"].isin(listed_gaps(missing, field))
        for field in ("context_tokens", "license_spdx", "released_date")
    ]
    return only_where(is_in_pairs(models), pd.concat(agrees, axis=1).all(axis=1))


def subject_is_known(
    coverage_gaps: pd.DataFrame, models: pd.DataFrame, offers: pd.DataFrame, sources: pd.DataFrame
) -> pd.Series:
    """The subject is a model or offer of the release, or a source of the run."""
    known = pd.Series(False, index=coverage_gaps.index)
    for kind, ids in (("model", models["model_id"]), ("offer", offers["offer_id"]), ("source", sources["source_id"])):
        known |= (coverage_gaps["subject_kind"] == kind) & coverage_gaps["subject_id"].isin(ids)
    return known


def share_by_field(models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """Share of compared models with each field, and of active offers with both prices."""
    compared = models[is_in_pairs(models)]
    shares = compared[list(COUNTED_FIELDS)].notna().mean()
    active = offers[offers["offer_status"] == "active"]
    shares["price"] = active[list(BOTH)].notna().all(axis=1).mean()
    return shares


def measure_coverage(**frames: pd.DataFrame) -> pd.DataFrame:
    """One row per field: its coverage as a share, also that of the parent release where it is read."""
    shares = {"share": share_by_field(frames["models"], frames["offers"])}
    if "parent_models" in frames:
        shares["share_before"] = share_by_field(frames["parent_models"], frames["parent_offers"])
    return pd.DataFrame(shares).rename_axis("field").reset_index()


IN_PAIRS = ("model_id", "is_live", "is_text_generating")
GAP = ("subject_id", "field")
COUNTED = ("is_live", "is_text_generating", *COUNTED_FIELDS)
PRICED = ("offer_status", *BOTH)

COVERAGE_SUITES = (
    Suite(
        name="coverage_gaps",
        table="coverage_gaps",
        key=COVERAGE_GAPS.key,
        rules=(
            *from_contract(COVERAGE_GAPS),
            critical(
                "the subject is in the release",
                subject_is_known,
                coverage_gaps=("subject_kind", "subject_id"),
                models=("model_id",),
                offers=("offer_id",),
                sources=("source_id",),
            ),
            critical(references("model_id", "models", "model_id")),
            info(
                "the gap is not critical",
                lambda coverage_gaps: coverage_gaps["severity"] != "critical",
                coverage_gaps=("severity",),
                why="`llmpairs gaps` ranks them by impact",
            ),
        ),
    ),
    Suite(
        name="missing models",
        table="coverage_gaps",
        subject="models",
        key=("model_id",),
        rules=(
            critical(
                "a compared model without a price has a gap",
                lambda models, offers, coverage_gaps: only_where(
                    is_in_pairs(models), is_priced(models, offers) | has_price_gap(models, coverage_gaps)
                ),
                models=IN_PAIRS,
                coverage_gaps=GAP,
                offers=("model_id", "eligible"),
                why="every missing price must be listed",
            ),
            warning(
                "a model with a price has no gap in price",
                lambda models, offers, coverage_gaps: only_where(
                    is_priced(models, offers), ~has_price_gap(models, coverage_gaps)
                ),
                models=IN_PAIRS,
                coverage_gaps=GAP,
                offers=("model_id", "eligible"),
            ),
            critical(
                "a compared model without context, licence or date has a gap",
                nulls_are_listed,
                models=(*IN_PAIRS, "context_tokens", "license_spdx", "released_date"),
                coverage_gaps=(*GAP, "state"),
            ),
        ),
    ),
    Suite(
        name="missing prices",
        table="coverage_gaps",
        subject="offers",
        key=("offer_id",),
        rules=(
            critical(
                "an offer without a price has a gap",
                unpriced_offer_is_listed,
                models=IN_PAIRS,
                coverage_gaps=GAP,
                offers=("model_id", "offer_status", "service_tier", "price_missing_reason"),
                why="every missing price must be listed",
            ),
        ),
    ),
    Suite(
        name="coverage",
        table="models",
        subject="coverage",
        key=("field",),
        summary=Summary(compute=measure_coverage, reads={"models": COUNTED, "offers": PRICED}),
        rules=(
            info(
                "no field is unknown for every model",
                lambda coverage: coverage["share"] > 0,
                coverage=("share",),
                why="a field that loses its values is a warning of `coverage kept`; one that never had any is listed "
                "by model in `coverage_gaps`, and a warning would repeat in every run",
            ),
        ),
    ),
    Suite(
        name="coverage kept",
        table="models",
        subject="coverage",
        key=("field",),
        summary=Summary(
            compute=measure_coverage,
            reads={"models": COUNTED, "offers": PRICED, "parent_models": COUNTED, "parent_offers": PRICED},
        ),
        rules=(
            warning(
                "no field loses over a point of coverage",
                lambda coverage: only_where(
                    coverage["share_before"].notna(), coverage["share"] >= coverage["share_before"] - 0.01
                ),
                coverage=("share", "share_before"),
                why="a parser that fails in part shows up here first",
                check_id="Q61",
            ),
        ),
    ),
)
