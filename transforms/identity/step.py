"""The identity step of a night: keys to models, what is held of it, and the last release in tonight's ids."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.holds import apply_decisions, open_holds
from llmpairs.transforms.identity.key_nodes import KEY
from llmpairs.transforms.identity.reference_types import IdentityBooks
from llmpairs.transforms.identity.release import (
    carry_absent_keys,
    doubt_moves,
    follow_redirects,
    read_confirmed,
    trace_redirects,
)
from llmpairs.transforms.identity.resolve import Resolution, resolve_identities

NOBODY = "nobody"
"""Verdict of a decision on a key that leads to no model."""


@dataclass(frozen=True)
class Identified:
    """Tonight's models, and all that changes with the ids of models."""

    resolution: Resolution
    previous: dict[str, DataFrame]
    """The last release's tables in tonight's ids."""
    identities: DataFrame
    """IDENTITIES."""
    redirects: DataFrame
    """MODEL_REDIRECTS."""
    holds: DataFrame
    """HOLDS of moved aliases."""

    def complete(self, state: dict[str, DataFrame]) -> dict[str, DataFrame]:
        """The state tables with those of this step; holds of aliases count the pairs of the model that stays."""
        models = state["models"]
        live = set(models.loc[models["is_live"] & models["is_text_generating"], "model_id"])
        pairs = self.holds["published_value"].isin(live) * max(len(live) - 1, 0)
        held = self.holds.assign(pairs_affected=pairs.astype("int64"))
        holds = pd.concat([state["holds"], held], ignore_index=True) if len(held) else state["holds"]
        return state | {"identities": self.identities, "model_redirects": self.redirects, "holds": holds}


def identify(
    keys: DataFrame,
    captures: DataFrame,
    previous: dict[str, DataFrame],
    decisions: DataFrame,
    books: IdentityBooks,
    as_of: datetime,
) -> Identified:
    """Keys of the night as resolve_identities takes them; `captures` has KEY and capture_id of landed rows.

    `previous` are the last release's tables, `decisions` the reviewer's.
    """

    def judge(moves: DataFrame) -> DataFrame:
        held = open_holds(doubt_moves(moves, captures), previous["holds"], as_of)
        return apply_decisions(held, decisions).drop(columns="provider_id")

    resolution = resolve_identities(
        keys,
        previous["identities"],
        identity_decisions(decisions),
        books,
        lambda moves: read_confirmed(judge(moves)),
    )
    redirects = trace_redirects(resolution.identities, resolution.models, resolution.moves, previous, as_of)
    earlier = follow_redirects(previous, redirects)
    return Identified(
        resolution,
        earlier,
        carry_absent_keys(resolution.identities, earlier["identities"]),
        redirects,
        judge(resolution.moves),
    )


def identity_decisions(decisions: DataFrame) -> DataFrame:
    """The reviewer's identities as resolve_identities takes them."""
    columns = [*KEY, "model_id"]
    if decisions.empty:
        return DataFrame(columns=columns)
    rows = decisions[decisions["kind"] == "identity"]
    parts = rows["subject"].str.split("|", n=2, expand=True).reindex(columns=[0, 1, 2])
    return DataFrame(
        {
            KEY[0]: parts[0],
            KEY[1]: parts[1],
            KEY[2]: parts[2],
            "model_id": rows["verdict"].where(rows["verdict"] != NOBODY),
        }
    ).reset_index(drop=True)
