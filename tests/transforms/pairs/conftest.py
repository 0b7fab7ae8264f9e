from dataclasses import dataclass

import pandas as pd
import pytest

from bench.synthetic_pairs import Tables, make_tables
from llmpairs.transforms.pairs.costs import cost_models, cost_offers
from llmpairs.transforms.pairs.fingerprint import fingerprint_models
from llmpairs.transforms.pairs.model_arrays import ModelArrays, build_model_arrays
from llmpairs.transforms.pairs.scenarios import load_scenarios


@dataclass
class PairSample:
    tables: Tables
    model_costs: pd.DataFrame
    arrays: ModelArrays


def make_sample(tables: Tables) -> PairSample:
    scenarios = load_scenarios()
    offer_costs = cost_offers(tables.offers, tables.offer_capabilities, tables.model_capabilities, scenarios)
    model_costs = cost_models(tables.models, tables.offers, offer_costs, scenarios)
    published = {name: getattr(tables, name) for name in ("models", "model_capabilities", "offers")}
    arrays = build_model_arrays(
        tables.compared(model_costs),
        scenarios,
        open_issues=tables.open_issues,
        fingerprints=fingerprint_models(published),
    )
    return PairSample(tables, model_costs, arrays)


@pytest.fixture(scope="session")
def sample() -> PairSample:
    """60 live models with every kind of blank: 1,770 pairs."""
    return make_sample(make_tables(60, seed=22))
