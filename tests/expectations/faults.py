"""One planted fault for every rule of every checklist, by suite and check."""

import pandas as pd

from tests.expectations.good_catalogue import ALPHA, AS_OF, BETA, EMBED, GAMMA, TIER
from tests.expectations.mutations import Frames, Mutation, combine, drop_rows, set_offer, set_value

ALPHA_OFFER = "acme/acme/alpha-1.5/-/standard"
BETA_OFFER = "acme/acme/beta-2/-/standard"
DELTA_OFFER = "fasthost/fasthost/delta/-/standard"
FREE_OFFER = "fasthost/fasthost/gamma%3Afree/-/standard"
GAMMA_OFFER = "zeta/zeta/gamma-3/-/standard"
UNRESOLVED = "router/unspecified/mystery/-/standard"
NOWHERE = "nowhere/at-all"


def incident(frames: Frames) -> None:
    """Twenty offers of one source, of which all have moved."""
    many = pd.concat([frames["offers"].iloc[[0]]] * 20, ignore_index=True)
    many["offer_id"] = [f"acme/acme/m{number}/-/standard" for number in range(20)]
    before = many.copy()
    before["input_usd_per_mtok"] = 0.035
    frames |= {"offers": many, "parent_offers": before}


def more_providers(frames: Frames) -> None:
    """A model that three more providers sold in the parent release."""
    sold = frames["parent_offers"]
    more = pd.concat([sold[sold["offer_id"] == BETA_OFFER]] * 3, ignore_index=True)
    more["provider_id"] = ["north", "east", "west"]
    frames["parent_offers"] = pd.concat([sold, more], ignore_index=True)


MODELS: dict[str, Mutation] = {
    "there are rows": drop_rows("models"),
    "model_id is developer/name": set_value("models", "model_id", "Acme Alpha", model_id=ALPHA),
    "slug is unique": set_value("models", "slug", "same"),
    "every stated value is a published claim": set_value("facts", "value", "130000", fact_id="f-context"),
    "display_name is unique": set_value("models", "display_name", "Alpha"),
    "slug never changes": set_value("models", "slug", "alpha-anew", model_id=ALPHA),
    "is_live matches the offers and the identity": set_value("models", "is_live", False, model_id=ALPHA),
    "base_model_id exists in models": set_value("models", "base_model_id", NOWHERE, model_id=BETA),
    "retired_on is set exactly where the status is retired": set_value(
        "models", "lifecycle", "retired", model_id=ALPHA
    ),
    "successor_model_id exists in models": set_value("models", "successor_model_id", NOWHERE, model_id=BETA),
    "offer_count recomputes": set_value("models", "offer_count", 9, model_id=ALPHA),
    "operator_count recomputes": set_value("models", "operator_count", 9, model_id=ALPHA),
    "released between 2018 and tomorrow": set_value(
        "models", "released_date", pd.Timestamp("1970-01-01"), model_id=ALPHA
    ),
    "knowledge cutoff is not after the release": set_value(
        "models", "knowledge_cutoff_date", pd.Timestamp("2026-03-01"), model_id=GAMMA
    ),
    "knowledge cutoff is not in the month of release": set_value(
        "models", "knowledge_cutoff_date", pd.Timestamp("2026-01-01"), model_id=GAMMA
    ),
    "context of a text model is between 1 k and 12 M tokens": set_value(
        "models", "context_tokens", 99_999_999, model_id=ALPHA
    ),
    "max_output_tokens is at most context_tokens": set_value("models", "max_output_tokens", 999_999, model_id=ALPHA),
    "release dates agree within a month": combine(
        set_value("facts", "field", "released_date", fact_id="f-context"),
        set_value("facts", "value", "2025-01-01", fact_id="f-context"),
        set_value("facts", "field", "released_date", fact_id="f-context-2"),
        set_value("facts", "value", "2025-03-01", fact_id="f-context-2"),
    ),
    "offers of a model agree on the context": set_value("offers", "context_tokens", 1_000, offer_id=ALPHA_OFFER),
    "the size in the name matches the number of parameters": combine(
        set_value("models", "model_id", "acme/alpha-1.5-7b-instruct", model_id=ALPHA),
        set_value("models", "parameters_total", 70_000_000_000, model_id="acme/alpha-1.5-7b-instruct"),
    ),
    "open weights are not proprietary": set_value("models", "license_class", "proprietary", model_id=ALPHA),
    "parameters_active is at most parameters_total": set_value("models", "parameters_active", 10**15, model_id=ALPHA),
    "license_spdx is an SPDX expression or LicenseRef-": set_value(
        "models", "license_spdx", "see website", model_id=ALPHA
    ),
    "no model with three or more providers loses over 30% of them": more_providers,
    "licence is known": set_value("models", "license_spdx", None, model_id=ALPHA),
    "open weights have a repository": set_value("models", "hugging_face_id", None, model_id=ALPHA),
    "identity has more than one source": set_value("models", "identity_basis", "single_witness", model_id=ALPHA),
}
NAN = float("nan")
HALVED = set_value("parent_offers", "input_usd_per_mtok", 0.02, offer_id=ALPHA_OFFER)
OFFERS: dict[str, Mutation] = {
    "there are rows": drop_rows("offers"),
    "model_id exists in models": set_offer(ALPHA_OFFER, model_id=NOWHERE),
    "provider_id exists in providers": set_offer(ALPHA_OFFER, provider_id="unknown-source"),
    "offer_id names provider, operator and tier": set_offer(ALPHA_OFFER, service_tier="batch"),
    "price_missing_reason is set exactly where a price is missing": set_offer(DELTA_OFFER, price_missing_reason=None),
    "a price of zero is a stated free tier": set_offer(FREE_OFFER, price_kind="metered"),
    "a price has a source, a capture and a time": set_offer(ALPHA_OFFER, price_capture_id=None),
    "price_observed_at is when its response was captured": set_offer(
        ALPHA_OFFER, price_observed_at=AS_OF + pd.Timedelta(days=1)
    ),
    "the model is that of the offer's identity": set_offer(ALPHA_OFFER, model_id=BETA),
    "every stated value is a published claim": drop_rows("facts", subject_id=ALPHA_OFFER, field="price_tiers"),
    "price_capture_id exists in captures": set_offer(ALPHA_OFFER, price_capture_id="c-lost"),
    "a price is in US dollars": set_offer(ALPHA_OFFER, currency="CNY"),
    "an eligible offer is resolved, active, standard, metered and priced": set_offer(
        ALPHA_OFFER, price_kind="free_tier"
    ),
    "ineligible_reason is set exactly for ineligible offers": set_offer(DELTA_OFFER, ineligible_reason=None),
    "a :free key has no metered price": set_offer(FREE_OFFER, price_kind="metered"),
    "a key that names a service tier is not sold as standard": set_offer(ALPHA_OFFER, provider_model_key="alpha:batch"),
    "held is true exactly while a hold is open": set_offer(ALPHA_OFFER, held=True),
    "retired_on is set exactly where the status is retired": set_offer(
        ALPHA_OFFER, retired_on=pd.Timestamp("2026-05-01")
    ),
    "blended_3to1_usd_per_mtok recomputes": set_offer(ALPHA_OFFER, blended_3to1_usd_per_mtok=0.08),
    "an active offer, neither free nor by subscription, has both prices": combine(
        set_offer(ALPHA_OFFER, output_usd_per_mtok=None), set_offer(BETA_OFFER, output_usd_per_mtok=None)
    ),
    "a text model has both prices or neither": set_offer(ALPHA_OFFER, output_usd_per_mtok=None),
    "non-token billing has no token price": set_offer(ALPHA_OFFER, price_kind="non_token"),
    "prices lie between 0.001 and 1,000": set_offer(ALPHA_OFFER, output_usd_per_mtok=18_000.0),
    "no price is a power of ten away from its model's median": set_offer(ALPHA_OFFER, input_usd_per_mtok=50.0),
    "price is within ten times its model's median": set_offer(ALPHA_OFFER, input_usd_per_mtok=0.9),
    "output costs at least as much as input": set_offer(ALPHA_OFFER, output_usd_per_mtok=0.01),
    "cache_read_usd_per_mtok is at most input_usd_per_mtok": set_offer(ALPHA_OFFER, cache_read_usd_per_mtok=0.05),
    "writing to the cache costs at least 0.9 of the input price": set_offer(ALPHA_OFFER, cache_write_usd_per_mtok=0.01),
    "price tiers ascend": set_offer(ALPHA_OFFER, price_tiers=[TIER, TIER | {"min_prompt_tokens": 50_000}]),
    "a tier costs at least the base price": set_offer(ALPHA_OFFER, price_tiers=[TIER | {"input_usd_per_mtok": 0.01}]),
    "a tier starts within the context": set_offer(ALPHA_OFFER, price_tiers=[TIER | {"min_prompt_tokens": 512_000}]),
    "max_output_tokens is at most context_tokens": set_offer(ALPHA_OFFER, max_output_tokens=999_999),
    "context is at most the model's context": set_offer(ALPHA_OFFER, context_tokens=1_000_000),
    "prices are short decimals": set_offer(ALPHA_OFFER, input_usd_per_mtok=0.038999999999999994),
    "no listed price crosses zero or becomes null since the parent release": set_offer(
        ALPHA_OFFER, input_usd_per_mtok=None
    ),
    "no price changes by more than half since the parent release": HALVED,
    "no source changes over 4% of its prices in one run": incident,
    "price is within a tenth of the parent release's": HALVED,
}
EVIDENCE: dict[str, dict[str, Mutation]] = {
    "identities": {
        "model_id exists in models": set_value("identities", "model_id", NOWHERE, provider_model_key="acme/beta"),
        "no key is resolved below a confidence of 0.95": set_value(
            "identities", "confidence", 0.9, provider_model_key="acme/beta"
        ),
        "reason is set exactly for unresolved keys": set_value(
            "identities", "reason", None, provider_model_key="mystery"
        ),
        "the method unresolved has no model": set_value(
            "identities", "method", "unresolved", provider_model_key="acme/beta"
        ),
        "all current keys have one rules version": set_value(
            "identities", "rules_version", "0", provider_model_key="acme/beta"
        ),
        "no floating alias changed its model since the parent release": set_value(
            "identities", "model_id", BETA, provider_model_key="alpha-latest"
        ),
        "no fixed key changed its model since the parent release": set_value(
            "identities", "model_id", ALPHA, provider_model_key="acme/beta"
        ),
        "key is resolved": set_value("identities", "model_id", None, provider_model_key="acme/beta"),
    },
    "facts": {
        "source_id exists in sources": set_value("facts", "source_id", "unknown-source", fact_id="f-price"),
        "the subject is in the release": set_value("facts", "subject_id", NOWHERE, fact_id="f-price"),
        "a default is never published": set_value("facts", "basis", "default", fact_id="f-price"),
        "reason matches is_chosen": set_value("facts", "reason", "chosen", fact_id="f-context-2"),
        "at most one claim of a field is published": set_value("facts", "is_chosen", True, fact_id="f-context-2"),
        "a published claim cites an archived response": set_value("facts", "capture_id", "c-lost", fact_id="f-price"),
        "a chosen price is published to the last digit": set_value("facts", "value", "0.04", fact_id="f-price"),
    },
    "holds": {
        "the subject is in the release": set_value("holds", "subject_id", NOWHERE, hold_id="h1"),
        "a held alias keeps its published model": set_value("holds", "published_value", BETA, hold_id="h3"),
        "a held price is not published": set_value("holds", "candidate_value", "1", hold_id="h2"),
        "a decided hold names its reviewer": set_value("holds", "decided_by", None, hold_id="h2"),
        "no hold stays open for more than seven runs": set_value("holds", "nights", 8, hold_id="h1"),
    },
    "disagreements": {
        "at least two independent source groups have a claim": set_value("disagreements", "lineage_count", 1),
        "sources differ at most twofold": set_value("disagreements", "ratio", 3.0),
        "a settled disagreement publishes what was decided": set_value(
            "disagreements", "decision", "128000", disagreement_id="d1"
        ),
        "changed_since is set exactly for reopened disagreements": set_value(
            "disagreements", "changed_since", None, disagreement_id="d2"
        ),
        "a reviewer has decided": set_value("disagreements", "state", "open"),
    },
    "price_history": {
        "current spans do not overlap": set_value("price_history", "valid_to", pd.NaT, usd_per_mtok=2.0),
        "the last current span of a price is open": set_value("price_history", "valid_to", AS_OF, usd_per_mtok=1.0),
        "no span ends before it starts": set_value("price_history", "valid_from", AS_OF + pd.Timedelta(days=1)),
        "no recorded time is after the as-of time": set_value(
            "price_history", "known_from", AS_OF + pd.Timedelta(days=1)
        ),
        "price_missing_reason is set exactly where the price is null": set_value(
            "price_history", "usd_per_mtok", NAN, usd_per_mtok=2.0
        ),
        "a span has a source, a decision or a retirement": set_value("price_history", "source_id", None),
        "the open span is the published price": set_value("price_history", "usd_per_mtok", NAN, usd_per_mtok=1.0),
    },
    "models kept": {"no model of the parent release is missing": drop_rows("models", model_id=EMBED)},
    "offers kept": {"no offer of the parent release is missing": drop_rows("offers", offer_id=ALPHA_OFFER)},
    "price history kept": {
        "no span of the parent release is missing or changed": set_value(
            "price_history", "usd_per_mtok", 3.0, usd_per_mtok=2.0
        )
    },
}
VISION = {"capability": "vision", "model_id": ALPHA}
REASONING = {"capability": "reasoning", "model_id": ALPHA}
CAPABILITIES: dict[str, dict[str, Mutation]] = {
    "model_capabilities": {
        "model_id exists in models": set_value("model_capabilities", "model_id", NOWHERE, **VISION),
        "a yes or a no has evidence": set_value("model_capabilities", "capture_id", None, **VISION),
        "a capability without evidence is unknown": set_value("model_capabilities", "state", "no", **REASONING),
        "a no has a source against the capability": set_value("model_capabilities", "witnesses_against", 0, **VISION),
        "the cited claim is in facts": set_value("model_capabilities", "fact_id", "f-lost", **VISION),
        "vision matches the stated input modalities": set_value("model_capabilities", "state", "yes", **VISION),
        "the state is undisputed": set_value("model_capabilities", "is_disputed", True, **VISION),
    },
    "capabilities of models": {"every capability is listed for every model": drop_rows("model_capabilities", **VISION)},
    "offer_capabilities": {
        "offer_id exists in offers": set_value("offer_capabilities", "offer_id", "a/b/c/-/standard"),
        "effective is the offer's own state, else its model's": set_value("offer_capabilities", "effective", "no"),
    },
    "model_redirects": {
        "model_id exists in models": set_value("model_redirects", "model_id", NOWHERE),
        "a former id is no longer a model": set_value("model_redirects", "old_model_id", BETA),
    },
    "providers": {
        "offer_count recomputes": set_value("providers", "offer_count", 9, provider_id="acme"),
        "the kind of company is known": set_value("providers", "kind", "unknown", provider_id="acme"),
    },
}
COVERAGE: dict[str, dict[str, Mutation]] = {
    "coverage_gaps": {
        "the subject is in the release": set_value("coverage_gaps", "subject_id", NOWHERE, gap_id="g4"),
        "model_id exists in models": set_value("coverage_gaps", "model_id", NOWHERE, gap_id="g1"),
        "the gap is not critical": set_value("coverage_gaps", "severity", "critical", gap_id="g1"),
    },
    "missing models": {
        "a compared model without a price has a gap": drop_rows("coverage_gaps", gap_id="g1"),
        "a model with a price has no gap in price": set_value("coverage_gaps", "subject_id", ALPHA, gap_id="g1"),
        "a compared model without context, licence or date has a gap": drop_rows("coverage_gaps", gap_id="g3"),
    },
    "missing prices": {"an offer without a price has a gap": drop_rows("coverage_gaps", gap_id="g2")},
    "coverage": {"no field is unknown for every model": set_value("models", "released_date", pd.NaT)},
    "coverage kept": {
        "no field loses over a point of coverage": set_value("models", "released_date", pd.NaT, model_id=ALPHA)
    },
}
CHEAPEST = {"model_id": ALPHA, "scenario_id": "seed_chat"}
ROUTE = {"offer_id": ALPHA_OFFER, "scenario_id": "seed_chat"}
COSTS: dict[str, dict[str, Mutation]] = {
    "offer_scenario_costs": {
        "offer_id exists in offers": set_value("offer_scenario_costs", "offer_id", "a/b/c/-/standard", **ROUTE),
        "scenario_id exists in scenarios": set_value(
            "offer_scenario_costs", "scenario_id", "unknown_workload", **ROUTE
        ),
        "the cost recomputes to the cent": set_value("offer_scenario_costs", "cost_usd", 77.0, **ROUTE),
        "an eligible offer has a cost": set_value("offer_scenario_costs", "cost_usd", None, **ROUTE),
        "ineligible_reason is set exactly for ineligible offers": set_value(
            "offer_scenario_costs", "eligible", False, **ROUTE
        ),
        "an eligible offer is active, metered and resolved": set_offer(ALPHA_OFFER, offer_status="stale"),
        "the model is the offer's": set_value("offer_scenario_costs", "model_id", BETA, **ROUTE),
    },
    "costed offers": {"every workload is costed for every offer": drop_rows("offer_scenario_costs", **ROUTE)},
    "workloads": {"scenario_id is unique": set_value("scenarios", "scenario_id", "seed_chat")},
    "model_scenario_costs": {
        "model_id exists in models": set_value("model_scenario_costs", "model_id", NOWHERE, **CHEAPEST),
        "cheapest_usd recomputes": set_value("model_scenario_costs", "cheapest_usd", 76.2, **CHEAPEST),
        "cheapest_direct_usd recomputes": set_value("model_scenario_costs", "cheapest_direct_usd", 76.2, **CHEAPEST),
        "best_usd recomputes": set_offer("fasthost/fasthost/alpha/-/standard", is_price_outlier=True),
        "list_usd recomputes": set_value("model_scenario_costs", "list_usd", 72.0, **CHEAPEST),
        "median_usd recomputes": set_value("model_scenario_costs", "median_usd", 72.0, **CHEAPEST),
        "dearest_usd recomputes": set_value("model_scenario_costs", "dearest_usd", 72.0, **CHEAPEST),
        "eligible_offer_count recomputes": set_value("model_scenario_costs", "eligible_offer_count", 9, **CHEAPEST),
        "each figure names an eligible offer with that cost": set_value(
            "model_scenario_costs", "cheapest_offer_id", ALPHA_OFFER, **CHEAPEST
        ),
        "a cost is set exactly where the state has one": set_value(
            "model_scenario_costs", "state", "unpriced", **CHEAPEST
        ),
        "the cost is known": set_value("model_scenario_costs", "state", "unpriced", **CHEAPEST),
    },
}
HIGH = {"source_id": "arena", "metric": "resolved", "effort": "high"}
ELO = {"metric": "rating", "model_id": ALPHA}


def fractions(frames: Frames) -> None:
    """A column of percents that holds fractions."""
    scores = frames["benchmark_scores"]
    resolved = scores["metric"] == "resolved"
    frames["benchmark_scores"] = scores.assign(value=scores["value"].where(~resolved, scores["value"] / 100))


QUALITY: dict[str, Mutation] = {
    "model_id exists in models": set_value("model_quality", "model_id", NOWHERE, model_id=BETA),
    "the interval recomputes from its parts": set_value("model_quality", "low95", 101.0, model_id=ALPHA),
    "a measured index rests on scores, an estimated one on none": set_value(
        "model_quality", "basis", "estimated", model_id=ALPHA
    ),
    "an index moves at most 3 points without a new score": set_value(
        "parent_model_quality", "index", 98.0, model_id=ALPHA
    ),
    "no set of scores contradicts everything else known of the model": set_value(
        "model_quality", "families_doubted", 1, model_id=BETA
    ),
}
TOKENIZERS: dict[str, dict[str, Mutation]] = {
    "tokenizer_rates": {
        "the rate recomputes from characters and tokens": set_value(
            "tokenizer_rates", "tokens", 999, tokenizer="tekken"
        ),
        "the unknown tokenizer spans all others": set_value(
            "tokenizer_rates", "chars_per_token_low", 4.2, tokenizer="unknown"
        ),
    },
    "model_tokenizers": {
        "model_id exists in models": set_value("model_tokenizers", "model_id", NOWHERE, model_id=BETA),
        "tokenizer exists in tokenizer_rates": drop_rows("tokenizer_rates", tokenizer="tekken"),
        "the tokenizer is known": set_value("model_tokenizers", "tokenizer", "unknown", model_id=ALPHA),
    },
}
SCORES: dict[str, Mutation] = {
    "model_id exists in models": set_value("benchmark_scores", "model_id", NOWHERE, model_id=BETA, **HIGH),
    "value is at most metric_high": set_value("benchmark_scores", "value", 740.0, model_id=ALPHA, **HIGH),
    "metric_low is at most value": set_value("benchmark_scores", "value", -1.0, model_id=ALPHA, **HIGH),
    "a metric has one unit and one direction": set_value("benchmark_scores", "higher_is_better", False, **ELO),
    "a comparable score states its version": set_value("benchmark_scores", "version", "unspecified", **ELO),
    "a score cites an archived response": set_value("benchmark_scores", "capture_id", "c-lost", **ELO),
    "redistributable matches the terms of the source": set_value("benchmark_scores", "redistributable", True, **ELO),
    "no percent metric has only fractions": fractions,
    "two sources of one score agree within 3 points": set_value(
        "benchmark_scores", "value", 70.9, source_id="models_dev"
    ),
    "the version is stated": set_value("benchmark_scores", "version", "unspecified", **ELO),
    "the evaluator is stated": set_value("benchmark_scores", "evaluator_class", "unspecified", **ELO),
    "the effort is stated": set_value("benchmark_scores", "effort", "unspecified", model_id=ALPHA, **HIGH),
    "evaluated on or after the model's release": set_value(
        "benchmark_scores", "evaluated_on", pd.Timestamp("2025-01-01"), model_id=ALPHA, **HIGH
    ),
}
SOURCES: dict[str, Mutation] = {
    "there are rows": drop_rows("sources"),
    "some catalogue is in use": set_value("sources", "items", 0, kind="catalogue"),
    "a source in state ok has items": set_value("sources", "items", 0, source_id="models_dev"),
    "a failure has a cause": set_value("sources", "cause", None, source_id="fasthost"),
    "a requested catalogue answers": set_value("sources", "state", "timed_out", source_id="models_dev"),
    "every requested source is ok": set_value("sources", "state", "timed_out", source_id="models_dev"),
    "a source has its usual number of items": set_value("sources", "items", 94, source_id="models_dev"),
    "a source fills its fields as usual": set_value(
        "sources",
        "filled_fields",
        [{"field": "offer.model_key", "items": 50}, {"field": "offer.context_tokens", "items": 20}],
        source_id="models_dev",
    ),
    "nine tenths of the entries are parsed": set_value("sources", "rejected_entries", 50, source_id="models_dev"),
    "no value in use has expired": set_value("sources", "expires_at", AS_OF - pd.Timedelta(days=1)),
    "no value in use is late": set_value("sources", "late_after", AS_OF - pd.Timedelta(days=1)),
    "a first list has the registered number of items": combine(
        set_value("sources", "state", "partial", source_id="models_dev"),
        set_value("sources", "fewest_items", 4_000, source_id="models_dev"),
    ),
    "the parser knows every key": set_value("sources", "unknown_keys", ["cache_input"], source_id="models_dev"),
}


def set_aside(count: int) -> Mutation:
    """A table of 100 rows, of which that many break the contract."""

    def mutate(frames: Frames) -> None:
        rows = {"table_name": "holds", "row_key": [f"hold_id=h{number}" for number in range(count)], "table_rows": 100}
        frames["quarantine"] = pd.DataFrame(rows)

    return mutate


QUARANTINE: dict[str, Mutation] = {
    "no row breaks the contract of its table": set_aside(2),
    "few rows of a table break its contract": set_aside(21),
}

FAULTS: dict[str, dict[str, Mutation]] = {
    "models": MODELS,
    "offers": OFFERS,
    "quarantine": QUARANTINE,
    "sources": SOURCES,
    "sources kept": {"source_id exists in sources": drop_rows("sources", source_id="fasthost")},
    "benchmark_scores": SCORES,
    "model_quality": QUALITY,
    **EVIDENCE,
    **CAPABILITIES,
    **COVERAGE,
    **COSTS,
    **TOKENIZERS,
}
"""By suite and check."""
