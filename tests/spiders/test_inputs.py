import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from llmpairs.spiders.inputs import Inputs, InputsError, collect_inputs, load_inputs


def land(folder: Path, source_id: str, *lines: dict[str, Any]) -> None:
    with gzip.open(folder / f"{source_id}.jsonl.gz", "wt", encoding="utf-8") as stream:
        for line in lines:
            stream.write(json.dumps({"kind": "model", "source_id": source_id, **line}) + "\n")


def test_the_first_wave_names_what_the_second_requests(tmp_path: Path) -> None:
    land(
        tmp_path,
        "openrouter",
        {"model_key": "openai/gpt-oss-120b:free", "hugging_face_id": "openai/gpt-oss-120b"},
        {"model_key": "~openai/gpt-mini-latest", "status": "alias"},
        {"model_key": "../../etc/passwd", "hugging_face_id": "../secret"},
    )
    land(
        tmp_path,
        "models_dev",
        {"provider_key": "siliconflow-cn", "model_key": "Qwen/Qwen3.5-4B"},
        {"provider_key": "openai", "model_key": "Not/ARepository"},
        {"provider_key": "chutes", "model_key": "openai/gpt-oss-120b-TEE"},
    )
    assert collect_inputs(tmp_path) == Inputs(
        openrouter_model_ids=("openai/gpt-oss-120b:free",),
        hugging_face_repos=("Qwen/Qwen3.5-4B", "openai/gpt-oss-120b"),
    )


def test_a_late_capture_names_nothing(tmp_path: Path) -> None:
    """A benchmark of 2026-07-01 used for a run of May names repositories that did not exist in May."""
    repo = {"model_key": "lab/m", "hugging_face_id": "lab/M"}
    land(tmp_path, "models_dev_lab", {**repo, "late": True}, {**repo, "hugging_face_id": "lab/N", "late": False})
    assert collect_inputs(tmp_path).hugging_face_repos == ("lab/N",)


def test_inputs_come_back_as_written(tmp_path: Path) -> None:
    inputs = Inputs(openrouter_model_ids=("a/b:free",), hugging_face_repos=("A/b.c",))
    inputs.write(tmp_path / "inputs.json")
    assert load_inputs(tmp_path / "inputs.json") == inputs


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{",
        '{"hugging_face_repos": ["../x"]}',
        '{"hugging_face_repos": ["a/b/c"]}',
        '{"hugging_face_repos": ["a/.."]}',
        '{"hugging_face_repos": ["a/b?x=1"]}',
        '{"openrouter_model_ids": ["a/b/../../x"]}',
        '{"openrouter_model_ids": [7]}',
        '{"repos": []}',
    ],
)
def test_names_that_fit_no_address_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "inputs.json"
    path.write_text(content)
    with pytest.raises(InputsError, match=r"inputs\.json"):
        load_inputs(path)
