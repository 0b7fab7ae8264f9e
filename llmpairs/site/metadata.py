"""What addresses and heads of pair pages need of every model of a release."""

import json
import zlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from llmpairs.exports.pair_rows import Heads
from llmpairs.site.json_ld import describe_model, escape_script
from llmpairs.transforms.identity.reference_data import name_developers
from llmpairs.warehouse.query_rows import rows_of

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]
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
CHEAPEST = """
    SELECT costs.model_id, coalesce(providers.name, provider_id) AS provider_name,
      input_usd_per_mtok, output_usd_per_mtok
    FROM model_scenario_costs AS costs JOIN offers ON offer_id = cheapest_offer_id
    LEFT JOIN providers USING (provider_id)
    WHERE scenario_id = 'seed_chat' AND NOT held
      AND coalesce(price_source_id, '') NOT IN (SELECT unnest($1::VARCHAR[]))
"""
WITHHELD = """
    SELECT DISTINCT subject_id AS model_id, field FROM facts
    WHERE subject_kind = 'model' AND is_chosen AND source_id IN (SELECT unnest($1::VARCHAR[]))
"""


def read_heads(con: "duckdb.DuckDBPyConnection", left_out: list[str], base: str) -> Heads:
    """The heads of all models, former ids among them; words of the sources that are left out stay out."""
    models = {row["model_id"]: row for row in rows_of(con, MODELS)}
    went = {row["old_model_id"]: row["model_id"] for row in rows_of(con, REDIRECTS)}
    former = defaultdict(list)
    for old, new in went.items():
        former[new].append(slug_of(old))
    ids = sorted({*models, *went}, key=str.encode)
    place = {id_: at for at, id_ in enumerate(ids)}
    names = [models[id_]["display_name"] if id_ in models else None for id_ in ids]
    compared = [id_ in models and bool(models[id_]["is_compared"]) for id_ in ids]
    return Heads(
        ids=ids,
        slugs=[models[id_]["slug"] if id_ in models else slug_of(id_) for id_ in ids],
        names=names,
        json_ld=describe_models(con, models, ids, left_out),
        spelled_names=[escape_script(json.dumps(name or "", ensure_ascii=False)[1:-1]) for name in names],
        former_slugs=[former[id_] for id_ in ids],
        target=np.array([place.get(went.get(id_, id_), at) for at, id_ in enumerate(ids)], dtype=np.int64),
        live=np.where(compared, np.cumsum(compared) - 1, -1).astype(np.int64),
        base=base,
    )


def slug_of(model_id: str) -> str:
    """The slug that a former id had."""
    return model_id.replace("/", "--")


def describe_models(
    con: "duckdb.DuckDBPyConnection", models: dict[str, Row], ids: list[str], left_out: list[str]
) -> list[str]:
    """Each model in schema.org's words; a former id says nothing."""
    names = name_developers()
    able = {row["model_id"]: row["capabilities"] for row in rows_of(con, CAPABILITIES, [left_out])}
    offers = {row["model_id"]: row for row in rows_of(con, CHEAPEST, [left_out])}
    withheld = defaultdict(set)
    for row in rows_of(con, WITHHELD, [left_out]):
        withheld[row["model_id"]].add(row["field"])
    return [
        describe_model(
            model, names.get(model["developer_id"]) or model["developer_id"], able.get(id_, ()), offers.get(id_),
            withheld[id_],
        )
        if (model := models.get(id_))
        else "{}"
        for id_ in ids
    ]  # fmt: skip


def shard_words(ids: list[str]) -> npt.NDArray[np.int64]:
    """A number that belongs to each id for good: a pair stays in its shard from night to night."""
    return np.array([zlib.crc32(id_.encode()) for id_ in ids], dtype=np.int64)
