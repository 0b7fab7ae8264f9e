"""Small frames for the tests of identity resolution."""

from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.identity.key_rows import KEY
from llmpairs.transforms.identity.reference_types import IdentityReference
from llmpairs.transforms.identity.resolve import Resolution, resolve_identities
from tests.transforms.identity.recorded_keys import frame_keys

NOTHING = DataFrame(columns=[*KEY, "model_id"])


def key(provider_model_key: str, provider_id: str = "seller", **rest: Any) -> dict[str, Any]:
    """One row of keys; source and lineage follow the provider unless given."""
    stated = {"source_id": "catalogue", "lineage": "catalogue", **rest}
    return {"provider_id": provider_id, "provider_model_key": provider_model_key, **stated}


def resolve(
    rows: list[dict[str, Any]],
    reference: IdentityReference,
    previous: DataFrame = NOTHING,
    decisions: DataFrame = NOTHING,
) -> Resolution:
    """Resolve rows of keys."""
    return resolve_identities(frame_keys(rows), previous, decisions, reference)


def identity_of(resolution: Resolution, provider_model_key: str) -> pd.Series:
    """The identity of the only row of a key."""
    found = resolution.identities.query("provider_model_key == @provider_model_key")
    assert len(found) == 1, f"{provider_model_key} has {len(found)} rows"
    return found.iloc[0]
