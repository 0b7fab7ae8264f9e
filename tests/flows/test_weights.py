"""Comparison of a pair by a reader's own weights."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import llmpairs
from llmpairs.flows.cli import app
from llmpairs.weights import lead_of_ratio, parse_weights, weigh_leads
from tests.pages.example_release import LLAMA, publish_pages
from tests.warehouse.samples import GPT, QWEN


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> str:
    return publish_pages(tmp_path_factory.mktemp("weights") / "w")


def compare(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["compare", *arguments])


def test_weights_are_scaled_and_the_lead_is_their_sum() -> None:
    score = weigh_leads({"cost": 0.5, "quality": -0.25}, {"cost": 1.0, "quality": 3.0})
    assert score.weights == {"cost": 0.25, "quality": 0.75}
    assert (score.low, score.high, score.ahead) == (-0.0625, -0.0625, "b")


def test_what_is_unknown_decides_nothing_and_may_leave_the_answer_open() -> None:
    weights = {"cost": 0.5, "quality": 0.5}
    tight = weigh_leads({"cost": 0.4, "quality": None}, weights)
    assert (tight.low, tight.high, tight.ahead) == (-0.3, 0.7, "unknown")
    assert weigh_leads({"cost": 1.0, "quality": None}, {"cost": 0.6, "quality": 0.4}).ahead == "a"
    assert weigh_leads({"cost": 0.2, "quality": -0.2}, weights).ahead == "even"


def test_a_tenth_of_the_cost_is_the_largest_lead_and_a_missing_price_is_none() -> None:
    assert lead_of_ratio(100, 1) == lead_of_ratio(10, 1) == 1
    assert lead_of_ratio(1, 10) == -1
    assert (lead_of_ratio(None, 1), lead_of_ratio(0, 1)) == (None, None)


@pytest.mark.parametrize("text", ["", "speed=1", "cost", "cost=-1", "cost=inf", "cost=nan", "cost=1,cost=2", "cost=0"])
def test_other_weights_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"give"):
        parse_weights(text)


def test_swapped_models_give_the_mirrored_lead(warehouse: str) -> None:
    release, weights = llmpairs.open(warehouse), {"quality": 0.6, "cost": 0.3, "context": 0.1}
    one, other = release.weigh((GPT, LLAMA), weights), release.weigh((LLAMA, GPT), weights)
    assert one.low == pytest.approx(-other.high)
    assert (one.ahead, other.ahead) == ("a", "b")
    assert one.leads["cost"] is not None
    assert one.leads["cost"] > 0


def test_the_command_labels_the_comparison_as_the_readers_own(warehouse: str, tmp_path: Path) -> None:
    text = compare(GPT, QWEN, "--weights", "quality=0.5,cost=0.5", "--warehouse", warehouse).stdout
    assert "By your weights (not a published outcome" in text
    assert "cost       weight 50%  lead unknown" in text
    page = json.loads(compare(GPT, QWEN, "--weights", "cost=1", "--format", "json", "--warehouse", warehouse).stdout)
    assert page["your_weights"]["ahead"] == "unknown"
    assert (page["your_weights"]["low"], page["your_weights"]["high"]) == (-1, 1)
    assert "your_weights" not in json.loads(compare(GPT, QWEN, "--format", "json", "--warehouse", warehouse).stdout)
    refused = compare(GPT, QWEN, "--weights", "cost=1", "--format", "html", "--warehouse", warehouse)
    assert (refused.exit_code, "published outcomes only" in refused.stderr) == (2, True)
