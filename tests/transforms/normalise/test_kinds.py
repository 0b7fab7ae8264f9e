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
    columns = {"task": [task], "input_modalities": [None], "output_modalities": [outputs]}
    chosen = DataFrame(columns, index=[model_id], dtype="str")
    found = classify_models(chosen, load_kind_reference()).iloc[0]
    assert (found["kind"], bool(found["is_text_generating"])) == (kind, in_pairs)


@pytest.mark.parametrize(
    ("model_id", "kind"),
    [
        # stood in pairs on 2026-05-18: hosts list them with text output, or as chat
        ("meta-llama/esmfold", "other"), ("meta-llama/esm2-650m", "other"), ("meta-llama/m2m100-1.2b", "other"),
        ("meta-llama/bart-large-cnn", "other"), ("huggingface/distilbert-sst-2", "other"),
        ("ai4bharat/indictrans2-en-indic-1b", "other"), ("ibm-granite/granite-ttm-512-96-r2", "other"),
        ("nvidia/gliner-pii", "other"), ("nvidia/usdvalidate", "other"), ("pipecat-ai/smart-turn-v2", "other"),
        ("qwen/tongyi-intent-detect-v3", "other"), ("nvidia/active-speaker-detection", "other"),
        ("ibm-granite/granite-guardian-3-3-8b", "guard"), ("qwen/qwen3guard-gen-0.6b", "guard"),
        ("nvidia/nemotron-3-content-safety", "guard"), ("nvidia/nemotron-content-safety-reasoning-4b", "guard"),
        ("allenai/olmocr-7b-0725", "ocr"), ("baidu/paddleocr-vl-1.5", "ocr"),
        ("nvidia/nv-embedcode-7b-v1", "embedding"), ("sentence-transformers/all-mini-lm-l6-v2", "embedding"),
        ("sentence-transformers/multi-qa-mpnet-base-dot-v1", "embedding"), ("voyage/voyage-4-large", "embedding"),
        ("nvidia/studiovoice", "audio"), ("nvidia/nemotron-voicechat", "audio"),
        ("google/gemini-live-2.5-flash", "audio"), ("google/gemini-2.5-flash-native-audio", "audio"),
        # names of the same kinds that no list had
        ("acme/modernbert-large", "other"), ("deepmind/alphafold3", "other"), ("acme/toxicity-classifier-v2", "other"),
        ("acme/wildguard-7b", "guard"), ("acme/docling-ocr2-7b", "text"), ("acme/lightonocr-1b", "ocr"),
        ("acme/embedgemma-2", "embedding"), ("acme/bge-reranker-v3", "rerank"),
        ("acme/whisperx-large", "transcription"),
        # words that resemble them
        ("nousresearch/chronos-hermes-13b-v2", "text"), ("google/code-bison", "text"), ("acme/democracy-7b", "text"),
        ("snorkel/snorkel-mistral-7b-pairrm-dpo", "text"), ("openai/gpt-4o-audio-preview", "text"),
    ],
)  # fmt: skip
def test_a_name_keeps_models_that_answer_no_prompt_out_of_pairs(model_id: str, kind: str) -> None:
    columns = {"task": ["chat"], "input_modalities": ["text"], "output_modalities": ["text"]}
    found = classify_models(DataFrame(columns, index=[model_id], dtype="str"), load_kind_reference()).iloc[0]
    assert (found["kind"], bool(found["is_text_generating"])) == (kind, kind == "text")


@pytest.mark.parametrize(
    ("inputs", "task", "kind"),
    [
        ("video", None, "other"),  # nvidia/bevformer, sparsedrive, streampetr (2026-05-18)
        ("audio", "chat", "transcription"),  # qwen3-omni-30b-a3b-captioner
        ("image;text", None, "text"),
        (None, "chat", "text"),
        ("text", "fill-mask", "other"),  # labels of Hugging Face
        ("text", "text-classification", "other"),
        ("text", "translation", "other"),
        ("text", "sentence-similarity", "embedding"),
    ],
)
def test_inputs_without_text_and_task_labels_decide_for_a_name_that_says_nothing(
    inputs: str | None, task: str | None, kind: str
) -> None:
    columns = {"task": [task], "input_modalities": [inputs], "output_modalities": ["text"]}
    found = classify_models(DataFrame(columns, index=["acme/plain-1"], dtype="str"), load_kind_reference()).iloc[0]
    assert (found["kind"], bool(found["is_text_generating"])) == (kind, kind == "text")
