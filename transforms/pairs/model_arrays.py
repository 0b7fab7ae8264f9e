"""Everything that pairs need of each model, as arrays: entry i belongs to the i-th model by id."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from llmpairs.transforms.pairs.benchmarks import ScoreGrid, build_grid
from llmpairs.transforms.pairs.columns import numbers
from llmpairs.transforms.pairs.kinship import Kinship, trace_kinship
from llmpairs.transforms.pairs.quality_index import DomainQuality, read_quality
from llmpairs.transforms.pairs.scenarios import Scenarios
from llmpairs.transforms.pairs.workloads import WorkloadInputs, build_workload_inputs
from llmpairs.warehouse.vocabulary import CAPABILITIES, LICENSE_CLASSES

Floats = npt.NDArray[np.float64]
UNKNOWN_DAY = np.iinfo(np.int32).min
UNKNOWN_TIME = np.iinfo(np.int64).max
ALL_CAPABILITIES = (1 << len(CAPABILITIES)) - 1
WORD_BITS = 64
MODALITY_BITS = 16
COMPARED_TABLES = (
    "models",
    "model_capabilities",
    "offers",
    "offer_capabilities",
    "model_scenario_costs",
    "benchmark_scores",
    "model_quality",
)
"""Tables that the arrays are built from."""


@dataclass(frozen=True, kw_only=True)
class ModelArrays:
    """Live text-generating models in bytewise order of their ids; all arrays have one entry a model.

    Unknown is NaN in floats, -1 in codes, UNKNOWN_DAY and UNKNOWN_TIME in times; a capability is
    unknown when neither `yes` nor `no` has its bit.
    """

    model_ids: pa.Array
    context: Floats
    max_output: Floats
    list_price: Floats
    best_price: Floats
    completeness: npt.NDArray[np.float32]
    released_day: npt.NDArray[np.int32]
    oldest_fact: npt.NDArray[np.int64]
    """Microseconds since 1970, UTC."""
    license: npt.NDArray[np.int32]
    license_class: npt.NDArray[np.int8]
    yes: npt.NDArray[np.int32]
    no: npt.NDArray[np.int32]
    unknown: npt.NDArray[np.int32]
    modalities: npt.NDArray[np.uint32]
    """Known modalities: inputs in the low half, outputs in the high half."""
    modalities_lacking: npt.NDArray[np.uint32]
    """Modalities that a known list does not have."""
    operators: npt.NDArray[np.uint64]
    """Known operators of active offers as bits, one row of 64-bit words for every 64 operators."""
    providers: npt.NDArray[np.uint64]
    """Providers that sell the model, likewise."""
    has_provider: npt.NDArray[np.bool_]
    is_ending: npt.NDArray[np.bool_]
    """Deprecated, retired, or with a stated end."""
    is_single_witness: npt.NDArray[np.bool_]
    open_issues: npt.NDArray[np.int32]
    kinship: Kinship
    scores: ScoreGrid
    fingerprint: npt.NDArray[np.uint64]
    quality: dict[str, DomainQuality]
    """Quality index by domain."""
    workloads: tuple[WorkloadInputs, ...]
    """One for every workload, in the order of the workloads."""

    def __len__(self) -> int:
        return len(self.model_ids)

    def workload(self, scenario_id: str) -> WorkloadInputs:
        """Inputs of a workload; KeyError for an unknown workload."""
        for inputs in self.workloads:
            if inputs.scenario.scenario_id == scenario_id:
                return inputs
        known = ", ".join(inputs.scenario.scenario_id for inputs in self.workloads)
        raise KeyError(f"no workload {scenario_id}; known: {known}")


def build_model_arrays(
    tables: Mapping[str, pd.DataFrame], scenarios: Scenarios, *, open_issues: pd.Series, fingerprints: pd.Series
) -> ModelArrays:
    """Build the arrays from the tables of COMPARED_TABLES by name and the published workloads.

    The tables may be cut to a few models, except `benchmark_scores`: the spread of a benchmark row is taken over every
    model that has it. `open_issues` counts by model_id (absent: 0), see `count_open_issues`; `fingerprints` by
    model_id, see `fingerprint_models`: ValueError when a live model has none.
    """
    offers, live = tables["offers"], _select_live(tables["models"], fingerprints)
    ids = live.index
    active = offers[(offers["offer_status"] == "active") & offers["model_id"].isin(ids)]
    yes, no = (_capability_bits(tables["model_capabilities"], ids, state) for state in ("yes", "no"))
    modalities, lacks = _modality_bits(live)
    providers = _membership(active, ids, "provider_id")
    operators = _membership(active[active["operator_id"] != "unspecified"], ids, "operator_id")
    ends = live["deprecated_on"].notna() | live["retire_on"].notna() | (live["lifecycle"] != "active")
    list_price, best_price = (numbers(live, f"{basis}_blended_usd_per_mtok") for basis in ("list", "best"))
    return ModelArrays(
        model_ids=pa.array(ids.to_list(), pa.string()),
        context=numbers(live, "context_tokens"),
        max_output=numbers(live, "max_output_tokens"),
        list_price=np.where(list_price > 0, list_price, np.nan),  # no ratio can be taken of 0
        best_price=np.where(best_price > 0, best_price, np.nan),
        completeness=live["completeness"].to_numpy(dtype=np.float32),
        released_day=_days(live["released_date"]),
        oldest_fact=_times(live["oldest_fact_at"]),
        license=pd.factorize(live["license_spdx"], sort=True)[0].astype(np.int32),
        license_class=_codes(live["license_class"], LICENSE_CLASSES),
        yes=yes,
        no=no,
        unknown=(ALL_CAPABILITIES & ~(yes | no)).astype(np.int32),
        modalities=modalities,
        modalities_lacking=lacks,
        operators=operators,
        providers=providers,
        has_provider=np.asarray(providers.any(axis=0)),
        is_ending=ends.to_numpy(dtype=bool),
        is_single_witness=(live["identity_basis"] == "single_witness").to_numpy(dtype=bool),
        open_issues=open_issues.reindex(ids).fillna(0).to_numpy(dtype=np.int32),
        kinship=trace_kinship(live),
        scores=build_grid(tables["benchmark_scores"], ids),
        fingerprint=fingerprints.reindex(ids).to_numpy(dtype=np.uint64),
        quality=read_quality(tables["model_quality"], ids.to_list()),
        workloads=build_workload_inputs(ids.to_list(), tables, scenarios),
    )


def _select_live(models: pd.DataFrame, fingerprints: pd.Series) -> pd.DataFrame:
    """Live text-generating models indexed and sorted by id; ValueError when one has no fingerprint."""
    live = models[(models["is_text_generating"] & models["is_live"]).astype(bool)]
    live = live.sort_values("model_id").set_index("model_id")
    lacking = live.index.difference(fingerprints.index)
    if len(lacking):
        raise ValueError(f"no fingerprint for {lacking[0]} and {len(lacking) - 1} more models; pass all of them")
    return live


def _days(column: pd.Series) -> npt.NDArray[np.int32]:
    """Dates as days since 1970, unknown as UNKNOWN_DAY."""
    days = pd.to_datetime(column).to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(days), UNKNOWN_DAY, days.astype(np.int64)).astype(np.int32)


def _times(column: pd.Series) -> npt.NDArray[np.int64]:
    """Times as microseconds since 1970, unknown as UNKNOWN_TIME."""
    times = pd.to_datetime(column, utc=True).dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(times), UNKNOWN_TIME, times.astype(np.int64))


def _codes(column: pd.Series, values: tuple[str, ...]) -> npt.NDArray[np.int8]:
    """Position of each value in the closed list, -1 for unknown."""
    return np.asarray(pd.Index(values).get_indexer(column.astype("object")), dtype=np.int8)


def _capability_bits(model_capabilities: pd.DataFrame, ids: pd.Index, state: str) -> npt.NDArray[np.int32]:
    """Capabilities in that state as a bit set by model."""
    rows = model_capabilities[(model_capabilities["state"] == state) & model_capabilities["model_id"].isin(ids)]
    bit = _codes(rows["capability"], CAPABILITIES).astype(np.int32)
    bits = np.zeros(len(ids), dtype=np.int32)
    np.bitwise_or.at(bits, ids.get_indexer(rows["model_id"]), np.left_shift(np.int32(1), bit))
    return bits


def _membership(rows: pd.DataFrame, ids: pd.Index, column: str) -> npt.NDArray[np.uint64]:
    """Distinct values of a column that each model has, as bits: shape (words of 64 bits, models)."""
    member, names = pd.factorize(rows[column], sort=True)
    words = np.zeros((max(1, -(-len(names) // WORD_BITS)), len(ids)), dtype=np.uint64)
    bit = np.left_shift(np.uint64(1), (member % WORD_BITS).astype(np.uint64))
    np.bitwise_or.at(words, (member // WORD_BITS, ids.get_indexer(rows["model_id"])), bit)
    return words


def _modality_bits(live: pd.DataFrame) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Modalities that each model has, and those that its known lists lack."""
    has = np.zeros(len(live), dtype=np.uint32)
    lacks = np.zeros(len(live), dtype=np.uint32)
    for half, name in enumerate(("input_modalities", "output_modalities")):
        listed = pd.Series(live[name].to_numpy(dtype=object))
        stated = listed.dropna().explode().dropna()
        codes, names = pd.factorize(stated, sort=True)
        if len(names) > MODALITY_BITS:
            raise ValueError(f"models.{name} has {len(names)} values, more than {MODALITY_BITS}: {list(names)}")
        bits = np.zeros(len(live), dtype=np.uint32)
        np.bitwise_or.at(bits, stated.index.to_numpy(), np.left_shift(np.uint32(1), codes.astype(np.uint32)))
        known = np.where(listed.notna(), np.uint32((1 << MODALITY_BITS) - 1), np.uint32(0))
        has |= bits << np.uint32(half * MODALITY_BITS)
        lacks |= (known & ~bits) << np.uint32(half * MODALITY_BITS)
    return has, lacks


def count_open_issues(
    coverage_gaps: pd.DataFrame, holds: pd.DataFrame, disagreements: pd.DataFrame, offers: pd.DataFrame
) -> pd.Series:
    """Count coverage gaps, values still held and undecided disagreements by model_id.

    Holds and disagreements of an offer count for its model; those of unresolved offers are left out.
    """
    offer_models = offers.set_index("offer_id")["model_id"]
    subjects = pd.concat(
        [holds[holds["state"] == "held"], disagreements[disagreements["decision"].isna()]], ignore_index=True
    )[["subject_kind", "subject_id"]]
    is_offer = subjects["subject_kind"] == "offer"
    of_subjects = subjects["subject_id"].where(~is_offer, subjects["subject_id"].map(offer_models))
    of_gaps = coverage_gaps["model_id"]
    return pd.concat([of_gaps, of_subjects], ignore_index=True).dropna().value_counts().sort_index()
