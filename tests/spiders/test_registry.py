import ast
import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from llmpairs.spiders.base import find_spider
from llmpairs.spiders.items import ModelClaim, OfferClaim, ScoreClaim
from llmpairs.spiders.registry import SOURCES, source_rows


@pytest.mark.parametrize("source_id", SOURCES)
def test_every_page_of_a_source_has_a_parser(source_id: str) -> None:
    assert set(find_spider(source_id).parsers) == set(SOURCES[source_id].urls)


@pytest.mark.parametrize("source_id", SOURCES)
def test_every_page_of_a_source_is_known_by_its_address(source_id: str) -> None:
    source = SOURCES[source_id]
    for page, template in source.urls.items():
        url = template.format(model="openai/gpt-oss-120b:free", repo="openai/gpt-oss-120b")
        assert source.page_at(url) == page
    assert source.page_at("https://elsewhere.example/") is None


@pytest.mark.parametrize(
    ("source_id", "url"),
    [
        (
            "anthropic",
            "https://web.archive.org/web/20260301id_/https://platform.claude.com/docs/en/about-claude/pricing",
        ),
        ("anthropic", "http://docs.claude.com/docs/about-claude/pricing.md/"),
        ("fireworks", "https://www.docs.fireworks.ai/en-us/serverless/pricing#models"),
        ("google_ai_studio", "https://ai.google.dev/gemini-api/docs/pricing?hl=en"),
        ("litellm", "https://github.com/BerriAI/litellm/raw/v1/model_prices_and_context_window.json"),
        (
            "litellm",
            "https://raw.githubusercontent.com/BerriAI/litellm/refs/heads/x/model_prices_and_context_window.json",
        ),
    ],
)
def test_a_page_is_found_under_another_spelling_of_its_address(source_id: str, url: str) -> None:
    assert [each.id for each in SOURCES.values() if each.find_page(url)] == [source_id]


def test_a_page_in_another_language_is_another_page() -> None:
    assert SOURCES["deepseek"].find_page("https://api-docs.deepseek.com/zh-cn/quick_start/pricing") is None


@pytest.mark.parametrize("source_id", SOURCES)
def test_every_source_states_its_terms_and_limits(source_id: str) -> None:
    source = SOURCES[source_id]
    assert source.terms
    assert source.terms_url.startswith("https://")
    assert source.verified_note
    assert source.late_after < source.expires_after
    assert source.fewest_items >= 1


def test_only_cards_and_scores_may_be_late() -> None:
    assert SOURCES["huggingface_cards"].accepts_late
    assert not any(source.accepts_late for source in SOURCES.values() if source.kind in ("catalogue", "provider"))
    assert SOURCES["models_dev"].late_after == timedelta(hours=26)


def test_copies_of_openrouter_belong_to_its_source_group() -> None:
    groups = {
        (source_id, provider): SOURCES[source_id].lineage_of(provider)
        for source_id in ("models_dev", "litellm", "openrouter", "openrouter_endpoints")
        for provider in ("openrouter", "groq")
    }
    assert {lineage for (_, provider), lineage in groups.items() if provider == "openrouter"} == {"openrouter"}
    assert groups["models_dev", "groq"] == "models_dev"
    assert groups["litellm", "groq"] == "litellm"


def test_what_is_copied_or_filled_is_not_declared() -> None:
    models_dev = SOURCES["models_dev"]
    assert models_dev.basis_of("released", "groq") == "declared"
    assert models_dev.basis_of("released", "openrouter") == "default", "a day of listing is no release"
    assert models_dev.basis_of("max_output_tokens", "openrouter") == "default"
    assert SOURCES["openrouter"].basis_of("prices", "openrouter") == "derived"
    assert SOURCES["openrouter_endpoints"].basis_of("prices", "openrouter") == "declared"


def test_the_registry_lands_as_rows() -> None:
    rows = source_rows()
    assert [row["source_id"] for row in rows] == sorted(SOURCES)
    assert json.loads(json.dumps(rows)) == rows
    openrouter = next(row for row in rows if row["source_id"] == "openrouter")
    assert {"provider_key": "*", "field": "prices", "basis": "derived"} in openrouter["basis"]
    assert openrouter["late_after_hours"] == 26


@pytest.mark.parametrize("source_id", SOURCES)
def test_every_field_of_a_source_has_its_basis(source_id: str) -> None:
    source = SOURCES[source_id]
    claimed = {each.name for claim in (ModelClaim, OfferClaim, ScoreClaim) for each in fields(claim)}
    for bases in (source.basis, *source.basis_by_provider.values()):
        assert bases.keys() <= claimed
    assert {source.basis_of(name, None) for name in claimed} <= {"declared", "derived", "default"}


def list_asserted(module: ast.Module) -> Iterator[str]:
    """Sources that a test of the module asserts about: by their id, or by names of their spider's module."""
    modules = {
        alias.asname or alias.name: (node.module or "").rpartition(".")[2]
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for test in ast.walk(module):
        if isinstance(test, ast.FunctionDef) and any(isinstance(each, ast.Assert) for each in ast.walk(test)):
            for each in ast.walk(test):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value
                elif isinstance(each, ast.Name):
                    yield modules.get(each.id, "")


def test_every_source_has_asserts_that_were_written_by_hand() -> None:
    tests = Path(__file__).parent.glob("test_*.py")
    asserted = {each for path in tests for each in list_asserted(ast.parse(path.read_text("utf-8")))}
    lacking = sorted(SOURCES.keys() - asserted)
    assert not lacking, f"put the awkward cases of {', '.join(lacking)} into a test, by hand"


def test_a_source_is_not_asserted_by_being_imported_or_listed() -> None:
    listed = ast.parse(
        "from llmpairs.spiders.providers.groq import parse_models\nIDS = ['together']\ndef test_x(): pass"
    )
    assert set(list_asserted(listed)) == set()
    asserted = ast.parse(
        "from llmpairs.spiders.providers.groq import parse_models\n"
        "def test_x():\n    assert parse_models(offer('together'))"
    )
    assert {"groq", "together"} <= set(list_asserted(asserted))
