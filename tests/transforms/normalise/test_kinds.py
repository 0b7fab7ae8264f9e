import pytest
from pandas import DataFrame

from llmpairs.transforms.normalise.kinds import classify_models, load_kind_reference


@pytest.mark.parametrize(
    ("model_id", "task", "outputs", "kind", "in_pairs"),
    [
        ("openai/gpt-oss-120b", "chat", "text", "text", True),
        ("openai/gpt-oss-120b", None, "text", "text", True),
        ("openai/gpt-oss-120b", "chat", None, "text", True),
        ("openai/gpt-oss-safeguard-20b", "chat", "text", "guard", False),
        ("meta-llama/llama-guard-4-12b", "chat", "text", "guard", False),
        ("google/gemini-2.5-flash-image", "chat", "image;text", "image", False),
        ("openai/text-embedding-3-large", "embedding", None, "embedding", False),
        ("qwen/qwen3-reranker-8b", "chat", "text", "rerank", False),
        ("openai/whisper-large-v3", None, "text", "transcription", False),
        ("mistralai/mistral-ocr-2505", "chat", "text", "ocr", False),
        ("openrouter/auto", None, "text", "router", False),
        ("google/veo-3.1", None, "video", "video", False),
        ("x/unheard-of", None, None, "unknown", False),
    ],
)
def test_only_text_by_chat_or_completion_stands_in_pairs(
    model_id: str, task: str | None, outputs: str | None, kind: str, in_pairs: bool
) -> None:
    chosen = DataFrame({"task": [task], "output_modalities": [outputs]}, index=[model_id], dtype="str")
    found = classify_models(chosen, load_kind_reference()).iloc[0]
    assert (found["kind"], bool(found["is_text_generating"])) == (kind, in_pairs)
