"""Claims that landed rows do not state: what the name of a key says, and reviewed facts of the model's family."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.claims import CLAIM_COLUMNS
from llmpairs.transforms.normalise.family_facts import REVIEWED_LINEAGE, FamilyReference
from llmpairs.transforms.normalise.fields import MODEL_FIELDS
from llmpairs.transforms.normalise.licences import LicenceReference
from llmpairs.transforms.normalise.name_facts import names_reasoning, parse_name_dates, parse_sizes
from llmpairs.transforms.normalise.source_metadata import DEFAULT_PRIORITY

MAKER_AUTHORITY = 1
"""Authority of a reviewed fact: the maker states it, as a model card does."""
DECLARED_FIELDS = (
    "open_weights",
    "released",
    "input_modalities",
    "context_tokens",
    "max_input_tokens",
    "max_output_tokens",
)
"""Reviewed fields that count as declared. Licence and size stay derived: a card or the hub states them exactly."""
FAMILY_LOCATOR = " @family_facts.toml"
NAME_LOCATOR = " @key"
INTRODUCED_LOCATOR = " @capabilities.toml"
"""Suffixes of a row's locator: the claim rests on the row's key, and on this."""


def locate_row(locator: str) -> str:
    """Locator of the landed row that a claim rests on."""
    return locator.split(" @", 1)[0]


@dataclass(frozen=True)
class NamedModels:
    """One row per key of a capture: subject_id (the model), source_id, lineage, capture_id, model_key, locator."""

    rows: DataFrame

    def join(self, facts: DataFrame, locator: str) -> DataFrame:
        """Rows of the models in `facts`, which has `model_id`, with its columns and CLAIM_COLUMNS."""
        rows = self.rows.merge(facts.rename(columns={"model_id": "subject_id"}), on="subject_id")
        return rows.assign(locator=rows["locator"] + locator)


def name_models(models: DataFrame, offers: DataFrame) -> NamedModels:
    """Every key that resolves to a model, once per capture; `offers` have the model as model_id.

    Captures later than the as-of time are left out: what follows from a key needs no later evidence.
    """
    columns = ["subject_id", "source_id", "lineage", "capture_id", "model_key", "locator", "captured_at", "late"]
    rows = pd.concat([models[columns], offers.assign(subject_id=offers["model_id"])[columns]], ignore_index=True)
    key = ["source_id", "capture_id", "model_key"]
    rows = (
        rows[rows["subject_id"].notna() & ~rows["late"].astype(bool)]
        .sort_values([*key, "locator"], kind="stable")
        .drop_duplicates(key)
    )
    rows = rows.rename(columns={"captured_at": "observed_at"}).reset_index(drop=True)
    return NamedModels(rows.assign(provider_model_key=rows["model_key"], subject_kind="model", operator_id="-"))


def build_name_claims(named: NamedModels) -> DataFrame:
    """Derived claims from the key: sizes, and the month of a date in it."""
    rows = named.rows
    keys = Series(rows["model_key"].unique(), dtype="str")
    stated = parse_sizes(keys).assign(released_date=parse_name_dates(keys).str[:7]).set_index(keys)
    claims = []
    for field in stated.columns:
        values = rows["model_key"].map(stated[field].astype("str").where(stated[field].notna()))
        known = rows[values.notna()]
        claims.append(known.assign(field=field, value=values[values.notna()].astype("str")))
    table = pd.concat(claims, ignore_index=True)
    return table.assign(
        printed=table["model_key"], locator=table["locator"] + NAME_LOCATOR, basis="derived", authority=DEFAULT_PRIORITY
    )[CLAIM_COLUMNS]


def build_family_claims(named: NamedModels, families: FamilyReference, licences: LicenceReference) -> DataFrame:
    """Claims from family_facts.toml; `printed` is the address of the maker's page."""
    facts = families.list_fields(named.rows["subject_id"])
    parts = [facts.head(0).assign(value=Series(dtype="str"), basis=Series(dtype="str"))]
    for field in MODEL_FIELDS:
        of_field = facts[facts["field"] == field.item_field]
        if of_field.empty:
            continue
        convert = licences.identify_column if field.item_field == "license" else field.convert
        value = convert(of_field["stated"].infer_objects())
        basis = "declared" if field.item_field in DECLARED_FIELDS else "derived"
        parts.append(of_field.assign(field=field.name, value=value, basis=basis))
    return _describe_reviewed(named.join(pd.concat(parts, ignore_index=True), FAMILY_LOCATOR))[CLAIM_COLUMNS]


def build_family_capabilities(named: NamedModels, families: FamilyReference) -> DataFrame:
    """Capability claims from family_facts.toml, in CLAIM_COLUMNS and `evidence`."""
    facts = families.list_capabilities(named.rows["subject_id"])
    facts = facts.assign(
        field="capability:" + facts["capability"],
        value=facts["yes"].map({True: "yes", False: "no"}).astype("str"),
        basis="declared",
    )
    claims = _describe_reviewed(named.join(facts, FAMILY_LOCATOR)).assign(evidence="reviewed")
    return claims[[*CLAIM_COLUMNS, "evidence"]]


def build_name_capabilities(named: NamedModels) -> DataFrame:
    """Capability claims from the key: a "-thinking" model reasons. CLAIM_COLUMNS and `evidence`."""
    rows = named.rows
    keys = Series(rows["model_key"].unique(), dtype="str")
    reasons = rows[rows["model_key"].isin(keys[names_reasoning(keys)])]
    claims = reasons.assign(
        field="capability:reasoning", value="yes", printed=reasons["model_key"], basis="derived",
        locator=reasons["locator"] + NAME_LOCATOR, authority=DEFAULT_PRIORITY, evidence="name",
    )  # fmt: skip
    return claims[[*CLAIM_COLUMNS, "evidence"]]


def build_introduced_claims(released: DataFrame, introduced: Mapping[str, str]) -> DataFrame:
    """Capability claims: no, for a model released before any model had the capability. CLAIM_COLUMNS and `evidence`.

    `released` are declared claims on released_date; `introduced` is the first day by capability.
    """
    declared = released[(released["field"] == "released_date") & (released["basis"] == "declared")]
    day = pd.to_datetime(declared["value"], format="ISO8601", errors="coerce")
    parts = [
        declared[day < pd.Timestamp(first)].assign(field=f"capability:{capability}")
        for capability, first in introduced.items()
    ]
    claims = pd.concat(parts, ignore_index=True)
    locator = claims["locator"] + INTRODUCED_LOCATOR
    return claims.assign(value="no", basis="derived", evidence="introduced", locator=locator)[
        [*CLAIM_COLUMNS, "evidence"]
    ]


def _describe_reviewed(claims: DataFrame) -> DataFrame:
    return claims.assign(
        printed=claims["evidence"], lineage=REVIEWED_LINEAGE, operator_id=REVIEWED_LINEAGE, authority=MAKER_AUTHORITY
    )
