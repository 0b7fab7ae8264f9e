"""Content of pages, and statements that no page may contain."""

import re
from copy import deepcopy

import pytest

from llmpairs.pages.content.evidence import find_citations, make_sentence
from llmpairs.pages.content.pair_schema import PairPage, WorkloadOutcome
from llmpairs.pages.layout.pair import lay_out_pair
from llmpairs.render.text import render_text
from tests.pages.example_release import LLAMA, SEEN, Row, Rows, change, example_rows, make_page, offer, sentences
from tests.warehouse.samples import GPT, QWEN

MATRIX = ("vision", "multimodal_input", "function_calling", "structured_outputs", "reasoning")
NO_CITATION = re.compile(r"\b(unknown|None|nan|null)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def page() -> PairPage:
    return make_page(example_rows())


def kinds(page: PairPage, side: int) -> set[str]:
    return {row["kind"] for row in page["tradeoffs"][side]}


def decision(page: PairPage, scenario: str) -> WorkloadOutcome:
    return next(row for row in page["decisions"] if row["scenario_id"] == scenario)


def test_the_example_pair_is_decided_where_facts_decide_it(page: PairPage) -> None:
    vision, agents, chat = (decision(page, name) for name in ("vision", "agents", "seed_chat"))
    assert (vision["outcome"], vision["winner"], vision["reason"]) == ("b", 1, "requirement_failed")
    assert "gpt-oss-120b does not support vision (image input)" in vision["text"]
    assert "unknown for Qwen3.5-4B: structured outputs" in agents["text"]
    assert agents["winner"] is None
    assert chat["outcome"] == dict(page["record"])["outcome_seed_chat"]


def test_costs_have_their_offer_and_a_missing_one_its_reason(page: PairPage) -> None:
    row = page["costs"][0]
    gpt, qwen = row["sides"]
    assert gpt["cheapest"]
    assert gpt["cheapest_direct"]
    assert (gpt["cheapest"]["usd"], gpt["cheapest"]["provider"]) == (72.0, "Helicone")
    assert (gpt["cheapest_direct"]["usd"], gpt["cheapest_direct"]["quantization"]) == (100.0, "fp4")
    openrouter = next(route for route in page["sides"][0]["routes"] if route["provider_id"] == "openrouter")
    assert openrouter["monthly_usd"]["seed_chat"] == 76.2
    assert qwen["cheapest"] is None
    assert row["difference_usd"] is None
    assert row["no_difference_because"] == "Qwen3.5-4B: no offer has a usable metered price"


def test_a_capability_has_the_claims_against_it(page: PairPage) -> None:
    cell = next(row for row in page["capabilities"] if row["capability"] == "vision")["sides"][0]
    assert (cell["state"], cell["rule"], cell["is_disputed"]) == ("no", "exhaustive_list", True)
    assert cell["against"] == [{"value": "yes", "claims": 3, "lineages": ["litellm"]}]
    assert cell["evidence"]
    assert cell["evidence"]["capture_id"] == "c0ffee"


def test_a_spec_has_the_other_claims(page: PairPage) -> None:
    row = next(row for row in page["specs"] if row["field"] == "released_date")
    assert row["values"] == ["2025-08-05", "2026-03-02"]
    assert row["others"] == [[], [{"value": "2026-02-24", "claims": 1, "lineages": ["litellm"]}]]
    licence = next(row for row in page["specs"] if row["field"] == "license_spdx")
    assert licence["differs"] is False


def test_moves_name_lost_unknown_and_gained_capabilities(page: PairPage) -> None:
    there, back = page["moves"]
    obstacles = {row["kind"]: row["detail"] for row in there["obstacles"]}
    assert obstacles["unverified_capability"] == "reasoning and structured outputs"
    assert there["gains"] == ["vision", "multimodal_input"]
    lost = {row["kind"]: row["detail"] for row in back["obstacles"]}
    assert lost["lost_capability"] == "vision (image input) and multimodal input"
    assert lost["context_shrink"] == "262,144 to 131,072 tokens"
    assert back["obstacles"][0]["severity"] == "high" == back["severity"]


def test_benchmarks_compare_like_with_like_and_explain_the_rest() -> None:
    benchmarks = make_page(example_rows(), LLAMA, GPT)["benchmarks"]
    comparable = {row["benchmark"]: row for row in benchmarks["comparable"]}
    assert comparable["livebench"]["ahead"] == 1
    assert comparable["mmlu-pro"]["sides"][0]["evaluator_class"] == "lab_claimed"
    reasons = {row["benchmark"]: row["reason"] for row in benchmarks["left_out"]}
    assert reasons == {"aider-polyglot": "only_right", "gpqa-diamond": "version_not_stated"}


def test_a_score_that_must_not_be_redistributed_is_not_in_the_page() -> None:
    page = make_page(example_rows(), LLAMA, GPT)
    row = next(row for row in page["benchmarks"]["comparable"] if row["benchmark"] == "swe-bench")
    assert [side["value"] for side in row["sides"]] == [None, None]
    assert all(side["is_withheld"] and side["evidence"] for side in row["sides"])
    assert "26.125" not in render_text(lay_out_pair(page))


# Statements that no page may contain.


def silence(rows: Rows, source: str) -> Rows:
    return change(rows, "sources", {"source_id": source}, state="timeout")


@pytest.mark.parametrize("source", ["groq", "models_dev"])
def test_no_side_has_more_operators_while_a_source_of_offers_is_silent(source: str) -> None:
    assert "more_operators" in kinds(make_page(example_rows()), 0)
    page = make_page(silence(example_rows(), source))
    assert "more_operators" not in kinds(page, 0) | kinds(page, 1)
    text = render_text(lay_out_pair(page))
    assert not re.search(r"(more|broader|fewer|most) (known )?(operators?|providers?)|provider coverage", text)
    assert "1 source failed: more offers may exist" in text
    assert "sold by at least 4 providers" in " ".join(text.split())


def test_an_offer_whose_source_is_missing_is_stale_and_not_retired() -> None:
    at_groq = {"provider_id": "groq"}
    lost = change(silence(example_rows(), "groq"), "offers", at_groq, offer_status="stale", eligible=False)
    text = render_text(lay_out_pair(make_page(lost)))
    assert "stale: last seen 8 June 2026" in text
    assert "retired" not in text
    gone = change(example_rows(), "offers", at_groq, offer_status="retired", eligible=False)
    assert "retired" in render_text(lay_out_pair(make_page(gone)))


@pytest.mark.parametrize(
    ("licence", "kind"), [("LicenseRef-llama4", "restricted"), (None, "proprietary"), ("MIT", None)]
)
def test_only_an_open_licence_is_called_open_source(licence: str | None, kind: str | None) -> None:
    rows = change(example_rows(), "models", {}, license_spdx=licence, license_class=kind)
    for pair in ((GPT, QWEN), (LLAMA, GPT)):
        page = make_page(rows, *pair)
        assert "open source" not in render_text(lay_out_pair(page)).lower()
        assert "open_licence" not in kinds(page, 0) | kinds(page, 1)
    assert "open source" in render_text(lay_out_pair(make_page(example_rows())))


@pytest.mark.parametrize("pair", [(GPT, QWEN), (LLAMA, GPT)])
def test_no_sentence_has_the_price_of_an_unknown_operator(pair: tuple[str, str]) -> None:
    """Helicone sells gpt-oss-120b at 72.00 a month, below DekaLLM's 76.20, and does not state who runs it."""
    page = make_page(example_rows(), *pair)
    texts = [row["text"] for row in sentences(page)]
    assert any("$76.20" in text for text in texts)
    assert not [text for text in (*texts, page["headline"]) if "$72.00" in text or "Helicone (" in text]


def test_a_sentence_with_a_labs_own_score_names_it() -> None:
    page = make_page(example_rows(), LLAMA, GPT)
    text = next(row["text"] for row in page["tradeoffs"][1] if row["kind"] == "benchmarks")
    assert "in 1 of them the scores are the labs' own" in text


@pytest.mark.parametrize("unknown", list(zip(MATRIX, (*MATRIX[1:], MATRIX[0]), strict=True)), ids="-".join)
def test_an_unknown_capability_is_never_a_no(unknown: tuple[str, str]) -> None:
    rows = example_rows()
    lost = set(zip((GPT, QWEN), unknown, strict=True))
    kept = [row for row in rows["model_capabilities"] if (row["model_id"], row["capability"]) not in lost]
    page = make_page(rows | {"model_capabilities": kept})
    for place, capability in enumerate(unknown):
        check_unknown(page, place, capability)


def check_unknown(page: PairPage, place: int, capability: str) -> None:
    """The capability of one side is unknown on the page, and nothing says that it is absent."""
    cell = next(row for row in page["capabilities"] if row["capability"] == capability)["sides"][place]
    assert (cell["state"], cell["evidence"]) == ("unknown", None)
    name = page["sides"][place]["display_name"]
    label = capability.replace("_", " ")
    for row in sentences(page):
        assert not re.search(rf"{re.escape(name)} does not support[^.]*{label}", row["text"])
        assert not re.search(rf"{label}[^.]*{re.escape(name)} does not\b", row["text"])
    matrix = render_text(lay_out_pair(page)).partition("\nHow each capability is known\n")[2]
    line = next(line for line in matrix.splitlines() if line.lower().startswith(label))
    assert "unknown" in line
    assert not re.search(r"\bno\b.*\bno\b", line)


MODEL_FIELDS = (
    "released_date", "context_tokens", "max_output_tokens", "architecture", "license_spdx", "license_class",
    "is_open_weights", "knowledge_cutoff_date", "input_modalities",
)  # fmt: skip
PRICES: Row = dict.fromkeys(
    ("input_usd_per_mtok", "output_usd_per_mtok", "blended_3to1_usd_per_mtok", "price_source_id", "price_capture_id",
     "price_observed_at")
) | {"eligible": False, "ineligible_reason": "price_missing", "price_missing_reason": "not_listed"}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "where", "unknown"),
    [
        ("models", {}, dict.fromkeys(MODEL_FIELDS)),
        ("offers", {}, PRICES),
        ("offers", {"provider_id": "groq"}, PRICES),
        ("offers", {}, {"context_tokens": None, "quantization": None}),
        ("offers", {}, {"operator_id": "unspecified"}),
        ("offers", {}, {"offer_status": "stale", "eligible": False}),
        ("model_capabilities", {}, {"state": "unknown", "fact_id": None, "source_id": None, "capture_id": None}),
    ],
)
def test_no_sentence_cites_an_unknown(table: str, where: Row, unknown: Row) -> None:
    check_citations(make_page(change(example_rows(), table, where, **unknown)))


@pytest.mark.parametrize(
    ("of_gpt", "of_qwen"), list(zip(MODEL_FIELDS, (*MODEL_FIELDS[1:], MODEL_FIELDS[0]), strict=True))
)
def test_no_sentence_cites_a_field_that_is_unknown_for_one_side(of_gpt: str, of_qwen: str) -> None:
    rows = change(example_rows(), "models", {"model_id": GPT}, **{of_gpt: None})
    check_citations(make_page(change(rows, "models", {"model_id": QWEN}, **{of_qwen: None})))


def check_citations(page: PairPage) -> None:
    """Every sentence has evidence, and none cites an unknown."""
    for row in sentences(page):
        assert not NO_CITATION.search(row["text"]), row
        assert row["evidence"]
        assert {ref["capture_id"] for ref in row["evidence"]} <= page["captures"].keys()


def test_a_sentence_without_evidence_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="no evidence: Something is so"):
        make_sentence("guess", 0, "Something is so.", None)


def test_every_figure_of_the_page_names_its_capture(page: PairPage) -> None:
    for row in page["specs"]:
        for value, ref in zip(row["values"], row["evidence"], strict=True):
            assert (value is None) == (ref is None) or row["field"] == "lifecycle"
    for pair in page["capabilities"]:
        assert all((cell["state"] == "unknown") == (cell["evidence"] is None) for cell in pair["sides"])
    for cost in page["costs"]:
        assert all(side["cheapest"] is None or side["cheapest"]["evidence"] for side in cost["sides"])
    assert {ref["capture_id"] for ref in find_citations(page)} == {"c0ffee"}
    assert page["captures"]["c0ffee"]["url"] == "https://models.dev/api.json"


def test_freshness_has_the_oldest_and_the_newest_capture_of_each_block() -> None:
    later = SEEN.replace(day=9)
    page = make_page(change(example_rows(), "offers", {"provider_id": "groq"}, price_observed_at=later))
    rows = {row["block"]: row for row in page["freshness"]}
    assert (rows["routes"]["oldest"], rows["routes"]["newest"]) == ("2026-06-08T20:24:18Z", "2026-06-09T20:24:18Z")
    assert rows["specs"]["newest"] == "2026-06-08T20:24:18Z"


def test_neighbours_are_near_by_family_price_or_use_and_never_the_pair_itself() -> None:
    rows = example_rows()
    small = {"model_id": "openai/gpt-oss-20b", "slug": "openai--gpt-oss-20b", "display_name": "gpt-oss-20b"}
    rows["models"].append(deepcopy(rows["models"][0]) | small)
    rows["offers"].append(offer("openai/gpt-oss-20b", "groq", "groq", (0.075, 0.3)))
    related = [(row["side"], row["model_id"], row["why"]) for row in make_page(rows)["related"]]
    assert related == [(0, "openai/gpt-oss-20b", ["same_family"])]


def test_outcomes_of_a_page_are_those_of_the_row(page: PairPage) -> None:
    record = dict(page["record"])
    for row in page["decisions"]:
        assert row["outcome"] == record[f"outcome_{row['scenario_id']}"]
        assert row["reason"] == record[f"outcome_reason_{row['scenario_id']}"]
        assert row["winner"] == {"a": 0, "b": 1}.get(row["outcome"])
