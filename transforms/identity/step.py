"""The identity step of a run: keys to models, holds of moved aliases, and the previous release in current ids."""

from dataclasses import dataclass, replace

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.holds import apply_decisions, open_holds
from llmpairs.transforms.identity.alias_moves import frame_moves, list_candidates, publish_accepted, read_accepted_keys
from llmpairs.transforms.identity.confirmation import mark_unconfirmed
from llmpairs.transforms.identity.decisions import select_identity_decisions
from llmpairs.transforms.identity.redirects import carry_absent_keys, follow_redirects, trace_redirects
from llmpairs.transforms.identity.resolve import Resolution, finish_resolution, propose_resolution
from llmpairs.transforms.identity.source_keys import SourceKeys


@dataclass(frozen=True)
class IdentityResult:
    """The models of a run, and the tables that depend on model ids alone."""

    resolution: Resolution
    previous: dict[str, DataFrame]
    """The previous release's tables with the model ids of this run."""
    identities: DataFrame
    """IDENTITIES."""
    redirects: DataFrame
    """MODEL_REDIRECTS."""
    holds: DataFrame
    """HOLDS of moved aliases."""

    def complete(self, state: dict[str, DataFrame]) -> dict[str, DataFrame]:
        """The state tables with those of this step; holds of aliases count the pairs of the published model."""
        models = state["models"]
        live = set(models.loc[models["is_live"] & models["is_text_generating"], "model_id"])
        pairs = self.holds["published_value"].isin(live) * max(len(live) - 1, 0)
        held = self.holds.assign(pairs_affected=pairs.astype("int64"))
        holds = pd.concat([state["holds"], held], ignore_index=True) if len(held) else state["holds"]
        return state | {"identities": self.identities, "model_redirects": self.redirects, "holds": holds}


def resolve_models(keys: SourceKeys, context: RunContext) -> IdentityResult:
    """Resolve the keys of a run: propose models, hold moved aliases, build the tables, redirect former ids."""
    proposed = propose_resolution(
        keys.keys,
        context.previous["identities"],
        select_identity_decisions(context.decisions),
        context.reference_data.identity,
    )
    candidates = list_candidates(frame_moves(proposed.moves, proposed.moves), keys.captures)
    opened = open_holds(candidates, context.previous["holds"], context.as_of)
    holds = publish_accepted(apply_decisions(opened, context.decisions))
    resolution = finish_resolution(proposed, read_accepted_keys(holds))
    redirects = trace_redirects(resolution, context.previous, context.as_of)
    previous = follow_redirects(context.previous, redirects)
    marked = mark_unconfirmed(resolution.models, resolution.identities, keys, replace(context, previous=previous))
    resolution = replace(resolution, models=marked)
    return IdentityResult(
        resolution,
        previous,
        carry_absent_keys(resolution.identities, previous["identities"]),
        redirects,
        holds.drop(columns="provider_id"),
    )
