from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.quality import Outcome, choose_factor
from llmpairs.transforms.quality.cells import list_unlisted, select_cells
from llmpairs.transforms.quality.rules import EVERY_METRIC, BenchmarkRule, QualityRules, load_quality_rules
from llmpairs.transforms.quality.scale import evaluate
from llmpairs.transforms.quality.suspect import find_suspect, mark_suspect
from llmpairs.transforms.quality.table import build_quality, digest_inputs, find_unlisted
from llmpairs.warehouse.vocabulary import QUALITY_DOMAINS
from tests.transforms.frames import load_reference, run_context

REVIEWED = load_quality_rules()
FAMILIES = ("exams", "votes", "agents", "proofs")
MODELS = 40


def rules() -> QualityRules:
    benchmarks = {
        name: BenchmarkRule(family=name, domains={"general": (EVERY_METRIC,)}, harnesses=()) for name in FAMILIES
    }
    return QualityRules(**(vars(REVIEWED) | {"benchmarks": benchmarks}))


def name(number: int) -> str:
    return f"lab-{number % 5}/model-{number:02d}"


def scores() -> pd.DataFrame:
    """Model 0 is the weakest, model 39 the best; each family has two metrics and its own error."""
    rng = np.random.default_rng(5)
    rows: list[dict[str, Any]] = []
    for family in FAMILIES:
        for number in range(MODELS):
            ability = (number - MODELS / 2) / 10 + rng.normal(0, 0.15)
            rows += [
                {
                    "model_id": name(number), "benchmark": family, "version": "1", "metric": metric,
                    "harness": "own", "effort": "high", "evaluator_class": "third_party", "unit": "percent",
                    "value": 100 / (1 + np.exp(-ability - rng.normal(0, 0.1))), "metric_low": 0.0,
                    "metric_high": 100.0, "higher_is_better": True, "is_comparable": True, "source_id": "board",
                }
                for metric in ("first", "second")
            ]  # fmt: skip
    return pd.DataFrame(rows)


def models(*more: str) -> pd.DataFrame:
    ids = [*(name(number) for number in range(MODELS)), *more]
    return pd.DataFrame(
        {
            "model_id": ids, "developer_id": [each.split("/")[0] for each in ids], "family": None, "is_live": True,
            "is_text_generating": True, "released_date": pd.Timestamp("2025-01-01"), "parameters_total": 7e9,
            "parameters_active": 7e9, "list_blended_usd_per_mtok": 1.0, "context_tokens": 131_072,
        }
    ).astype({"family": "str"})  # fmt: skip


CAPABILITIES = pd.DataFrame({"model_id": [], "capability": [], "state": []}, dtype="str")


def index_of(table: pd.DataFrame, **more: pd.DataFrame) -> pd.DataFrame:
    return build_quality(table, more.get("models", models()), CAPABILITIES, rules()).set_index("model_id")


@pytest.fixture(scope="module")
def fitted() -> pd.DataFrame:
    return index_of(scores(), models=models("lab-1/unscored"))


def test_the_order_of_abilities_is_found_and_intervals_are_narrow_with_four_families(fitted: pd.DataFrame) -> None:
    own = fitted[fitted["basis"] == "measured"]
    assert own["index"].corr(own.index.str[-2:].astype("int64").to_series(index=own.index), method="spearman") > 0.98
    assert own["families"].eq(4).all()
    assert ((own["high95"] - own["low95"]) / 2).between(0.5, 6).all()


def test_a_model_without_scores_is_estimated_and_says_so(fitted: pd.DataFrame) -> None:
    row = fitted.loc["lab-1/unscored"]
    assert (row["basis"], row["scores_used"], row["families"]) == ("estimated", 0, 0)
    assert row["high95"] - row["low95"] > 10


def test_the_order_of_rows_changes_no_byte(fitted: pd.DataFrame) -> None:
    shuffled = build_quality(
        scores().sample(frac=1, random_state=1),
        models("lab-1/unscored").sample(frac=1, random_state=2),
        CAPABILITIES,
        rules(),
    )
    pd.testing.assert_frame_equal(shuffled.set_index("model_id"), fitted, check_exact=True)


def test_the_gradient_is_that_of_the_likelihood() -> None:
    cells = select_cells(scores(), "general", rules())
    x = 0.1 * np.sin(np.arange(3 * len(cells.items) + len(cells.families)))
    steps = 1e-6 * np.eye(len(x))
    slopes = [(evaluate(cells, x + step)[0] - evaluate(cells, x - step)[0]) / 2e-6 for step in steps]
    assert np.allclose(evaluate(cells, x)[1], slopes, rtol=1e-5, atol=1e-3)


def test_a_planted_score_of_100_is_suspect_and_overtakes_no_better_model(fitted: pd.DataFrame) -> None:
    weak, better = name(10), name(30)
    table = scores()
    table.loc[(table["model_id"] == weak) & (table["benchmark"] == "exams"), "value"] = 100.0
    found = index_of(table)
    assert found.loc[weak, "families_doubted"] == 1
    assert found.loc[weak, "index"] - fitted.loc[weak, "index"] < 3
    assert found.loc[better, "low95"] > found.loc[weak, "high95"]
    others = found.index.difference([weak])
    assert (found.loc[others, "index"] - fitted.loc[others, "index"]).abs().max() < 1.5
    assert found.loc[others, "families_doubted"].sum() <= 1


def test_a_single_score_far_from_the_models_others_is_suspect() -> None:
    table = scores()
    planted = (table["model_id"] == name(10)) & (table["benchmark"] == "exams") & (table["metric"] == "first")
    assert find_suspect(table, rules()).sum() <= 2, "of 320 true scores"
    table.loc[planted, "value"] = 95.0
    assert planted[find_suspect(table, rules())].any()
    reference = replace(load_reference(), quality=rules())
    marked = mark_suspect(table.assign(is_suspect=False), run_context(reference_data=reference))
    assert marked.loc[planted, ["is_suspect", "is_comparable"]].to_numpy().tolist() == [[True, False]]


def test_a_planted_score_of_a_model_without_others_is_checked_against_the_estimate() -> None:
    table = scores()
    own = table["model_id"] == name(5)
    table.loc[own & (table["benchmark"] == "exams"), "value"] = 100.0
    alone = table[~own | (table["benchmark"] == "exams")]
    found = index_of(alone)
    assert found.loc[name(5), "families_doubted"] == 1
    assert found.loc[name(5), "low95"] < 100


def test_labs_own_scores_and_other_editions_do_not_enter() -> None:
    table = scores()
    claimed = table[table["model_id"] == name(3)].assign(value=99.0, evaluator_class="lab_claimed")
    undated = claimed.assign(evaluator_class="third_party", is_comparable=False)
    both = pd.concat([table, claimed, undated], ignore_index=True)
    one, other = (select_cells(each, "general", rules()) for each in (table, both))
    assert (one.value == other.value).all()


def test_each_model_counts_at_its_highest_effort() -> None:
    table = scores()
    low = table[table["benchmark"] == "exams"].assign(effort="no-thinking", value=1.0)
    cells = select_cells(pd.concat([table, low], ignore_index=True), "general", rules())
    assert (cells.value == select_cells(table, "general", rules()).value).all()
    assert set(cells.effort) == {"high"}


def test_a_run_without_thinking_does_not_stand_for_a_model_that_thinks() -> None:
    table = scores()
    is_own = (table["model_id"] == name(7)) & (table["benchmark"] == "votes")
    weaker = table.assign(effort=table["effort"].mask(is_own, "no-thinking"))
    cells = select_cells(weaker, "general", rules())
    own = {cells.items[item].split("|")[0] for item in cells.item[cells.model == cells.models.index(name(7))]}
    assert own == {"exams", "agents", "proofs"}


def test_a_domain_of_two_families_is_not_published() -> None:
    table = scores()
    assert index_of(table[table["benchmark"].isin(["exams", "votes"])]).empty


def test_a_benchmark_without_a_rule_enters_nowhere_and_is_a_gap_of_its_source() -> None:
    table = pd.concat([scores(), scores().assign(benchmark="new-exam", source_id="another")], ignore_index=True)
    assert list_unlisted(table, rules()) == ["new-exam"]
    gap = find_unlisted(table, rules()).iloc[0]
    assert (gap["subject_id"], gap["state"], gap["detail"]) == (
        "another",
        "unverified",
        "in no quality index: new-exam",
    )
    assert len(select_cells(table, "general", rules()).items) == 8


def test_inputs_are_equal_exactly_where_nothing_changed() -> None:
    table = scores()
    before = digest_inputs(table, models(), CAPABILITIES)
    assert before.equals(digest_inputs(table.iloc[::-1], models().iloc[::-1], CAPABILITIES))
    changed = table.assign(value=table["value"].mask(table.index == 3, 50.0))
    assert not before.equals(digest_inputs(changed, models(), CAPABILITIES))
    assert not before.equals(digest_inputs(table, models().assign(context_tokens=1), CAPABILITIES))


def test_every_reviewed_family_has_a_domain() -> None:
    assert REVIEWED.benchmarks["vectara-hallucination"].family is None
    assert {rule.family for rule in REVIEWED.benchmarks.values() if rule.domains} >= {"livebench", "lmarena", "aider"}


def test_a_withheld_domain_is_not_published() -> None:
    withheld = QualityRules(**(vars(rules()) | {"withheld": frozenset({"general"})}))
    found = build_quality(scores(), models(), CAPABILITIES, withheld)
    assert "general" not in set(found["domain"])
    assert "general" in set(build_quality(scores(), models(), CAPABILITIES, rules())["domain"])


def test_a_factor_is_the_smallest_whose_coverage_lies_a_standard_error_above_95_percent() -> None:
    def alike(factor: float) -> list[Outcome]:
        return [Outcome(str(group), 0, 0, 200, round(171 + 10 * factor)) for group in range(10)]

    def apart(factor: float) -> list[Outcome]:
        return [
            each._replace(inside=each.inside + (10 if number % 2 else -10)) for number, each in enumerate(alike(factor))
        ]

    assert choose_factor(alike) == 2.0
    assert choose_factor(apart) == 2.5
    assert choose_factor(lambda _: alike(1.0)) == 4.0
    assert {domain: REVIEWED.k[domain] >= 1 for domain in REVIEWED.k} == dict.fromkeys(QUALITY_DOMAINS, True)
