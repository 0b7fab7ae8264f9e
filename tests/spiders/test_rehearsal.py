"""A crawl against the loopback internet with TLS: what is refused, what is kept, and what never leaves the crawl."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.rehearsal.faults import FAULTS
from bench.rehearsal.server import Internet, serve
from bench.rehearsal.world import World, open_pages
from llmpairs.spiders.archive import Archive
from llmpairs.spiders.registry import SOURCES
from tests.spiders.conftest import Crawled, crawl_into

KEY = "planted-key-of-a-source-0123456789"
QUICK = {"HOST_DELAY_SECONDS": 0, "DOWNLOAD_TIMEOUT": 1, "BACKOFF_FIRST_DELAY": 0.01, "HOST_BUDGET_SECONDS": 4}
EXPECTED = {
    "zenmux": ("failed", "unreachable"),
    "huggingface_router": ("failed", "timed_out"),
    "deepinfra": ("failed", "timed_out"),
    "novita": ("failed", "timed_out"),
    "chutes": ("failed", "timed_out"),
    "livebench": ("failed", "timed_out"),
    "nvidia_nim": ("failed", "cut_short"),
    "vercel_gateway": ("failed", "cut_short"),
    "bedrock": ("failed", "cut_short"),
    "cloudflare": ("failed", "cut_short"),
    "azure": ("failed", "cut_short"),
    "together": ("failed", "rate_limited"),
    "groq": ("failed", "failed"),
    "openai": ("failed", "blocked"),
    "mistral": ("failed", "blocked"),
    "fireworks": ("failed", "too_large"),
    "deepseek": ("failed", "moved"),
    "anthropic_models": ("failed", "moved"),
    "openai_models": ("failed", "moved"),
    "google_ai_studio": ("failed", "bad_certificate"),
    "google_ai_studio_models": ("failed", "bad_certificate"),
    "vertex_ai": ("failed", "bad_certificate"),
    "models_dev": ("failed", "blocked"),
}
"""State and cause of each source whose fault leaves nothing; of the others in FAULTS some items are read."""


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    archive: Archive = open_pages(tmp_path_factory.mktemp("pages"), None)
    keys = {source.id: f"{KEY}-{source.id}" for source in SOURCES.values() if source.key_env}
    with serve(World(archive, FAULTS, keys)) as running:
        yield running


@pytest.fixture(scope="module")
def crawled(internet: Internet, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    out = tmp_path_factory.mktemp("crawl")
    settings = [text for name, value in QUICK.items() for text in ("--set", f"{name}={value}")]
    keys = {SOURCES[source].key_env or "": key for source, key in internet.world.keys.items()}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**internet.environment(), **keys}.items():
            patch.setenv(name, value)
        return crawl_into(
            out,
            *(
                "--sources",
                ",".join([*FAULTS, "anthropic_deprecations"]),
                "--as-of",
                "2026-05-18T23:59:00Z",
                "--run-id",
                "r1",
            ),
            *settings,
        )


@pytest.mark.parametrize("source_id", EXPECTED)
def test_a_fault_has_its_cause(crawled: Crawled, source_id: str) -> None:
    health = crawled.health(source_id)
    assert (health["state"], health["cause"]) == EXPECTED[source_id], health["detail"]


@pytest.mark.parametrize("source_id", sorted(FAULTS.keys() - EXPECTED.keys()))
def test_a_fault_that_passes_costs_nothing(crawled: Crawled, source_id: str) -> None:
    health = crawled.health(source_id)
    assert health["items"] > 0, health["detail"]


def test_pages_that_a_crawl_delay_leaves_no_time_for_are_skipped(crawled: Crawled) -> None:
    health = crawled.health("anthropic_deprecations")
    assert health["cause"] == "timed_out", crawled.errors
    assert "robots.txt asks for 3600 s" in health["detail"]


def test_no_request_leaves_its_origin_or_travels_without_tls(internet: Internet, crawled: Crawled) -> None:
    assert crawled.code == 0
    assert internet.world.violations == []


def test_the_key_is_in_no_file_of_the_crawl(crawled: Crawled) -> None:
    planted = KEY.encode()
    assert planted not in crawled.errors.encode()
    assert [str(path) for path in sorted(crawled.out.rglob("*")) if path.is_file() and planted in unpack(path)] == []
    assert b"REDACTED" in unpack(crawled.out / "archive" / "xai.warc.gz")


def unpack(path: Path) -> bytes:
    """The content of a file, unpacked where it is gzip; an answer that repeated a key is stored without packing."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def test_pages_of_a_host_without_robots_txt_are_not_requested(internet: Internet, crawled: Crawled) -> None:
    assert crawled.code == 0
    asked = {url for url, _ in internet.world.asked}
    assert not any(url.startswith("https://models.dev/") and not url.endswith("/robots.txt") for url in asked)
