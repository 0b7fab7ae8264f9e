"""Tonight against the last release: what was added, changed, went absent, came back or retired."""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.identity.key_nodes import KEY
from llmpairs.transforms.identity.release import name_subjects
from llmpairs.transforms.pricing.corrections import list_corrections
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

MODEL_COLUMNS = (
    "display_name", "kind", "is_live", "released_date", "knowledge_cutoff_date", "context_tokens", "max_output_tokens",
    "parameters_total", "architecture", "is_open_weights", "license_spdx", "hugging_face_id", "lifecycle",
    "deprecated_on", "retire_on", "successor_model_id", "identity_basis",
)  # fmt: skip
OFFER_COLUMNS = (
    "model_id", "quantization", "context_tokens", "max_output_tokens", "price_kind", "input_usd_per_mtok",
    "output_usd_per_mtok", "cache_read_usd_per_mtok", "cache_write_usd_per_mtok", "offer_status", "held",
    "deprecated_on", "retire_on",
)  # fmt: skip
NUMBERS = {
    "context_tokens", "max_output_tokens", "parameters_total", "input_usd_per_mtok", "output_usd_per_mtok",
    "cache_read_usd_per_mtok", "cache_write_usd_per_mtok",
}  # fmt: skip
OF_ONE_PRICE = ("price_kind", "held", *PRICE_FIELDS)
"""Columns of an offer that change together when a price is decided."""
COLUMNS = [
    "change_id",
    "subject_kind",
    "subject_id",
    "kind",
    "field",
    "old_value",
    "new_value",
    "ratio",
    "cause",
]


def find_changes(
    tonight: dict[str, DataFrame], previous: dict[str, DataFrame], rules_changed: bool
) -> DataFrame:
    """CHANGES but for run_id: models, offers and providers, column by column.

    A first night has no differences. With other rules or code than the last release's, the cause is `rules`;
    a row whose model changed has the cause `identity`. Also keys that lead to another model, keys that would if
    they were not held, and models that go by another id. A price that corrects the history has the cause
    `correction`, and the history says so itself in a row with the field `price_history:<price>`. A value that a
    reviewer decided, or that falls back when the decision no longer stands, has the cause `decision`.
    """
    cause = "rules" if rules_changed else "source"
    parts = [
        compare("model", "model_id", MODEL_COLUMNS, previous["models"], tonight["models"], cause),
        compare("offer", "offer_id", OFFER_COLUMNS, previous["offers"], tonight["offers"], cause),
        compare("provider", "provider_id", ("kind",), previous["providers"], tonight["providers"], cause),
    ]
    corrected = list_corrections(tonight["price_history"], previous["price_history"])
    changes = pd.concat([*parts, tell_corrections(corrected)], ignore_index=True)
    changes["cause"] = changes["cause"].mask(changes["field"] == "model_id", "identity")
    current = corrected[corrected["is_current"]]
    of_price = pd.MultiIndex.from_frame(changes[["subject_id", "field"]])
    changes["cause"] = changes["cause"].mask(
        of_price.isin(pd.MultiIndex.from_frame(current[["offer_id", "field"]])), "correction"
    )
    changes["cause"] = changes["cause"].mask(is_decided(changes, tonight, previous), "decision")
    changes = pd.concat([changes, *find_identity_changes(tonight, previous)], ignore_index=True)
    hashed = pd.util.hash_pandas_object(changes[["subject_kind", "subject_id", "kind", "field"]], index=False)
    changes["change_id"] = [f"c{value:016x}" for value in hashed]
    return changes[COLUMNS].sort_values("change_id").reset_index(drop=True)


def is_decided(changes: DataFrame, tonight: dict[str, DataFrame], previous: dict[str, DataFrame]) -> Series:
    """Whether the value of either night rests on a reviewer's decision."""
    keys = ["subject_id", "field"]
    facts = [tables["facts"] for tables in (tonight, previous)]
    chosen = [
        rows.loc[rows["is_chosen"].astype(bool) & (rows["reason"] == "decision"), keys] for rows in facts
    ]
    accepted = tonight["holds"].loc[tonight["holds"]["state"] == "accepted", keys]
    decided = pd.concat([*chosen, accepted], ignore_index=True)
    priced = decided.loc[decided["field"].isin(PRICE_FIELDS), "subject_id"]
    exact = pd.MultiIndex.from_frame(changes[keys]).isin(pd.MultiIndex.from_frame(decided))
    return Series(exact, index=changes.index) | (
        changes["subject_id"].isin(priced) & changes["field"].isin(OF_ONE_PRICE)
    )


def find_identity_changes(tonight: dict[str, DataFrame], previous: dict[str, DataFrame]) -> list[DataFrame]:
    """Keys that lead to another model or would, and models that go by another id since the last release.

    The cause is `rules` where the rules of identity are others, `decision` where a reviewer confirmed a held move.
    """
    listed = tonight["identities"]["nights_absent"] == 0
    versions = tonight["identities"].loc[listed, "rules_version"]
    cause = "identity" if versions.isin(previous["identities"]["rules_version"]).all() else "rules"
    redirects = tonight["model_redirects"]
    fresh = redirects[~redirects["old_model_id"].isin(previous["model_redirects"]["old_model_id"])]
    renamed = dict(zip(fresh["old_model_id"], fresh["model_id"], strict=True))
    old = previous["identities"].set_index(KEY)["model_id"].dropna()
    new = tonight["identities"].set_index(KEY)["model_id"].dropna()
    before, after = old.replace(renamed).align(new, join="inner")
    moved = before != after
    keys = before.index[moved.to_numpy()].to_frame(index=False)
    told = make_changes(
        "identity", name_subjects(keys), "changed", "model_id", before[moved], after[moved], cause
    )
    waited = previous["holds"]
    waited = waited[waited["subject_kind"] == "identity"].set_index("subject_id")["candidate_value"]
    confirmed = (told["subject_id"].map(waited) == told["new_value"]).to_numpy(dtype=bool)
    told["kind"] = np.where(confirmed, "alias_moved", told["kind"])
    told["cause"] = np.where(confirmed, "decision", told["cause"])
    held = tonight["holds"]
    held = held[(held["subject_kind"] == "identity") & (held["state"] == "held") & (held["nights"] == 1)]
    would, is_held = held["candidate_value"], held["published_value"]
    ids, to = fresh["old_model_id"], fresh["model_id"]
    return [
        told,
        make_changes("identity", held["subject_id"], "alias_moved", "model_id", is_held, would, "identity"),
        make_changes("model", ids, "redirected", "model_id", ids, to, cause),
    ]


def compare(
    subject: str, key: str, columns: tuple[str, ...], before: DataFrame, after: DataFrame, cause: str
) -> DataFrame:
    """Changes of one table; rows that both nights have are compared as text, column by column."""
    if before.empty:
        return DataFrame(columns=COLUMNS)
    old, new = before.set_index(key), after.set_index(key)
    added = new.index.difference(old.index)
    both = new.index.intersection(old.index)
    parts = [whole_subject(subject, added, "added", cause)]
    if "nights_absent" in new.columns:
        absent = (new.loc[both, "nights_absent"] > 0) & (old.loc[both, "nights_absent"] == 0)
        returned = (new.loc[both, "nights_absent"] == 0) & (old.loc[both, "nights_absent"] > 0)
        parts += [
            whole_subject(subject, both[absent.to_numpy()], "absent", cause),
            whole_subject(subject, both[returned.to_numpy()], "returned", cause),
        ]
    # A column that the last release did not have yet has not changed.
    for column in (name for name in columns if name in old.columns):
        parts.append(compare_column(subject, old.loc[both, column], new.loc[both, column], cause))
    return pd.concat(parts, ignore_index=True)


def whole_subject(subject: str, ids: pd.Index, kind: str, cause: str) -> DataFrame:
    """Changes that concern the whole subject."""
    return make_changes(subject, ids, kind, "-", None, None, cause)


def compare_column(subject: str, old: Series, new: Series, cause: str) -> DataFrame:
    """Changes of one column."""
    before, after = as_text(old), as_text(new)
    differs = ~((before == after) | (before.isna() & after.isna())).fillna(False).astype(bool)
    ids = old.index[differs.to_numpy()]
    gone = Series(old.name in ("offer_status", "lifecycle"), index=ids) & (after[differs] == "retired")
    changes = make_changes(subject, ids, "changed", str(old.name), before[differs], after[differs], cause)
    changes["kind"] = np.where(gone.to_numpy(dtype=bool), "retired", "changed")
    if old.name in NUMBERS and len(changes):
        ratio = pd.to_numeric(changes["new_value"]) / pd.to_numeric(changes["old_value"])
        changes["ratio"] = ratio.where(np.isfinite(ratio))
    return changes


def tell_corrections(corrected: DataFrame) -> DataFrame:
    """Changes of what the history says of a time before tonight."""
    old, new = as_text(corrected["old_usd_per_mtok"]), as_text(corrected["usd_per_mtok"])
    ids = pd.Index(corrected["offer_id"])
    changes = make_changes("offer", ids, "changed", "-", old, new, "correction")
    ratio = corrected["usd_per_mtok"] / corrected["old_usd_per_mtok"]
    return changes.assign(
        field=("price_history:" + corrected["field"].astype("str")).to_numpy(),
        ratio=ratio.where(np.isfinite(ratio)).to_numpy(),
    )


def as_text(column: Series) -> Series:
    """Values as text that compares: dates as days, numbers as printed by repr."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.strftime("%Y-%m-%d").astype("str")
    if pd.api.types.is_float_dtype(column):
        return column.map(repr, na_action="ignore").astype("str").where(column.notna())
    return column.astype("str").where(column.notna())


def make_changes(
    subject: str,
    ids: pd.Index | Series,
    kind: str,
    field: str,
    old: Series | None,
    new: Series | None,
    cause: str,
) -> DataFrame:
    """Rows of CHANGES without their id."""
    return DataFrame(
        {
            "subject_kind": subject,
            "subject_id": np.asarray(ids.astype("str")),
            "kind": kind,
            "field": field,
            "old_value": None if old is None else old.to_numpy(),
            "new_value": None if new is None else new.to_numpy(),
            "ratio": np.nan,
            "cause": cause,
        }
    )
