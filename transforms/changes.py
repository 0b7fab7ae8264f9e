"""Changes since the previous release: subjects added, changed, absent, returned or retired."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas import DataFrame, Series

from llmpairs.transforms.identity.alias_moves import format_subjects
from llmpairs.transforms.identity.key_rows import KEY
from llmpairs.transforms.pricing.corrections import list_corrections
from llmpairs.warehouse.contracts.models import MODELS
from llmpairs.warehouse.contracts.offers import OFFERS
from llmpairs.warehouse.vocabulary import PRICE_FIELDS


class ComparedTable(NamedTuple):
    """A table whose rows are compared column by column."""

    name: str
    subject_kind: str
    key: str
    columns: tuple[str, ...]


UNCOMPARED = ("unscaled_context_tokens", "parameters_active")
STATED_MODEL_COLUMNS = tuple(
    column.name
    for column in MODELS.columns
    if not column.rests_on and not pa.types.is_list(column.type) and column.name not in UNCOMPARED
)
COMPARED_TABLES = (
    ComparedTable(
        "models", "model", "model_id",
        (
            "display_name", "kind", "is_live", *STATED_MODEL_COLUMNS, "hugging_face_id", "lifecycle",
            "successor_model_id", "identity_basis",
        ),
    ),
    ComparedTable(
        "offers", "offer", "offer_id",
        (
            "model_id", "quantization", "context_tokens", "max_output_tokens", "price_kind", *PRICE_FIELDS,
            "offer_status", "held", "deprecated_on", "retire_on",
        ),
    ),
    ComparedTable("providers", "provider", "provider_id", ("kind",)),
)  # fmt: skip
NUMBERS = {
    column.name
    for table in (MODELS, OFFERS)
    for column in table.columns
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
}
"""Columns whose changes have a ratio."""
PRICE_COLUMNS = ("price_kind", "held", *PRICE_FIELDS)
"""Columns of an offer that change together when a price is decided."""
COLUMNS = [
    "change_id", "subject_kind", "subject_id", "kind", "field", "old_value", "new_value", "ratio", "cause",
]  # fmt: skip


def find_changes(current: dict[str, DataFrame], previous: dict[str, DataFrame], rules_changed: bool) -> DataFrame:
    """CHANGES but for run_id: models, offers and providers, column by column.

    A first run has no changes. The cause is `rules` where rules or code differ from the previous release's,
    `identity` for a row whose model changed, `correction` for a price that corrects the history, and `decision` for a
    value that a reviewer decided or that falls back when the decision ends. A correction is also a change of
    `price_history:<price>`. Further changes: keys that resolve to another model, keys that would if they were not
    held, and models with another id.
    """
    changes = pd.concat(
        [compare(table, previous[table.name], current[table.name]) for table in COMPARED_TABLES], ignore_index=True
    ).assign(cause="rules" if rules_changed else "source")
    corrected = list_corrections(current["price_history"], previous["price_history"])
    changes = pd.concat([changes, list_history_changes(corrected)], ignore_index=True)
    changes["cause"] = changes["cause"].mask(changes["field"] == "model_id", "identity")
    applies = corrected[corrected["is_current"]]
    of_price = pd.MultiIndex.from_frame(changes[["subject_id", "field"]])
    changes["cause"] = changes["cause"].mask(
        of_price.isin(pd.MultiIndex.from_frame(applies[["offer_id", "field"]])), "correction"
    )
    changes["cause"] = changes["cause"].mask(is_decided(changes, current, previous), "decision")
    changes = pd.concat([changes, *find_identity_changes(current, previous)], ignore_index=True)
    hashed = pd.util.hash_pandas_object(changes[["subject_kind", "subject_id", "kind", "field"]], index=False)
    changes["change_id"] = [f"c{value:016x}" for value in hashed]
    return changes[COLUMNS].sort_values("change_id").reset_index(drop=True)


def is_decided(changes: DataFrame, current: dict[str, DataFrame], previous: dict[str, DataFrame]) -> Series:
    """Whether the value of either release rests on a reviewer's decision."""
    keys = ["subject_id", "field"]
    facts = [tables["facts"] for tables in (current, previous)]
    chosen = [rows.loc[rows["is_chosen"].astype(bool) & (rows["reason"] == "decision"), keys] for rows in facts]
    accepted = current["holds"].loc[current["holds"]["state"] == "accepted", keys]
    decided = pd.concat([*chosen, accepted], ignore_index=True)
    priced = decided.loc[decided["field"].isin(PRICE_FIELDS), "subject_id"]
    exact = pd.MultiIndex.from_frame(changes[keys]).isin(pd.MultiIndex.from_frame(decided))
    return Series(exact, index=changes.index) | (
        changes["subject_id"].isin(priced) & changes["field"].isin(PRICE_COLUMNS)
    )


def find_identity_changes(current: dict[str, DataFrame], previous: dict[str, DataFrame]) -> list[DataFrame]:
    """Keys that resolve to another model or would, and models with another id since the previous release.

    The cause is `rules` where the identity rules changed, `decision` where a reviewer confirmed a held move.
    """
    identities, redirects = current["identities"], current["model_redirects"]
    versions = identities.loc[identities["nights_absent"] == 0, "rules_version"]
    cause = "identity" if versions.isin(previous["identities"]["rules_version"]).all() else "rules"
    new_ids = redirects[~redirects["old_model_id"].isin(previous["model_redirects"]["old_model_id"])]
    renamed = dict(zip(new_ids["old_model_id"], new_ids["model_id"], strict=True))
    old = previous["identities"].set_index(KEY)["model_id"].dropna()
    new = identities.set_index(KEY)["model_id"].dropna()
    before, after = old.replace(renamed).align(new, join="inner")
    has_moved = before != after
    keys = before.index[has_moved.to_numpy()].to_frame(index=False)
    moved = make_changes("identity", format_subjects(keys), "changed").assign(
        old_value=before[has_moved].to_numpy(), new_value=after[has_moved].to_numpy()
    )
    waited = previous["holds"]
    waited = waited[waited["subject_kind"] == "identity"].set_index("subject_id")["candidate_value"]
    confirmed = (moved["subject_id"].map(waited) == moved["new_value"]).to_numpy(dtype=bool)
    moved = moved.assign(
        kind=np.where(confirmed, "alias_moved", moved["kind"]), cause=np.where(confirmed, "decision", cause)
    )
    held = current["holds"]
    held = held[(held["subject_kind"] == "identity") & (held["state"] == "held") & (held["nights"] == 1)]
    would_move = make_changes("identity", held["subject_id"], "alias_moved").assign(
        old_value=held["published_value"].to_numpy(), new_value=held["candidate_value"].to_numpy(), cause="identity"
    )
    redirected = make_changes("model", new_ids["old_model_id"], "redirected").assign(
        old_value=new_ids["old_model_id"].to_numpy(), new_value=new_ids["model_id"].to_numpy(), cause=cause
    )
    return [part.assign(field="model_id") for part in (moved, would_move, redirected)]


def compare(table: ComparedTable, before: DataFrame, after: DataFrame) -> DataFrame:
    """Changes of one table but for their cause; rows that both releases have are compared as text, by column."""
    if before.empty:
        return DataFrame(columns=COLUMNS)
    old, new = before.set_index(table.key), after.set_index(table.key)
    added = new.index.difference(old.index)
    both = new.index.intersection(old.index)
    parts = [make_changes(table.subject_kind, added, "added")]
    if "nights_absent" in new.columns:
        absent = (new.loc[both, "nights_absent"] > 0) & (old.loc[both, "nights_absent"] == 0)
        returned = (new.loc[both, "nights_absent"] == 0) & (old.loc[both, "nights_absent"] > 0)
        parts.append(make_changes(table.subject_kind, both[absent.to_numpy()], "absent"))
        parts.append(make_changes(table.subject_kind, both[returned.to_numpy()], "returned"))
    # A column that the previous release did not have has not changed.
    columns = [name for name in table.columns if name in old.columns]
    parts += [compare_column(table.subject_kind, old.loc[both, name], new.loc[both, name]) for name in columns]
    return pd.concat(parts, ignore_index=True)


def compare_column(subject_kind: str, old: Series, new: Series) -> DataFrame:
    """Changes of one column."""
    if old.equals(new):
        return make_changes(subject_kind, old.index[:0], "changed")
    before, after = as_text(old), as_text(new)
    differs = ~((before == after) | (before.isna() & after.isna())).fillna(False).astype(bool)
    changes = make_changes(subject_kind, old.index[differs.to_numpy()], "changed").assign(
        field=str(old.name), old_value=before[differs].to_numpy(), new_value=after[differs].to_numpy()
    )
    if old.name in ("offer_status", "lifecycle"):
        changes["kind"] = changes["kind"].mask(changes["new_value"] == "retired", "retired")
    if old.name in NUMBERS and len(changes):
        ratio = pd.to_numeric(changes["new_value"]) / pd.to_numeric(changes["old_value"])
        changes["ratio"] = ratio.where(np.isfinite(ratio))
    return changes


def list_history_changes(corrected: DataFrame) -> DataFrame:
    """Changes of the price history before this run, from `list_corrections`."""
    ratio = corrected["usd_per_mtok"] / corrected["old_usd_per_mtok"]
    return make_changes("offer", pd.Index(corrected["offer_id"]), "changed").assign(
        field=("price_history:" + corrected["field"].astype("str")).to_numpy(),
        old_value=as_text(corrected["old_usd_per_mtok"]).to_numpy(),
        new_value=as_text(corrected["usd_per_mtok"]).to_numpy(),
        ratio=ratio.where(np.isfinite(ratio)).to_numpy(),
        cause="correction",
    )


def as_text(column: Series) -> Series:
    """Values as text that compares: dates as days, numbers as printed by repr."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.strftime("%Y-%m-%d").astype("str")
    if pd.api.types.is_float_dtype(column):
        return column.map(repr, na_action="ignore").astype("str").where(column.notna())
    return column.astype("str").where(column.notna())


def make_changes(subject_kind: str, ids: pd.Index | Series, kind: str) -> DataFrame:
    """Rows of CHANGES without id, cause and values, of the subject as a whole: field `-`."""
    return DataFrame(
        {
            "subject_kind": subject_kind,
            "subject_id": np.asarray(ids.astype("str")),
            "kind": kind,
            "field": "-",
            "old_value": None,
            "new_value": None,
            "ratio": np.nan,
        }
    )
