"""Content of the page of one model."""

from typing import cast

from llmpairs.pages.content.blocks import describe_workload, measure_freshness
from llmpairs.pages.content.evidence import unique
from llmpairs.pages.content.pair import PageContext, describe_captures
from llmpairs.pages.content.price_lines import describe_history
from llmpairs.pages.content.related import PER_SIDE, find_neighbours
from llmpairs.pages.content.schema import ModelContent, ModelPage, Profile

PER_MODEL = 4 * PER_SIDE
"""Neighbours on a model's page."""


def build_model_page(profile: Profile, context: PageContext) -> ModelPage:
    """Build the page of a profile."""
    lines = list(describe_history(context.history.get(profile["model_id"], ())))
    cited = unique(span["evidence"] for line in lines for span in line["spans"])
    content = {name: value for name, value in profile.items() if name not in ("cited", "moments")}
    return {
        "release": context.release,
        "model": cast("ModelContent", content),
        "workloads": [describe_workload(scenario) for scenario in context.scenarios],
        "history": lines,
        "related": find_neighbours(profile["model_id"], context.models, [profile["model_id"]], PER_MODEL),
        "freshness": measure_freshness([profile]),
        "captures": describe_captures([*profile["cited"], *cited], context),
    }
