"""One planted fault for every rule of every checklist: suite, check, and what goes wrong in which frame."""

import pandas as pd

from tests.expectations.good_catalogue import ALPHA, AS_OF, BETA, EMBED, GAMMA, TIER
from tests.expectations.spoil import Frames, Spoil, both, drop, price, put

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


MODELS: dict[str, Spoil] = {
    "there are rows": drop("models"),
    "model_id is developer/name": put("models", "model_id", "Acme Alpha", model_id=ALPHA),
    "slug is unique": put("models", "slug", "same"),
    "every stated value is a published claim": put("facts", "value", "130000", fact_id="f-context"),
    "display_name is unique": put("models", "display_name", "Alpha"),
    "slug never changes": put("models", "slug", "alpha-anew", model_id=ALPHA),
    "is_live as offers say": put("models", "is_live", False, model_id=ALPHA),
    "base_model_id is known in models": put("models", "base_model_id", NOWHERE, model_id=BETA),
    "what is retired has its day, and only that": put("models", "lifecycle", "retired", model_id=ALPHA),
    "successor_model_id is known in models": put("models", "successor_model_id", NOWHERE, model_id=BETA),
    "offer_count recomputes": put("models", "offer_count", 9, model_id=ALPHA),
    "operator_count recomputes": put("models", "operator_count", 9, model_id=ALPHA),
    "released between 2018 and tomorrow": put(
        "models", "released_date", pd.Timestamp("1970-01-01"), model_id=ALPHA
    ),
    "knowledge cutoff is not after the release": put(
        "models", "knowledge_cutoff_date", pd.Timestamp("2026-03-01"), model_id=GAMMA
    ),
    "knowledge cutoff is not in the month of release": put(
        "models", "knowledge_cutoff_date", pd.Timestamp("2026-01-01"), model_id=GAMMA
    ),
    "context of a text model is between 1 k and 12 M tokens": put(
        "models", "context_tokens", 99_999_999, model_id=ALPHA
    ),
    "max_output_tokens is at most context_tokens": put(
        "models", "max_output_tokens", 999_999, model_id=ALPHA
    ),
    "release dates agree within a month": both(
        put("facts", "field", "released_date", fact_id="f-context"),
        put("facts", "value", "2025-01-01", fact_id="f-context"),
        put("facts", "field", "released_date", fact_id="f-context-2"),
        put("facts", "value", "2025-03-01", fact_id="f-context-2"),
    ),
    "routes agree on the context": put("offers", "context_tokens", 1_000, offer_id=ALPHA_OFFER),
    "the size in the name is the number of parameters": both(
        put("models", "model_id", "acme/alpha-1.5-7b-instruct", model_id=ALPHA),
        put("models", "parameters_total", 70_000_000_000, model_id="acme/alpha-1.5-7b-instruct"),
    ),
    "open weights are not under a closed licence": put("models", "license_class", "closed", model_id=ALPHA),
    "parameters_active is at most parameters_total": put(
        "models", "parameters_active", 10**15, model_id=ALPHA
    ),
    "license_spdx is an SPDX expression or LicenseRef-": put(
        "models", "license_spdx", "see website", model_id=ALPHA
    ),
    "no model loses over 30% of three providers or more": more_providers,
    "licence is known": put("models", "license_spdx", None, model_id=ALPHA),
    "open weights have a repository": put("models", "hugging_face_id", None, model_id=ALPHA),
    "identity has more than one witness": put("models", "identity_basis", "single_witness", model_id=ALPHA),
}
NAN = float("nan")
HALVED = put("parent_offers", "input_usd_per_mtok", 0.02, offer_id=ALPHA_OFFER)
OFFERS: dict[str, Spoil] = {
    "there are rows": drop("offers"),
    "model_id is known in models": price(ALPHA_OFFER, model_id=NOWHERE),
    "provider_id is known in providers": price(ALPHA_OFFER, provider_id="nobody"),
    "offer_id names provider, operator and tier": price(ALPHA_OFFER, service_tier="batch"),
    "a missing price says why, and only that": price(DELTA_OFFER, price_missing_reason=None),
    "a price of zero is a stated free tier": price(FREE_OFFER, price_kind="metered"),
    "a price has a source, a capture and a time": price(ALPHA_OFFER, price_capture_id=None),
    "every stated value is a published claim": drop("facts", subject_id=ALPHA_OFFER, field="price_tiers"),
    "price_capture_id is known in captures": price(ALPHA_OFFER, price_capture_id="c-lost"),
    "a price is in US dollars": price(ALPHA_OFFER, currency="CNY"),
    "an eligible offer is resolved, active, standard, metered and priced": price(
        ALPHA_OFFER, price_kind="free_tier"
    ),
    "an ineligible offer says why": price(DELTA_OFFER, ineligible_reason=None),
    "a :free key has no metered price": price(FREE_OFFER, price_kind="metered"),
    "a key that names a service tier is not sold as standard": price(
        ALPHA_OFFER, provider_model_key="alpha:batch"
    ),
    "held exactly while a hold is open": price(ALPHA_OFFER, held=True),
    "what is retired has its day, and only that": price(ALPHA_OFFER, retired_on=pd.Timestamp("2026-05-01")),
    "blended_3to1_usd_per_mtok recomputes": price(ALPHA_OFFER, blended_3to1_usd_per_mtok=0.08),
    "an active offer that is not free or subscribed to has both prices": both(
        price(ALPHA_OFFER, output_usd_per_mtok=None), price(BETA_OFFER, output_usd_per_mtok=None)
    ),
    "a text model has both prices or neither": price(ALPHA_OFFER, output_usd_per_mtok=None),
    "non-token billing has no token price": price(ALPHA_OFFER, price_kind="non_token"),
    "prices lie between 0.001 and 1,000": price(ALPHA_OFFER, output_usd_per_mtok=18_000.0),
    "no price is a power of ten away from its model's median": price(ALPHA_OFFER, input_usd_per_mtok=50.0),
    "price within ten times its model's median": price(ALPHA_OFFER, input_usd_per_mtok=0.9),
    "output costs at least as much as input": price(ALPHA_OFFER, output_usd_per_mtok=0.01),
    "cache_read_usd_per_mtok is at most input_usd_per_mtok": price(ALPHA_OFFER, cache_read_usd_per_mtok=0.05),
    "writing to the cache costs at least 0.9 of the input price": price(
        ALPHA_OFFER, cache_write_usd_per_mtok=0.01
    ),
    "price tiers ascend": price(ALPHA_OFFER, price_tiers=[TIER, TIER | {"min_prompt_tokens": 50_000}]),
    "a tier costs at least the base price": price(
        ALPHA_OFFER, price_tiers=[TIER | {"input_usd_per_mtok": 0.01}]
    ),
    "a tier starts within the context": price(
        ALPHA_OFFER, price_tiers=[TIER | {"min_prompt_tokens": 512_000}]
    ),
    "max_output_tokens is at most context_tokens": price(ALPHA_OFFER, max_output_tokens=999_999),
    "context within the model's own": price(ALPHA_OFFER, context_tokens=1_000_000),
    "prices are short decimals": price(ALPHA_OFFER, input_usd_per_mtok=0.038999999999999994),
    "no listed price crosses zero or vanishes overnight": price(ALPHA_OFFER, input_usd_per_mtok=None),
    "no price moves by more than half overnight": HALVED,
    "no source moves over 4% of its prices in one night": incident,
    "price within a tenth of last night's": HALVED,
}
EVIDENCE: dict[str, dict[str, Spoil]] = {
    "identities": {
        "model_id is known in models": put("identities", "model_id", NOWHERE, provider_model_key="acme/beta"),
        "nothing is joined below a confidence of 0.95": put(
            "identities", "confidence", 0.9, provider_model_key="acme/beta"
        ),
        "an unresolved key says why, and only that": put(
            "identities", "reason", None, provider_model_key="mystery"
        ),
        "the method unresolved leads to no model": put(
            "identities", "method", "unresolved", provider_model_key="acme/beta"
        ),
        "one version of the rules decided": put(
            "identities", "rules_version", "0", provider_model_key="acme/beta"
        ),
        "no floating alias moved overnight": put(
            "identities", "model_id", BETA, provider_model_key="alpha-latest"
        ),
        "no fixed key moved overnight": put("identities", "model_id", ALPHA, provider_model_key="acme/beta"),
        "key is resolved": put("identities", "model_id", None, provider_model_key="acme/beta"),
    },
    "facts": {
        "source_id is known in sources": put("facts", "source_id", "nobody", fact_id="f-price"),
        "the subject is in the release": put("facts", "subject_id", NOWHERE, fact_id="f-price"),
        "a default is never published": put("facts", "basis", "default", fact_id="f-price"),
        "the reason fits the choice": put("facts", "reason", "chosen", fact_id="f-context-2"),
        "one claim of a field is published": put("facts", "is_chosen", True, fact_id="f-context-2"),
        "a published claim leads to an archived response": put(
            "facts", "capture_id", "c-lost", fact_id="f-price"
        ),
        "a chosen price is published to the last digit": put("facts", "value", "0.04", fact_id="f-price"),
    },
    "holds": {
        "the subject is in the release": put("holds", "subject_id", NOWHERE, hold_id="h1"),
        "a held alias leads where it led": put("holds", "published_value", BETA, hold_id="h3"),
        "a held price is not published": put("holds", "candidate_value", "1", hold_id="h2"),
        "a decision has a name": put("holds", "decided_by", None, hold_id="h2"),
        "no hold is older than seven nights": put("holds", "nights", 8, hold_id="h1"),
    },
    "disagreements": {
        "two lineages or more speak": put("disagreements", "lineage_count", 1),
        "sources differ at most twofold": put("disagreements", "ratio", 3.0),
        "a settled disagreement publishes what was decided": put(
            "disagreements", "decision", "128000", disagreement_id="d1"
        ),
        "a disagreement that is open again says what changed": put(
            "disagreements", "changed_since", None, disagreement_id="d2"
        ),
        "a reviewer has decided": put("disagreements", "state", "open"),
    },
    "price_history": {
        "spans that are known now do not overlap": put("price_history", "valid_to", pd.NaT, usd_per_mtok=2.0),
        "what is known of a price reaches today": put("price_history", "valid_to", AS_OF, usd_per_mtok=1.0),
        "spans run forward": put("price_history", "valid_from", AS_OF + pd.Timedelta(days=1)),
        "nothing is known from after tonight": put(
            "price_history", "known_from", AS_OF + pd.Timedelta(days=1)
        ),
        "a null price says why, and only that": put("price_history", "usd_per_mtok", NAN, usd_per_mtok=2.0),
        "a source or a reviewer says so": put("price_history", "source_id", None),
        "the open span is the published price": put("price_history", "usd_per_mtok", NAN, usd_per_mtok=1.0),
    },
    "models kept": {"no model of the parent release has vanished": drop("models", model_id=EMBED)},
    "offers kept": {"no offer of the parent release has vanished": drop("offers", offer_id=ALPHA_OFFER)},
    "price history kept": {
        "no span of the parent release has vanished or says otherwise": put(
            "price_history", "usd_per_mtok", 3.0, usd_per_mtok=2.0
        )
    },
}
VISION = {"capability": "vision", "model_id": ALPHA}
REASONING = {"capability": "reasoning", "model_id": ALPHA}
CAPABILITIES: dict[str, dict[str, Spoil]] = {
    "model_capabilities": {
        "model_id is known in models": put("model_capabilities", "model_id", NOWHERE, **VISION),
        "a yes or a no has evidence": put("model_capabilities", "capture_id", None, **VISION),
        "silence is unknown": put("model_capabilities", "state", "no", **REASONING),
        "a no has a witness": put("model_capabilities", "witnesses_against", 0, **VISION),
        "the evidence is on record": put("model_capabilities", "fact_id", "f-lost", **VISION),
        "vision fits the stated inputs": put("model_capabilities", "state", "yes", **VISION),
        "the state is undisputed": put("model_capabilities", "is_disputed", True, **VISION),
    },
    "capabilities of models": {
        "every capability is listed for every model": drop("model_capabilities", **VISION)
    },
    "offer_capabilities": {
        "offer_id is known in offers": put("offer_capabilities", "offer_id", "a/b/c/-/standard"),
        "the route's own word counts, else its model's": put("offer_capabilities", "effective", "no"),
    },
    "model_redirects": {
        "model_id is known in models": put("model_redirects", "model_id", NOWHERE),
        "a former id is no longer a model": put("model_redirects", "old_model_id", BETA),
    },
    "providers": {
        "offer_count recomputes": put("providers", "offer_count", 9, provider_id="acme"),
        "the kind of company is known": put("providers", "kind", "unknown", provider_id="acme"),
    },
}
COVERAGE: dict[str, dict[str, Spoil]] = {
    "coverage_gaps": {
        "the subject is in the release": put("coverage_gaps", "subject_id", NOWHERE, gap_id="g4"),
        "model_id is known in models": put("coverage_gaps", "model_id", NOWHERE, gap_id="g1"),
        "the gap leaves verdicts and costs possible": put(
            "coverage_gaps", "severity", "critical", gap_id="g1"
        ),
    },
    "missing models": {
        "a compared model without a price has a gap": drop("coverage_gaps", gap_id="g1"),
        "a model with a price has no gap in price": put("coverage_gaps", "subject_id", ALPHA, gap_id="g1"),
        "a compared model's blank context, licence or date has a gap": drop("coverage_gaps", gap_id="g3"),
    },
    "missing prices": {"an offer without a price has a gap": drop("coverage_gaps", gap_id="g2")},
    "coverage": {
        "no field is unknown for every model": put("models", "released_date", pd.NaT),
    },
    "coverage kept": {
        "no field loses over a point of coverage": put("models", "released_date", pd.NaT, model_id=ALPHA)
    },
}
CHEAPEST = {"model_id": ALPHA, "scenario_id": "seed_chat"}
ROUTE = {"offer_id": ALPHA_OFFER, "scenario_id": "seed_chat"}
COSTS: dict[str, dict[str, Spoil]] = {
    "offer_scenario_costs": {
        "offer_id is known in offers": put("offer_scenario_costs", "offer_id", "a/b/c/-/standard", **ROUTE),
        "scenario_id is known in scenarios": put("offer_scenario_costs", "scenario_id", "dreams", **ROUTE),
        "the cost recomputes to the cent": put("offer_scenario_costs", "cost_usd", 77.0, **ROUTE),
        "an eligible offer has a cost": put("offer_scenario_costs", "cost_usd", None, **ROUTE),
        "an ineligible offer says why": put("offer_scenario_costs", "eligible", False, **ROUTE),
        "what serves a workload is active, metered and resolved": price(ALPHA_OFFER, offer_status="stale"),
        "the model is the offer's": put("offer_scenario_costs", "model_id", BETA, **ROUTE),
    },
    "costed offers": {"every workload is costed for every offer": drop("offer_scenario_costs", **ROUTE)},
    "workloads": {"scenario_id is unique": put("scenarios", "scenario_id", "seed_chat")},
    "model_scenario_costs": {
        "model_id is known in models": put("model_scenario_costs", "model_id", NOWHERE, **CHEAPEST),
        "cheapest_usd recomputes": put("model_scenario_costs", "cheapest_usd", 76.2, **CHEAPEST),
        "cheapest_direct_usd recomputes": put(
            "model_scenario_costs", "cheapest_direct_usd", 76.2, **CHEAPEST
        ),
        "median_usd recomputes": put("model_scenario_costs", "median_usd", 72.0, **CHEAPEST),
        "dearest_usd recomputes": put("model_scenario_costs", "dearest_usd", 72.0, **CHEAPEST),
        "eligible_offer_count recomputes": put("model_scenario_costs", "eligible_offer_count", 9, **CHEAPEST),
        "each figure names an offer that costs it": put(
            "model_scenario_costs", "cheapest_offer_id", ALPHA_OFFER, **CHEAPEST
        ),
        "the state says whether there is a cost": put(
            "model_scenario_costs", "state", "unpriced", **CHEAPEST
        ),
        "the cost is known": put("model_scenario_costs", "state", "unpriced", **CHEAPEST),
    },
}
HIGH = {"source_id": "arena", "metric": "resolved", "effort": "high"}
ELO = {"metric": "rating", "model_id": ALPHA}


def fractions(frames: Frames) -> None:
    """A column of percents that holds fractions."""
    scores = frames["benchmark_scores"]
    resolved = scores["metric"] == "resolved"
    frames["benchmark_scores"] = scores.assign(value=scores["value"].where(~resolved, scores["value"] / 100))


SCORES: dict[str, Spoil] = {
    "model_id is known in models": put("benchmark_scores", "model_id", NOWHERE, model_id=BETA, **HIGH),
    "value is at most metric_high": put("benchmark_scores", "value", 740.0, model_id=ALPHA, **HIGH),
    "metric_low is at most value": put("benchmark_scores", "value", -1.0, model_id=ALPHA, **HIGH),
    "a column has one unit and one direction": put("benchmark_scores", "higher_is_better", False, **ELO),
    "a comparable score states its version": put("benchmark_scores", "version", "unspecified", **ELO),
    "a score leads to an archived response": put("benchmark_scores", "capture_id", "c-lost", **ELO),
    "what may be passed on is what the source's terms say": put(
        "benchmark_scores", "redistributable", True, **ELO
    ),
    "no column of percents holds only fractions": fractions,
    "two sources of one score agree within 3 points": put(
        "benchmark_scores", "value", 70.9, source_id="models_dev"
    ),
    "the version is stated": put("benchmark_scores", "version", "unspecified", **ELO),
    "it is stated who evaluated": put("benchmark_scores", "evaluator_class", "unspecified", **ELO),
    "the effort is stated": put("benchmark_scores", "effort", "unspecified", model_id=ALPHA, **HIGH),
    "evaluated on or after the model's release": put(
        "benchmark_scores", "evaluated_on", pd.Timestamp("2025-01-01"), model_id=ALPHA, **HIGH
    ),
}
SOURCES: dict[str, Spoil] = {
    "there are rows": drop("sources"),
    "some catalogue is in use": put("sources", "items", 0, kind="catalogue"),
    "a source that is ok landed something": put("sources", "items", 0, source_id="models_dev"),
    "a failure has a cause": put("sources", "cause", None, source_id="fasthost"),
    "a catalogue that was asked answered": put("sources", "state", "timed_out", source_id="models_dev"),
    "every source that was asked is ok": put("sources", "state", "timed_out", source_id="models_dev"),
    "a source lands as much as usual": put("sources", "items", 94, source_id="models_dev"),
    "a source fills its fields as usual": put(
        "sources",
        "filled_fields",
        [{"field": "offer.model_key", "items": 50}, {"field": "offer.context_tokens", "items": 20}],
        source_id="models_dev",
    ),
    "nine tenths of the entries were read": put("sources", "rejected_entries", 50, source_id="models_dev"),
    "no value in use has expired": put("sources", "expires_at", AS_OF - pd.Timedelta(days=1)),
    "no value in use is late": put("sources", "late_after", AS_OF - pd.Timedelta(days=1)),
    "the parser knows every key": put("sources", "unknown_keys", ["cache_input"], source_id="models_dev"),
}

FAULTS: dict[str, dict[str, Spoil]] = {
    "models": MODELS,
    "offers": OFFERS,
    "sources": SOURCES,
    "sources kept": {"source_id is known in sources": drop("sources", source_id="fasthost")},
    "benchmark_scores": SCORES,
    **EVIDENCE,
    **CAPABILITIES,
    **COVERAGE,
    **COSTS,
}
"""By suite and check."""
