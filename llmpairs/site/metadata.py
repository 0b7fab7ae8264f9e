"""Metadata for the pages of a release: slugs, names, redirects and JSON-LD of every model."""

import json
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from llmpairs.exports.pair_rows import PageMetadata
from llmpairs.site.json_ld import DescribedModel, DescribedOffer, describe_model, escape_script
from llmpairs.transforms.identity.reference_data import load_developer_names
from llmpairs.warehouse.query import fetch_rows
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

if TYPE_CHECKING:
    import duckdb

MODELS = """
    SELECT model_id, slug, display_name, developer_id, released_date, released_precision, released_basis,
      license_spdx, context_tokens, parameters_total, parameters_active, is_live AND is_text_generating AS is_compared
    FROM models
"""
REDIRECTS = "SELECT old_model_id, model_id FROM model_redirects ORDER BY old_model_id"
CAPABILITIES = """
    SELECT model_id, list(capability ORDER BY capability) AS capabilities FROM model_capabilities
    WHERE state = 'yes' AND NOT is_disputed AND source_id NOT IN (SELECT unnest($1::VARCHAR[])) GROUP BY model_id
"""
CHEAPEST = f"""
    SELECT costs.model_id, coalesce(providers.name, provider_id) AS provider_name,
      input_usd_per_mtok, output_usd_per_mtok
    FROM model_scenario_costs AS costs JOIN offers ON offer_id = cheapest_offer_id
    LEFT JOIN providers USING (provider_id)
    WHERE scenario_id = '{DETAILED_SCENARIO}' AND NOT held
      AND coalesce(price_source_id, '') NOT IN (SELECT unnest($1::VARCHAR[]))
"""
WITHHELD = """
    SELECT DISTINCT subject_id AS model_id, field FROM facts
    WHERE subject_kind = 'model' AND is_chosen AND source_id IN (SELECT unnest($1::VARCHAR[]))
"""


def load_page_metadata(con: "duckdb.DuckDBPyConnection", left_out: Sequence[str], base: str) -> PageMetadata:
    """Page metadata of all models, former ids included, without values of the sources that are `left_out`."""
    models: dict[str, DescribedModel] = {row["model_id"]: row for row in fetch_rows(con, MODELS)}
    present_id: dict[str, str] = {row["old_model_id"]: row["model_id"] for row in fetch_rows(con, REDIRECTS)}
    former = defaultdict(list)
    for old, new in present_id.items():
        former[new].append(slug_of(old))
    ids = sorted({*models, *present_id}, key=str.encode)
    position = {id_: at for at, id_ in enumerate(ids)}
    names = [models[id_]["display_name"] if id_ in models else None for id_ in ids]
    compared = [id_ in models and bool(models[id_]["is_compared"]) for id_ in ids]
    targets = [position.get(present_id.get(id_, id_), at) for at, id_ in enumerate(ids)]
    return PageMetadata(
        ids=ids,
        slugs=[models[id_]["slug"] if id_ in models else slug_of(id_) for id_ in ids],
        names=names,
        json_ld=describe_models(con, models, ids, list(left_out)),
        json_names=[escape_script(json.dumps(name or "", ensure_ascii=False)[1:-1]) for name in names],
        former_slugs=[former[id_] for id_ in ids],
        target=np.array(targets, dtype=np.int64),
        live=np.where(compared, np.cumsum(compared) - 1, -1).astype(np.int64),
        base=base,
    )


def slug_of(model_id: str) -> str:
    """The slug that a former id had."""
    return model_id.replace("/", "--")


def describe_models(
    con: "duckdb.DuckDBPyConnection", models: Mapping[str, DescribedModel], ids: Sequence[str], left_out: list[str]
) -> list[str]:
    """JSON-LD of each model; an empty object for a former id."""
    names = load_developer_names()
    capabilities: dict[str, list[str]] = {
        row["model_id"]: row["capabilities"] for row in fetch_rows(con, CAPABILITIES, [left_out])
    }
    offers: dict[str, DescribedOffer] = {row["model_id"]: row for row in fetch_rows(con, CHEAPEST, [left_out])}
    withheld = defaultdict(set)
    for row in fetch_rows(con, WITHHELD, [left_out]):
        withheld[row["model_id"]].add(row["field"])
    described = {
        id_: describe_model(
            model,
            names.get(model["developer_id"]) or model["developer_id"],
            capabilities.get(id_, ()),
            offers.get(id_),
            withheld[id_],
        )
        for id_, model in models.items()
    }
    return [described.get(id_, "{}") for id_ in ids]


def hash_ids(ids: Sequence[str]) -> npt.NDArray[np.int64]:
    """A permanent hash of each id, so that a pair stays in the same shard in every export."""
    return np.array([zlib.crc32(id_.encode()) for id_ in ids], dtype=np.int64)
