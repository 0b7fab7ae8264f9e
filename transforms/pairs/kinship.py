"""Relations between models: base and derivative, snapshot, or siblings."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from llmpairs.warehouse.vocabulary import MIRRORED_VALUES, RELATIONS

Codes = npt.NDArray[np.int32]
Relations = npt.NDArray[np.int8]


@dataclass(frozen=True, kw_only=True)
class Kinship:
    """Relations of n models, by position in the order of their ids; -1 for unknown.

    `low`, `high` and `relation` list the pairs in which one model names the other as its base, sorted; `relation` is a
    position in RELATIONS, of the lower model to the higher.
    """

    family: Codes
    """Models of one developer and family share a code."""
    base: Codes
    """Models of one base share a code, whether or not the base is in MODELS."""
    snapshot_of: Codes
    """As `base`, but for snapshots only: snapshots of one model share a code."""
    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]
    relation: Relations


def trace_kinship(live: pd.DataFrame) -> Kinship:
    """Build the relations of MODELS rows indexed and sorted by model_id.

    A base without a stated relation makes a derivative. Two models that name each other as base count as siblings.
    """
    developer_family = live["developer_id"].astype("object") + "/" + live["family"].astype("object")
    base = pd.factorize(live["base_model_id"], sort=True)[0].astype(np.int32)
    is_snapshot = (live["relation_to_base"] == "snapshot").to_numpy(dtype=bool)
    low, high, relation = _named_bases(live)
    return Kinship(
        family=pd.factorize(developer_family, sort=True)[0].astype(np.int32),
        base=base,
        snapshot_of=np.where(is_snapshot, base, -1).astype(np.int32),
        low=low,
        high=high,
        relation=relation,
    )


def _named_bases(live: pd.DataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Relations]:
    """Pairs in which one model names the other: both positions, and the relation of the lower to the higher."""
    target = live.index.get_indexer(live["base_model_id"])
    own = np.arange(len(live))
    edges = pd.DataFrame({"own": own, "target": target, "relation": live["relation_to_base"].to_numpy()})
    edges = edges[(edges["target"] >= 0) & (edges["target"] != edges["own"])]
    edges["relation"] = edges["relation"].astype("object").fillna("derivative")
    edges["low"] = edges[["own", "target"]].min(axis=1)
    edges["high"] = edges[["own", "target"]].max(axis=1)
    seen_from_low = edges["relation"].where(
        edges["own"] == edges["low"], edges["relation"].map(lambda word: MIRRORED_VALUES.get(word, word))
    )
    is_mutual = edges.duplicated(["low", "high"], keep=False)
    edges["relation"] = seen_from_low.where(~is_mutual, "sibling")
    edges = edges.drop_duplicates(["low", "high"]).sort_values(["low", "high"])
    codes = pd.Index(RELATIONS).get_indexer(edges["relation"])
    return (edges["low"].to_numpy(dtype=np.int64), edges["high"].to_numpy(dtype=np.int64), codes.astype(np.int8))
