"""Every source's hand-written sample, replayed through a WARC and the real spiders."""

import json
from pathlib import Path
from typing import Any

import pytest

from llmpairs.spiders.archive import parse_timestamp, verify_archive
from llmpairs.spiders.registry import SOURCES
from llmpairs.spiders.samples import build_frozen_archive, list_frozen
from tests.spiders.conftest import PROVENANCE, ROOT, Crawled

FROZEN = ROOT / "spiders" / "frozen"
AS_OF = parse_timestamp("2026-05-15T23:59:00Z")


def strip_provenance(crawled: Crawled, source_id: str) -> list[dict[str, Any]]:
    """Landed lines without their provenance."""
    lines = crawled.landed(source_id)
    return [{name: value for name, value in line.items() if name not in PROVENANCE} for line in lines]


def offer(crawled: Crawled, source_id: str, key: str, **wanted: str) -> dict[str, Any]:
    """The one landed offer of a key that has the wanted fields."""
    found = [
        line
        for line in crawled.landed(source_id)
        if line["kind"] == "offer"
        and line["model_key"] == key
        and all(line.get(name) == value for name, value in wanted.items())
    ]
    assert len(found) == 1, f"{len(found)} offers of {key} with {wanted}"
    return found[0]


def prices(line: dict[str, Any]) -> dict[tuple[str, int], str]:
    """Printed amount by use and prompt length, as "amount per N unit"."""
    return {
        (quote["use"], quote["min_prompt_tokens"]): f"{quote['amount']} per {quote['per']} {quote['unit']}"
        for quote in line["prices"]
    }


@pytest.mark.parametrize("source_id", SOURCES)
def test_a_sample_lands_what_is_expected(frozen_crawl: Crawled, source_id: str) -> None:
    assert source_id in list_frozen(), f"spiders/frozen/{source_id}/page.json is missing"
    expected = FROZEN / source_id / "expected.json"
    assert strip_provenance(frozen_crawl, source_id) == json.loads(expected.read_text("utf-8"))


@pytest.mark.parametrize("source_id", SOURCES)
def test_a_sample_leaves_its_source_in_good_health(frozen_crawl: Crawled, source_id: str) -> None:
    health = frozen_crawl.health(source_id)
    assert (health["state"], health["cause"]) == ("ok", "ok")
    assert health["unknown_keys"] == {}
    assert health["rejected_entries"] == 0
    assert health["sample"] is True


def test_every_landed_line_names_the_bytes_it_was_read_from(frozen_crawl: Crawled) -> None:
    for source_id in SOURCES:
        known = {row["capture_id"]: row for row in frozen_crawl.captures(source_id)}
        for line in frozen_crawl.landed(source_id):
            row = known[line["capture_id"]]
            assert (line["url"], line["captured_at"], line["source_id"]) == (row["url"], row["captured_at"], source_id)


def test_the_archive_of_the_samples_is_the_same_every_time(tmp_path: Path) -> None:
    first = build_frozen_archive(tmp_path / "a", run_id="r", as_of=AS_OF)
    second = build_frozen_archive(tmp_path / "b", run_id="r", as_of=AS_OF)
    for path in sorted(first.iterdir()):
        assert path.read_bytes() == (second / path.name).read_bytes()
    assert verify_archive(first) == []


def test_a_whole_catalogue_takes_the_place_of_its_sample(tmp_path: Path) -> None:
    archive = build_frozen_archive(tmp_path, run_id="r", as_of=AS_OF, models_dev=b'{"x": {}}')
    from llmpairs.spiders.archive import Archive

    found = Archive([archive])
    capture, late = found.find("GET", "https://models.dev/api.json", b"", as_of=AS_OF, accepts_late=False)
    assert found.read(capture, late).body == b'{"x": {}}'
    assert capture.sample is False


# Prices that are easily misread, by hand: expected files alone are accepted unread.


def test_printed_decimals_survive(frozen_crawl: Crawled) -> None:
    assert prices(offer(frozen_crawl, "openrouter", "openai/gpt-oss-120b")) == {
        ("input", 0): "0.000000039 per 1 token",
        ("output", 0): "0.00000018 per 1 token",
    }
    assert prices(offer(frozen_crawl, "models_dev", "openai/gpt-oss-120b", provider_key="openrouter")) == {
        ("input", 0): "0.039 per 1000000 token",
        ("output", 0): "0.18 per 1000000 token",
    }
    databricks = prices(offer(frozen_crawl, "litellm", "databricks/databricks-gpt-oss-120b"))
    assert databricks["input", 0] == "1.5000999999999998e-07 per 1 token"


def test_zero_is_landed_as_zero_and_free_only_where_stated(frozen_crawl: Crawled) -> None:
    qwen = offer(frozen_crawl, "models_dev", "Qwen/Qwen3.5-4B")
    assert prices(qwen)["input", 0] == "0 per 1000000 token"
    assert "is_free" not in qwen
    free = offer(frozen_crawl, "openrouter", "openai/gpt-oss-120b:free")
    assert (prices(free)["input", 0], free["is_free"]) == ("0 per 1 token", True)


def test_no_price_is_no_price(frozen_crawl: Crawled) -> None:
    assert offer(frozen_crawl, "models_dev", "fal-ai/fast-sdxl")["prices"] == []
    fireworks = offer(frozen_crawl, "huggingface_router", "openai/gpt-oss-120b", provider_key="fireworks-ai")
    assert fireworks["prices"] == []
    assert "is_free" not in fireworks


def test_a_varying_price_stays_as_printed(frozen_crawl: Crawled) -> None:
    assert prices(offer(frozen_crawl, "openrouter", "openrouter/auto"))["input", 0] == "-1 per 1 token"


def test_an_error_of_the_source_is_landed_and_checked_later(frozen_crawl: Crawled) -> None:
    wandb = offer(frozen_crawl, "litellm", "wandb/openai/gpt-oss-120b")
    assert prices(wandb)["input", 0] == "0.015 per 1 token"


def test_long_prompts_have_their_own_prices_once(frozen_crawl: Crawled) -> None:
    wanted = {
        ("input", 0): "5 per 1000000 token",
        ("output", 0): "30 per 1000000 token",
        ("cache_read", 0): "0.5 per 1000000 token",
        ("input", 272_000): "10 per 1000000 token",
        ("output", 272_000): "45 per 1000000 token",
        ("cache_read", 272_000): "1 per 1000000 token",
    }
    assert prices(offer(frozen_crawl, "models_dev", "gpt-5.5", service_tier="standard")) == wanted
    grok = prices(offer(frozen_crawl, "litellm", "xai/grok-4-fast-reasoning"))
    assert grok["output", 128_000] == "1e-06 per 1 token"
    qwen = prices(offer(frozen_crawl, "litellm", "dashscope/qwen3-coder-flash"))
    assert (qwen["input", 0], qwen["input", 32_000]) == ("3e-07 per 1 token", "5e-07 per 1 token")


def test_tiers_of_service_are_offers_of_their_own(frozen_crawl: Crawled) -> None:
    found = {
        tier: prices(offer(frozen_crawl, "litellm", "gpt-5.5", service_tier=tier))["input", 0]
        for tier in ("standard", "batch", "flex", "priority")
    }
    assert found == {
        "standard": "5e-06 per 1 token",
        "batch": "2.5e-06 per 1 token",
        "flex": "2.5e-06 per 1 token",
        "priority": "1e-05 per 1 token",
    }
    fast = prices(offer(frozen_crawl, "models_dev", "gpt-5.5", service_tier="fast"))
    assert fast["output", 0] == "75 per 1000000 token"


def test_other_units_keep_their_names(frozen_crawl: Crawled) -> None:
    assert prices(offer(frozen_crawl, "litellm", "whisper-1"))["input", 0] == "0.0001 per 1 second"
    assert prices(offer(frozen_crawl, "litellm", "dall-e-3"))["input_image", 0] == "0.04 per 1 image"
    assert prices(offer(frozen_crawl, "zenmux", "anthropic/claude-opus-4.7"))["web_search", 0] == "0.01 per 1 count"


def test_of_two_prices_without_a_condition_the_higher_counts(frozen_crawl: Crawled) -> None:
    flash = prices(offer(frozen_crawl, "zenmux", "qwen/qwen3.5-flash"))
    assert flash["cache_read", 0] == "0.02 per 1000000 token"
    remarks = [remark["text"] for remark in frozen_crawl.health("zenmux")["remarked"]]
    assert "cache_read 0.01 is left out beside 0.02" in remarks


def test_of_prices_by_the_answers_length_the_longest_counts(frozen_crawl: Crawled) -> None:
    glm = prices(offer(frozen_crawl, "zenmux", "z-ai/glm-4.7"))
    assert (glm["output", 0], glm["output", 32_000]) == ("2.038 per 1000000 token", "2.3291 per 1000000 token")


def test_routes_of_one_tag_are_told_apart(frozen_crawl: Crawled) -> None:
    key = "qwen/qwen3-235b-a22b-2507"
    first = offer(frozen_crawl, "openrouter_endpoints", key, route_tag="google-vertex/us-south1")
    second = offer(frozen_crawl, "openrouter_endpoints", key, route_tag="google-vertex/us-south1#2")
    assert prices(first)["input", 0] == "0.00000022 per 1 token"
    assert prices(second)["input", 0] == "0.00000025 per 1 token"
    assert frozen_crawl.health("openrouter_endpoints")["remarks"] == 2


def test_files_are_not_pictures(frozen_crawl: Crawled) -> None:
    nvidia = offer(frozen_crawl, "models_dev", "openai/gpt-oss-120b", provider_key="nvidia")
    assert ["attachment", True] in nvidia["capabilities"]
    assert nvidia["input_modalities"] == ["text"]
    assert not any(word == "vision" for word, _ in nvidia["capabilities"])


def test_a_repeated_entry_that_does_not_contradict_itself_is_one(frozen_crawl: Crawled) -> None:
    minimax = offer(frozen_crawl, "litellm", "minimax.minimax-m2.5")
    assert ["reasoning", True] in minimax["capabilities"]


def test_cards_declare_the_licences_of_both_example_models(frozen_crawl: Crawled) -> None:
    licences = {
        line["model_key"]: line["license"]
        for line in frozen_crawl.landed("huggingface_cards")
        if line["locator"] == "front-matter" and "license" in line
    }
    assert licences.items() >= {"openai/gpt-oss-120b": "apache-2.0", "Qwen/Qwen3.5-4B": "apache-2.0"}.items()
