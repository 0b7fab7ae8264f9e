"""Runs over unchanged sources change nothing, whatever the capture times, the order of sources and of entries."""

from dataclasses import replace
from random import Random
from typing import Any

import pandas as pd
import pytest

from tests.transforms.frames import AS_OF
from tests.transforms.planted_runs import PlantedRuns, SourceRow

MODEL = "openai/gpt-oss-120b"
TEXT = {"task": "chat", "output_modalities": ["text"], "hugging_face_id": MODEL, "developer": "openai"}


def list_rows() -> list[SourceRow]:
    """Claims on one model and its offers in which every field has two equally supported values."""
    rows = []
    for number, (source, provider) in enumerate(
        [("models_dev", "groq"), ("litellm", "groq"), ("models_dev", "novita"), ("litellm", "novita")]
    ):
        odd = bool(number % 2)
        model: dict[str, Any] = {
            **TEXT,
            "name": "GPT OSS" if odd else "gpt-oss",
            "released": "2025-08-06" if odd else "2025-08-05",
            "context_tokens": 131_000 if odd else 131_072,
            "max_output_tokens": 32_768 if odd else 65_536,
            "license": "MIT" if odd else "Apache-2.0",
            "input_modalities": ["text"],
        }
        offer = {"context_tokens": model["context_tokens"], "status": "beta" if odd else None}
        flags = {"tools": not odd, "reasoning": odd}
        price = "0.16" if odd else "0.15"
        rows.append(
            SourceRow(source=source, key=MODEL, provider=provider, input=price, model=model, offer=offer, flags=flags)
        )
    return rows + list_price_rows()


def list_price_rows() -> list[SourceRow]:
    """Contradicting prices of one offer: a copy, the provider's own page, and the same provider's live endpoints."""
    endpoint: dict[str, Any] = {"operator_key": "Together", "route_kind": "via_aggregator", "discount": "0"}
    row = SourceRow(source="models_dev", key=MODEL, provider="togetherai", model=TEXT)
    live = replace(row, source="openrouter_endpoints", provider="openrouter", input="0.16")
    return [
        replace(row, input="0.17"),
        replace(row, source="litellm", provider="together_ai", input="0.18"),
        replace(live, offer=endpoint | {"route_tag": "together"}),
        replace(live, offer=endpoint | {"route_tag": "together/fp8"}),
        replace(row, provider="openrouter", input="0.2"),
        replace(live, source="openrouter", input="0.14", offer={"route_kind": "aggregate"}),
    ]


def capture_anew(rows: list[SourceRow], random: Random, now: pd.Timestamp) -> list[SourceRow]:
    """The same rows in another order, each source captured at another second."""
    times = {source: now + pd.Timedelta(seconds=random.randrange(3_600)) for source in {row.source for row in rows}}
    stamps = {source: {"captured_at": time, "capture_id": str(time)} for source, time in times.items()}
    anew = [replace(row, model=row.model | stamps[row.source], offer=row.offer | stamps[row.source]) for row in rows]
    random.shuffle(anew)
    return anew


SEEDS = range(3)


@pytest.fixture(scope="module")
def firsts() -> dict[int, PlantedRuns]:
    """A first run for each seed: the same rows in another order, captured at other seconds; not to be added to."""
    found = {seed: PlantedRuns() for seed in SEEDS}
    for seed, runs in found.items():
        runs.add(*capture_anew(list_rows(), Random(seed), AS_OF))  # noqa: S311 (shuffles test data)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_unchanged_sources_change_nothing(seed: int, firsts: dict[int, PlantedRuns]) -> None:
    runs = replace(firsts[seed])
    random = Random(seed + len(SEEDS))  # noqa: S311 (shuffles test data)
    second = runs.add(*capture_anew(list_rows(), random, AS_OF + pd.Timedelta(days=1)))
    assert runs.changes.empty, runs.changes.to_string()
    pd.testing.assert_frame_equal(second["price_history"], firsts[seed].tables["price_history"])


def test_the_first_run_does_not_depend_on_times_or_order(firsts: dict[int, PlantedRuns]) -> None:
    published = []
    for runs in firsts.values():
        facts = runs.tables["facts"].query("is_chosen")
        published.append(dict(zip(facts["subject_id"] + " " + facts["field"], facts["value"], strict=True)))
    assert published[0] == published[1] == published[2]
    assert published[0][f"togetherai/togetherai/{MODEL.replace('/', '%2F')}/-/standard input_usd_per_mtok"] == "0.16"


def test_a_price_page_that_is_read_seldom_changes_nothing() -> None:
    """The provider's page stays the first-hand evidence while its endpoint repeats an older contradiction."""
    random = Random(0)  # noqa: S311 (shuffles test data)
    page = SourceRow(source="together", key=MODEL, provider="togetherai", input="0.19", model=TEXT)
    page = replace(page, offer={"captured_at": AS_OF}, model=TEXT | {"captured_at": AS_OF})
    runs = PlantedRuns()
    first = runs.add(page, *capture_anew(list_price_rows(), random, AS_OF))
    for day in (1, 2):
        last = runs.add(page, *capture_anew(list_price_rows(), random, AS_OF + pd.Timedelta(days=day)))
        assert runs.changes.empty, runs.changes.to_string()
    pd.testing.assert_frame_equal(last["price_history"], first["price_history"])
    offers = last["offers"].set_index("offer_id")
    row = offers.loc[f"togetherai/togetherai/{MODEL.replace('/', '%2F')}/-/standard"]
    assert (row["input_usd_per_mtok"], row["price_source_id"]) == (0.19, "together")
