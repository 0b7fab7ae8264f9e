from dataclasses import dataclass

import pandas as pd
import pytest

from bench.synthetic_pairs import Tables, make_tables
from llmpairs.transforms.pairs.costs import cost_models, cost_offers
from llmpairs.transforms.pairs.fingerprint import fingerprint_models
from llmpairs.transforms.pairs.model_arrays import Sides, build_sides
from llmpairs.transforms.pairs.scenarios import load_scenarios


@dataclass
class Night:
    tables: Tables
    model_costs: pd.DataFrame
    sides: Sides


def make_night(tables: Tables) -> Night:
    scenarios = load_scenarios()
    offer_costs = cost_offers(tables.offers, tables.offer_capabilities, tables.model_capabilities, scenarios)
    model_costs = cost_models(tables.models, tables.offers, offer_costs, scenarios)
    published = {name: getattr(tables, name) for name in ("models", "model_capabilities", "offers")}
    sides = build_sides(
        tables.compared(model_costs),
        scenarios,
        open_issues=tables.open_issues,
        fingerprints=fingerprint_models(published),
    )
    return Night(tables, model_costs, sides)


@pytest.fixture(scope="session")
def night() -> Night:
    """110 live models with every kind of blank: 5,995 pairs."""
    return make_night(make_tables(110, seed=7))
