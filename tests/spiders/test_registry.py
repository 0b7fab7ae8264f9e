import json
from datetime import timedelta

import pytest

from spiders.base import find_spider
from spiders.registry import SOURCES, source_rows


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


@pytest.mark.parametrize("source_id", SOURCES)
def test_every_source_says_how_far_its_word_goes(source_id: str) -> None:
    source = SOURCES[source_id]
    assert source.terms
    assert source.terms_url.startswith("https://")
    assert source.verified_note
    assert source.late_after < source.expires_after
    assert source.fewest_items >= 1


def test_only_cards_and_scores_may_be_late() -> None:
    assert SOURCES["huggingface_cards"].accepts_late
    assert not any(
        source.accepts_late for source in SOURCES.values() if source.kind in ("catalogue", "provider")
    )
    assert SOURCES["models_dev"].late_after == timedelta(hours=26)


def test_copies_of_openrouter_are_openrouters_word() -> None:
    witnesses = {
        (source_id, provider): SOURCES[source_id].lineage_of(provider)
        for source_id in ("models_dev", "litellm", "openrouter", "openrouter_endpoints")
        for provider in ("openrouter", "groq")
    }
    assert {lineage for (_, provider), lineage in witnesses.items() if provider == "openrouter"} == {
        "openrouter"
    }
    assert witnesses["models_dev", "groq"] == "models_dev"
    assert witnesses["litellm", "groq"] == "litellm"


def test_what_is_copied_or_filled_is_not_declared() -> None:
    models_dev = SOURCES["models_dev"]
    assert models_dev.basis_of("released", "groq") == "declared"
    assert models_dev.basis_of("released", "openrouter") == "derived"
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
