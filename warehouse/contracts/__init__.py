"""Every table of the warehouse, by name."""

from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.contracts import costs, evidence, landed, log, models, offers, pairs, quality, scores

RELEASE_TABLES: tuple[Table, ...] = (
    models.MODELS,
    models.MODEL_REDIRECTS,
    models.MODEL_CAPABILITIES,
    offers.PROVIDERS,
    offers.OFFERS,
    offers.OFFER_CAPABILITIES,
    offers.PRICE_HISTORY,
    scores.BENCHMARK_SCORES,
    scores.MODEL_QUALITY,
    evidence.FACTS,
    evidence.DISAGREEMENTS,
    evidence.HOLDS,
    evidence.IDENTITIES,
    costs.OFFER_SCENARIO_COSTS,
    costs.MODEL_SCENARIO_COSTS,
    costs.TOKENIZER_RATES,
    costs.MODEL_TOKENIZERS,
    quality.COVERAGE_GAPS,
    pairs.PAIRS,
    pairs.PAIR_CHANGES,
)
LOG_TABLES: tuple[Table, ...] = (
    log.RUNS,
    log.SOURCES,
    log.QUALITY_RESULTS,
    log.CHANGES,
    log.COVERAGE,
    log.QUARANTINE,
    log.CAPTURES,
)
LANDED_TABLES: tuple[Table, ...] = (
    landed.LANDED_MODELS,
    landed.LANDED_OFFERS,
    landed.LANDED_PRICES,
    landed.LANDED_CAPABILITIES,
    landed.LANDED_SCORES,
)
TABLES: dict[str, Table] = {table.name: table for table in (*RELEASE_TABLES, *LOG_TABLES, *LANDED_TABLES)}
