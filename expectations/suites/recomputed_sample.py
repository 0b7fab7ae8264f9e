"""Columns of `pairs` recomputed for a sample of its rows, independently of `transforms.pairs`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from llmpairs.expectations.suites.recomputed_columns import ComparedModels, PairRowBatch
from llmpairs.expectations.suites.recomputed_digests import DIGESTED_TABLES, digest_models, digest_rows
from llmpairs.expectations.suites.recomputed_inputs import Flags, Floats, Positions
from llmpairs.expectations.suites.recomputed_outcomes import (
    name_basis,
    recompute_overall_reason,
    recompute_workload_reason,
)
from llmpairs.warehouse.vocabulary import (
    CAPABILITIES,
    DETAILED_SCENARIO,
    FRICTION_SEVERITIES,
    FRICTIONS,
    MIRRORED_VALUES,
    SCENARIOS,
)

Names = npt.NDArray[np.object_]
SAMPLED_ROWS = 1_000
"""A fault in 0.4% of the rows is in a sample of this size with a probability of 98%."""
DIGESTED_MODELS = 30
"""Models whose facts are digested again: their 435 pairs contain a fault of 0.9% of the rows with 98%."""

RELATION = "relation recomputes"
SHARED = "shared providers and operators recompute"
SWITCHING = "switching effort recomputes"
REASONS = "outcome reasons recompute"
BASIS = "quality_basis recomputes"
INDEXED = "indexable and noindex_reason recompute"
DIGEST = "content_hash recomputes"
SAMPLE_CHECKS = (RELATION, SHARED, SWITCHING, REASONS, BASIS, INDEXED, DIGEST)

SAMPLE_READS: Mapping[str, tuple[str, ...]] = {**DIGESTED_TABLES, "run": ("run_id",)}

SEVERITIES = {
    "high": ("lost_capability", "modality_loss", "lifecycle_risk"),
    "medium": (
        *("no_shared_provider", "provider_unknown", "unverified_capability", "context_shrink", "price_increase"),
        *("licence_change", "reasoning_control_change", "api_shape_change"),
    ),
    "low": ("max_output_shrink",),
}


@dataclass(frozen=True, kw_only=True)
class ModelTraits:
    """One entry for each model, or for one side of each row; text is "" where unknown, numbers NaN."""

    model_id: Names
    base: Names
    relation: Names
    """Relation to the base."""
    family: Names
    """Developer and family."""
    license: Names
    license_class: Names
    context: Floats
    max_output: Floats
    list_price: Floats
    supported: Positions
    unsupported: Positions
    providers: Flags
    """Models by providers with an active offer."""
    operators: Flags
    modalities: Flags
    """Models by input and output modalities."""
    stated_modalities: Flags
    """Whether the model's list would have the modality."""
    is_ending: Flags
    is_unconfirmed: Flags
    completeness: Floats

    def take(self, positions: Positions) -> Self:
        """The entries at these positions."""
        return type(self)(**{field.name: getattr(self, field.name)[positions] for field in fields(self)})


def load_traits(frames: Mapping[str, pd.DataFrame], models: ComparedModels) -> ModelTraits:
    """The traits of the compared models, in their order."""
    live = frames["models"].set_index("model_id").loc[models.ids.to_pylist()]
    active = frames["offers"][frames["offers"]["offer_status"] == "active"]
    named = active[active["operator_id"] != "unspecified"]
    modalities, stated = list_modalities(live)
    texts = {
        "base": live["base_model_id"],
        "relation": live["relation_to_base"],
        "license": live["license_spdx"],
        "license_class": live["license_class"],
    }
    family = live["developer_id"].astype("object") + "/" + live["family"].astype("object")
    numbers = ("max_output_tokens", "list_blended_usd_per_mtok")
    max_output, list_price = (live[name].to_numpy("float64", na_value=np.nan) for name in numbers)
    return ModelTraits(
        model_id=live.index.to_numpy("object"),
        family=family.fillna("").to_numpy("object"),
        context=models.context,
        max_output=max_output,
        list_price=np.where(list_price > 0, list_price, np.nan),
        supported=models.supported,
        unsupported=models.unsupported,
        providers=tabulate_values(live.index, active["model_id"], active["provider_id"]),
        operators=tabulate_values(live.index, named["model_id"], named["operator_id"]),
        modalities=modalities,
        stated_modalities=stated,
        is_ending=(live[["deprecated_on", "retire_on"]].notna().any(axis=1) | (live["lifecycle"] != "active")).to_numpy(
            bool
        ),
        is_unconfirmed=(live["identity_basis"] == "single_witness").to_numpy(bool),
        completeness=models.completeness,
        **{name: column.astype("object").fillna("").to_numpy("object") for name, column in texts.items()},
    )


def tabulate_values(ids: pd.Index, owners: Any, values: pd.Series) -> Flags:
    """Models by distinct values; `owners` names the model of each value."""
    codes, names = pd.factorize(values)
    at = ids.get_indexer(owners)
    table = np.zeros((len(ids), len(names)), dtype=bool)
    table[at[at >= 0], codes[at >= 0]] = True
    return table


def list_modalities(live: pd.DataFrame) -> tuple[Flags, Flags]:
    """Models by input and output modalities: those that they have, and those that their lists would name."""
    has, stated = [], []
    for name in ("input_modalities", "output_modalities"):
        lists = live[name].astype("object")
        listed = lists.dropna().explode().dropna()
        has.append(tabulate_values(live.index, listed.index, listed))
        stated.append(np.repeat(lists.notna().to_numpy(bool)[:, None], has[-1].shape[1], axis=1))
    return np.concatenate(has, axis=1), np.concatenate(stated, axis=1)


@dataclass(frozen=True, kw_only=True)
class PairSample:
    """Which rows and models are recomputed, drawn by the id of the run, and what from."""

    rows: Positions
    """Numbers of the sampled rows, ascending."""
    is_digested: Flags
    """By position of the model."""
    digests: npt.NDArray[np.uint64]
    """Digest of the facts of each such model."""
    traits: ModelTraits


def draw_sample(run_id: str, frames: Mapping[str, pd.DataFrame], models: ComparedModels) -> PairSample:
    """Draw the rows and models of a run: the same ones whenever it is checked, others in another run."""
    random = np.random.default_rng(int.from_bytes(blake2b(run_id.encode(), digest_size=8).digest(), "big"))
    count = len(models)
    pairs = count * (count - 1) // 2
    drawn = np.sort(random.permutation(count)[:DIGESTED_MODELS])
    digests = np.zeros(count, dtype=np.uint64)
    digests[drawn] = digest_models(frames, models.ids.take(pa.array(drawn)).to_pylist())
    return PairSample(
        rows=np.sort(random.choice(pairs, min(SAMPLED_ROWS, pairs), replace=False, shuffle=False)),
        is_digested=np.isin(np.arange(count), drawn),
        digests=digests,
        traits=load_traits(frames, models),
    )


def compare_sampled(
    batch: PairRowBatch, models: ComparedModels, sample: PairSample
) -> Iterator[tuple[str, str, Flags]]:
    """Check, column and flagged rows of a batch of sampled rows."""
    a, b = sample.traits.take(batch.a), sample.traits.take(batch.b)
    yield RELATION, "relation", read_names(batch, "relation") != name_relations(a, b)
    for column, table in (("shared_provider_count", "providers"), ("shared_operator_count", "operators")):
        shared = np.count_nonzero(getattr(a, table) & getattr(b, table), axis=1)
        yield SHARED, column, batch.numbers(column) != shared
    for way, kinds in (("a_to_b", find_obstacles(a, b)), ("b_to_a", find_obstacles(b, a))):
        yield SWITCHING, f"friction_kinds_{way}", batch.numbers(f"friction_kinds_{way}") != kinds
        yield SWITCHING, f"friction_{way}", batch.codes(f"friction_{way}") != rate_obstacles(kinds)
    inputs = models.outcome_inputs
    for name in inputs.best_cost:
        column = f"outcome_reason_{name}"
        reasons, near = recompute_workload_reason(inputs, name, batch.a, batch.b)
        yield REASONS, column, (batch.codes(column) != reasons) & ~near
    reasons, near = recompute_overall_reason(inputs, batch.a, batch.b)
    yield REASONS, "overall_outcome_reason", (batch.codes("overall_outcome_reason") != reasons) & ~near
    yield BASIS, "quality_basis", batch.codes("quality_basis") != name_basis(inputs, batch.a, batch.b)
    reason = name_noindex_reason(batch, a, b)
    yield INDEXED, "noindex_reason", read_names(batch, "noindex_reason") != reason
    yield INDEXED, "indexable", (batch.numbers("indexable") == 1) != (reason == "")


def digest_differs(batch: PairRowBatch, sample: PairSample) -> Flags:
    """Rows of two digested models whose content hash differs."""
    wrong = sample.is_digested[batch.a] & sample.is_digested[batch.b]
    at = np.flatnonzero(wrong)
    if len(at):
        rows = PairRowBatch(rows=batch.rows.take(pa.array(at)), a=batch.a[at], b=batch.b[at])
        wrong[at] = rows.rows.column("content_hash").to_numpy(zero_copy_only=False) != digest_rows(rows, sample.digests)
    return wrong


def read_names(batch: PairRowBatch, column: str) -> Names:
    """Values of an enum column, "" for null."""
    return np.asarray(batch.rows.column(column).cast(pa.string()).fill_null("").to_numpy(False), dtype=object)


def are_same(a: Names, b: Names) -> Flags:
    """Both are known and equal."""
    return np.asarray((a == b) & (a != ""), dtype=bool)


def name_relations(a: ModelTraits, b: ModelTraits) -> Names:
    """Relation of A to B: that of the model whose base is the other one, else siblings of one base or family."""
    words = [np.where(side.relation == "", "derivative", side.relation) for side in (a, b)]
    mirrored = np.array([MIRRORED_VALUES.get(word, word) for word in words[1]], dtype=object)
    from_b, from_a = are_same(a.base, b.model_id), are_same(b.base, a.model_id)
    kin = are_same(a.base, b.base) | are_same(a.family, b.family)
    return np.select([from_a & from_b, from_b, from_a, kin], ["sibling", words[0], mirrored, "sibling"], "none")


def find_obstacles(source: ModelTraits, target: ModelTraits) -> Positions:
    """Kinds of switching effort from the source to the target, as bit sets of FRICTIONS."""
    sold = np.asarray(source.providers.any(axis=1) & target.providers.any(axis=1))
    known = target.supported | target.unsupported
    swapped = (source.supported & target.unsupported) | (source.unsupported & target.supported)
    holds: dict[str, npt.NDArray[Any]] = {
        "provider_unknown": ~sold,
        "no_shared_provider": sold & ~np.asarray((source.providers & target.providers).any(axis=1)),
        "lost_capability": (source.supported & target.unsupported) != 0,
        "unverified_capability": (source.supported & ~known) != 0,
        "reasoning_control_change": (swapped & (1 << CAPABILITIES.index("reasoning"))) != 0,
        "context_shrink": target.context < source.context,
        "max_output_shrink": target.max_output < source.max_output,
        "price_increase": target.list_price > source.list_price * 1.1,
        "licence_change": differ(source.license, target.license) | differ(source.license_class, target.license_class),
        "modality_loss": np.asarray((source.modalities & target.stated_modalities & ~target.modalities).any(axis=1)),
        "lifecycle_risk": target.is_ending,
    }
    kinds = np.zeros(len(sold), dtype=np.int64)
    for kind, flags in holds.items():
        kinds |= flags.astype(np.int64) << FRICTIONS.index(kind)
    return kinds


def differ(a: Names, b: Names) -> Flags:
    """Both are known and differ."""
    return np.asarray((a != b) & (a != "") & (b != ""), dtype=bool)


def rate_obstacles(kinds: Positions) -> Positions:
    """The most severe kind of each set, as a position in FRICTION_SEVERITIES."""
    worst = np.full(len(kinds), FRICTION_SEVERITIES.index("none"))
    for severity, members in reversed(SEVERITIES.items()):
        bits = sum(1 << FRICTIONS.index(kind) for kind in members)
        worst[(kinds & bits) != 0] = FRICTION_SEVERITIES.index(severity)
    return worst


def name_noindex_reason(batch: PairRowBatch, a: ModelTraits, b: ModelTraits) -> Names:
    """Why the page of a pair is not indexed, "" where it is, by the pair's other columns."""
    snapshots = (a.relation == "snapshot") & (b.relation == "snapshot") & are_same(a.base, b.base)
    undecided = read_names(batch, "overall_verdict") == "abstain"
    for scenario in SCENARIOS:
        undecided &= read_names(batch, f"lead_{scenario}") == "unknown"
    cases: list[tuple[Any, str]] = [
        (a.is_unconfirmed | b.is_unconfirmed, "identity_unconfirmed"),
        (snapshots | (read_names(batch, "relation") == "snapshot"), "same_family_snapshot"),
        (np.minimum(a.completeness, b.completeness) < 0.5, "too_few_facts"),
        (read_names(batch, f"cost_state_{DETAILED_SCENARIO}") == "both_unknown", "no_price"),
        (undecided, "nothing_decided"),
    ]
    return np.select([holds.astype(bool) for holds, _ in cases], [name for _, name in cases], "").astype(object)
