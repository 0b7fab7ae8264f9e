"""Synthetic tables of any size with the shape of a recorded run, for benchmarks and tests of pairs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from llmpairs.transforms.normalise.providers import build_provider_reference
from llmpairs.transforms.pairs.model_arrays import COMPARED_TABLES
from llmpairs.transforms.pricing.price_bases import PRICE, best_prices, find_price_outliers, list_prices
from llmpairs.warehouse.contracts.scores import QUALITY_FACTORS
from llmpairs.warehouse.vocabulary import CAPABILITIES

Rng = np.random.Generator
CONTEXTS = np.array([1_024, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 200_000, 262_144, 1_000_000, 1_048_576])
LICENSES = [("Apache-2.0", "open"), ("MIT", "open"), ("LicenseRef-llama", "restricted"), (None, "proprietary")]
MODALITIES = [["text"], ["image", "text"], ["audio", "image", "text", "video"], ["file", "image", "text"]]
BENCHMARKS = [
    ("livebench", "2026-01-08"),
    ("mmlu-pro", "v1"),
    ("lmarena-text", "v0"),
    ("swe-bench-verified", "v1"),
    ("livecodebench", "v0"),
    ("aider-polyglot", "v1"),
    ("livebench", "v0"),
    ("not-in-a-basket", "v1"),
]
TIERS = [{"min_prompt_tokens": 100_000, "is_marginal": False}, {"min_prompt_tokens": 10_000, "is_marginal": True}]
NIGHT = pd.Timestamp("2026-05-18T21:00:00Z")


@dataclass(frozen=True)
class Tables:
    """What the pair stage reads, with the contracts' columns as far as it reads them."""

    models: pd.DataFrame
    model_capabilities: pd.DataFrame
    offers: pd.DataFrame
    offer_capabilities: pd.DataFrame
    open_issues: pd.Series
    benchmark_scores: pd.DataFrame
    model_quality: pd.DataFrame

    def compared(self, model_costs: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Tables that the model arrays are built from, by name."""
        return {
            name: model_costs if name == "model_scenario_costs" else getattr(self, name) for name in COMPARED_TABLES
        }


def make_tables(n: int, seed: int = 1) -> Tables:
    """n live text-generating models, a few others, and about three offers for each."""
    rng = np.random.default_rng(seed)
    models = _models(n + max(2, n // 50), n, rng)
    offers = _offers(models, rng)
    prices = {"list_blended_usd_per_mtok": list_prices(offers)[PRICE], "best_blended_usd_per_mtok": best_prices(offers)}
    return Tables(
        models=models.assign(**{name: models["model_id"].map(price) for name, price in prices.items()}),
        model_capabilities=_model_capabilities(models, rng),
        offers=offers,
        offer_capabilities=_offer_capabilities(offers, rng),
        open_issues=pd.Series(rng.poisson(4, len(models)), index=models["model_id"]).iloc[::2],
        benchmark_scores=_benchmark_scores(models, rng),
        model_quality=_model_quality(models, rng),
    )


def _unknown(values: object, share: float, rng: Rng) -> pd.Series:
    """The values with a share of them unknown."""
    column = pd.Series(values)
    return column.mask(rng.random(len(column)) < share)


def _models(count: int, live: int, rng: Rng) -> pd.DataFrame:
    developer = rng.zipf(1.6, count) % 60
    family = rng.integers(0, 9, count)
    number = rng.permutation(count)
    ids = [f"maker-{d}/family{f}-{n:05d}" for d, f, n in zip(developer, family, number, strict=True)]
    licenses = rng.choice(len(LICENSES), count, p=[0.4, 0.1, 0.2, 0.3])
    derived = rng.random(count) < 0.15
    parents = rng.integers(0, -(-count // 8), count)
    released = np.datetime64("2023-01-01") + rng.integers(0, 1_200, count).astype("timedelta64[D]")
    listed = np.empty(count, dtype=object)
    listed[:] = [MODALITIES[i] for i in rng.choice(len(MODALITIES), count, p=[0.6, 0.3, 0.05, 0.05])]
    return pd.DataFrame(
        {
            "model_id": ids,
            "developer_id": [f"maker-{d}" for d in developer],
            "family": _unknown([f"family{f}" for f in family], 0.3, rng),
            "is_text_generating": np.arange(count) % (count // (count - live)) != 1 if count > live else True,
            "is_live": True,
            "released_date": _unknown(released, 0.2, rng),
            "context_tokens": _unknown(rng.choice(CONTEXTS, count), 0.1, rng).astype("Int64"),
            "max_output_tokens": _unknown(rng.choice(CONTEXTS[1:7], count), 0.4, rng).astype("Int64"),
            "license_spdx": _unknown([LICENSES[i][0] for i in licenses], 0.4, rng),
            "license_class": _unknown([LICENSES[i][1] for i in licenses], 0.3, rng),
            "input_modalities": _unknown(listed, 0.1, rng),
            "output_modalities": _unknown(listed, 0.1, rng),
            "base_model_id": pd.Series([ids[i] for i in parents]).where(derived),
            "relation_to_base": pd.Series(rng.choice(["derivative", "snapshot"], count)).where(derived),
            "lifecycle": rng.choice(["active", "deprecated", "retired"], count, p=[0.9, 0.08, 0.02]),
            "deprecated_on": _unknown(released, 0.95, rng),
            "retire_on": _unknown(released, 0.95, rng),
            "identity_basis": rng.choice(["anchored", "corroborated", "single_witness"], count, p=[0.3, 0.5, 0.2]),
            "completeness": (rng.integers(2, 13, count) / 12).astype("float32"),
            "oldest_fact_at": _unknown(NIGHT - pd.to_timedelta(rng.integers(0, 400, count), unit="h"), 0.01, rng),
        }
    )


def _offers(models: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    per_model = np.minimum(rng.zipf(1.9, len(models)), 40)
    model = np.repeat(np.arange(len(models)), per_model)
    count = len(model)
    provider = rng.zipf(1.25, count) % 120
    kind = rng.choice(["direct", "via_aggregator", "aggregate"], count, p=[0.6, 0.3, 0.1])
    tier = rng.choice(["standard", "batch", "flex"], count, p=[0.9, 0.08, 0.02])
    operator = np.where(kind == "direct", provider, rng.integers(0, 150, count))
    base = np.exp(rng.normal(-1, 1.4, len(models)))[model]
    price_in = np.round(base * np.exp(rng.normal(0, 0.2, count)), 3) + 0.001
    price_out = np.round(price_in * rng.choice([1, 2, 4, 5, 8], count), 3)
    lacks_price = rng.random(count) < 0.2
    price_kind = np.where(lacks_price, "unknown", rng.choice(["metered", "free_tier"], count, p=[0.95, 0.05]))
    status = rng.choice(["active", "deprecated", "stale", "retired"], count, p=[0.9, 0.02, 0.06, 0.02])
    is_priced = ~lacks_price & (price_kind == "metered")
    first_party = (rng.random(count) < 0.1) & (kind == "direct")
    known = pd.Series(~lacks_price)
    offers = pd.DataFrame(
        {
            "offer_id": [
                f"p{p}/o{o}/key-{i:06d}/-/{t}" for i, (p, o, t) in enumerate(zip(provider, operator, tier, strict=True))
            ],
            "model_id": _unknown(models["model_id"].to_numpy()[model], 0.02, rng),
            "provider_id": [f"p{p}" for p in provider],
            "operator_id": np.where(kind == "aggregate", "unspecified", [f"o{o}" for o in operator]),
            "route_kind": kind,
            "is_first_party": first_party,
            "service_tier": tier,
            "context_tokens": _unknown(rng.choice(CONTEXTS, count), 0.2, rng).astype("Int64"),
            "max_output_tokens": _unknown(rng.choice(CONTEXTS[1:7], count), 0.4, rng).astype("Int64"),
            "price_kind": price_kind,
            "input_usd_per_mtok": pd.Series(price_in).where(known),
            "output_usd_per_mtok": pd.Series(price_out).where(known),
            "cache_read_usd_per_mtok": _unknown(np.round(price_in / 10, 4), 0.7, rng).where(known),
            "cache_write_usd_per_mtok": np.nan,
            "blended_3to1_usd_per_mtok": pd.Series((3 * price_in + price_out) / 4).where(known),
            "price_tiers": _price_tiers(price_in, price_out, known.to_numpy(), rng),
            "offer_status": status,
        }
    )
    offers["ineligible_reason"] = _unknown(np.full(count, "expired"), 0.98, rng)
    offers["eligible"] = offers["ineligible_reason"].isna() & (
        is_priced & (status == "active") & (tier == "standard") & offers["model_id"].notna().to_numpy()
    )
    offers["operator_known"] = offers["operator_id"] != "unspecified"
    offers["is_list_offer"] = first_party
    offers["is_price_outlier"] = find_price_outliers(offers, build_provider_reference(()), offers.head(0))
    return offers


def _price_tiers(
    price_in: npt.NDArray[np.float64], price_out: npt.NDArray[np.float64], known: npt.NDArray[np.bool_], rng: Rng
) -> npt.NDArray[np.object_]:
    """Tiers of one offer in twenty: a list of dictionaries, None elsewhere."""
    tiers = np.full(len(price_in), None, dtype=object)
    for i in np.flatnonzero(known & (rng.random(len(price_in)) < 0.05)):
        tiers[i] = [
            TIERS[int(rng.integers(2))]
            | {
                "input_usd_per_mtok": price_in[i] * 2,
                "output_usd_per_mtok": price_out[i] * 1.5 if rng.random() < 0.7 else None,
                "cache_read_usd_per_mtok": price_in[i] / 5 if rng.random() < 0.5 else None,
                "cache_write_usd_per_mtok": None,
            }
        ]
    return tiers


def _model_capabilities(models: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """A state for every model and capability; half are unknown."""
    count = len(models) * len(CAPABILITIES)
    return pd.DataFrame(
        {
            "model_id": np.repeat(models["model_id"].to_numpy(), len(CAPABILITIES)),
            "capability": np.tile(np.array(CAPABILITIES, dtype=object), len(models)),
            "state": rng.choice(["yes", "no", "unknown"], count, p=[0.35, 0.15, 0.5]),
        }
    )


def _offer_capabilities(offers: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """States of the capabilities that gate workloads, for two offers in three."""
    gates = ["vision", "function_calling", "structured_outputs"]
    rows = pd.MultiIndex.from_product([offers["offer_id"], gates], names=["offer_id", "capability"])
    table = rows.to_frame(index=False)
    table["effective"] = rng.choice(["yes", "no", "unknown"], len(table), p=[0.6, 0.2, 0.2])
    return table[rng.random(len(table)) < 0.67].reset_index(drop=True)


def _benchmark_scores(models: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """Scores of a fifth of the models in sixty columns: efforts, evaluators and sources, some not comparable.

    Models differ in ability, so that one may be ahead of another in most columns; some columns are crowded at the top.
    """
    scored = models["model_id"].to_numpy()[rng.random(len(models)) < 0.2]
    columns = [(*BENCHMARKS[i % len(BENCHMARKS)], f"metric-{i}", f"harness-{i % 3}") for i in range(60)]
    model, column, effort, evaluator, source = (
        grid.ravel()
        for grid in np.meshgrid(
            np.arange(len(scored)), np.arange(len(columns)), np.arange(3), np.arange(3), np.arange(2), indexing="ij"
        )
    )
    kept = rng.random(len(model)) < 0.06
    model, column, effort = model[kept], column[kept], effort[kept]
    rows = pd.DataFrame(
        [columns[i] for i in column], columns=["benchmark", "version", "metric", "harness"], dtype="str"
    )
    is_better_higher = column % 7 != 0
    ability = np.where(is_better_higher, 1, -1) * rng.normal(0, 18, len(scored))[model]
    spread = np.clip(np.round((50 + ability + rng.normal(0, 8, len(model))) / 2.5) * 2.5, 0, 97.5)
    value = np.where(column % 11 == 3, rng.integers(93, 100, len(model)), spread)
    return rows.assign(
        model_id=scored[model],
        effort=np.array(["low", "high", "unspecified"], dtype=object)[effort],
        evaluator_class=np.array(["lab_claimed", "third_party", "unspecified"], dtype=object)[evaluator[kept]],
        source_id=np.array(["s0", "s1"], dtype=object)[source[kept]],
        value=value,
        metric_low=0.0,
        metric_high=np.where(column % 13 == 0, np.nan, 100.0),
        higher_is_better=is_better_higher,
        is_comparable=rng.random(len(model)) < 0.9,
    )


def _model_quality(models: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """An index in `general` for nine models in ten, in `coding` for a fifth."""
    parts = []
    for domain, share in (("general", 0.9), ("coding", 0.2)):
        chosen = models["model_id"][rng.random(len(models)) < share]
        count = len(chosen)
        own = {"sd_own": np.round(rng.uniform(1.5, 6, count), 2)}
        factors = {f"sd_factor_{at}": np.round(rng.normal(0, 1, count), 2) for at in range(1, QUALITY_FACTORS + 1)}
        index = np.round(rng.normal(100, 10, count), 2)
        scores = rng.integers(0, 4, count)
        basis = np.where((scores > 0) | (domain == "coding"), "measured", "estimated")
        parts.append(
            pd.DataFrame(
                {"model_id": chosen.to_numpy(), "domain": domain, "index": index, "basis": basis, **own, **factors}
            )
        )
    return pd.concat(parts, ignore_index=True)
