"""Rates and presets with which a page computes the monthly cost of any traffic, as `transforms/pairs/costs.py` does."""

from collections.abc import Sequence

from llmpairs.pages.content.blocks import describe_workload
from llmpairs.pages.content.evidence import pick
from llmpairs.pages.content.pair_schema import Calculator, CalculatorOffer, CalculatorSide, OfferRates
from llmpairs.pages.content.schema import Offer, Side
from llmpairs.render.labels import NOT_STATED, explain_unused_operator
from llmpairs.transforms.pairs.scenarios import Scenarios


def build_calculator(sides: Sequence[Side], scenarios: Scenarios) -> Calculator:
    """Presets, and the offers of both sides that meet the requirements of at least one preset.

    An offer serves a preset where `offer_scenario_costs` calls it eligible; custom traffic keeps the offers of the
    preset that it started from, without those that are known to be too small for it.
    """
    return {
        "presets": [describe_workload(scenario) for scenario in scenarios],
        "sides": [_describe_side(side) for side in sides],
    }


def _describe_side(side: Side) -> CalculatorSide:
    offers = [_describe_offer(offer) for offer in side["routes"] if offer["monthly_usd"]]
    return {"name": side["display_name"], "offers": offers}


def _describe_offer(offer: Offer) -> CalculatorOffer:
    seller = offer["provider"]
    if offer["operator"] not in (seller, NOT_STATED):
        seller = f"{offer['operator']} via {seller}"
    return {
        **pick(OfferRates, offer),
        "seller": seller if offer["operator_known"] else f"{seller} ({explain_unused_operator(offer['operator'])})",
        "is_best": offer["operator_known"] and not offer["is_price_outlier"],
        "is_list": offer["operator_known"] and offer["is_list_offer"],
        "serves": sorted(offer["monthly_usd"]),
    }
