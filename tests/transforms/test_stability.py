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
    return rows


def capture_anew(rows: list[SourceRow], random: Random, now: pd.Timestamp) -> list[SourceRow]:
    """The same rows in another order, each source captured at another second."""
    times = {source: now + pd.Timedelta(seconds=random.randrange(3_600)) for source in {row.source for row in rows}}
    stamps = {source: {"captured_at": time, "capture_id": str(time)} for source, time in times.items()}
    anew = [replace(row, model=row.model | stamps[row.source], offer=row.offer | stamps[row.source]) for row in rows]
    random.shuffle(anew)
    return anew


@pytest.mark.parametrize("seed", range(3))
def test_unchanged_sources_change_nothing(seed: int) -> None:
    random = Random(seed)  # noqa: S311 (shuffles test data)
    runs = PlantedRuns()
    first = runs.add(*capture_anew(list_rows(), random, AS_OF))
    second = runs.add(*capture_anew(list_rows(), random, AS_OF + pd.Timedelta(days=1)))
    assert runs.changes.empty, runs.changes.to_string()
    pd.testing.assert_frame_equal(second["price_history"], first["price_history"])


def test_the_first_run_does_not_depend_on_times_or_order() -> None:
    published = []
    for seed in range(3):
        tables = PlantedRuns().add(*capture_anew(list_rows(), Random(seed), AS_OF))  # noqa: S311 (shuffles test data)
        facts = tables["facts"].query("is_chosen")
        published.append(dict(zip(facts["subject_id"] + " " + facts["field"], facts["value"], strict=True)))
    assert published[0] == published[1] == published[2]
