"""models.dev lab models: what each developer's model is, with benchmark results and where they were published.

Page: JSON object, a model by key ("lab/model").
Units: scores in percent where `metric` starts with "percent", else unstated.
Traps:
- `variant` is an effort, or the agent that ran the model (Claude Code, Terminus-2).
- Who stands behind a result follows from the host of its page; openrouter.ai shows Artificial Analysis' figures, and
  pages of labs state results of other labs' models too.
- A model may name several repositories of weights; the further ones hold other number formats.
"""

from collections.abc import Iterator, Mapping
from typing import Literal
from urllib.parse import urlsplit

from llmpairs.spiders.catalogues.models_dev import CAPABILITY_FLAGS
from llmpairs.spiders.items import Item, ModelClaim, ScoreClaim
from llmpairs.spiders.json_entries import Entry, pointer, read_entries, read_object
from llmpairs.spiders.page import Finding, Page, Parsers

Evaluator = Literal["lab_claimed", "third_party"]
PUBLISHERS: Mapping[str, Evaluator] = {
    # They ran the benchmark themselves, or show the figures of those who did.
    "aider.chat": "third_party",
    "artificialanalysis.ai": "third_party",
    "labs.scale.com": "third_party",
    "openrouter.ai": "third_party",
    "www.swebench.com": "third_party",
    # Pages of labs: cards, announcements, papers.
    "arxiv.org": "lab_claimed",
    "console.sakana.ai": "lab_claimed",
    "huggingface.co": "lab_claimed",
    "mistral.ai": "lab_claimed",
    "www.anthropic.com": "lab_claimed",
}
"""Evaluator class of a result, by the host of the page that models.dev names (all hosts of 2026-07-01)."""
EFFORTS = frozenset({"minimal", "low", "medium", "high", "xhigh", "max"})
HUGGING_FACE = "https://huggingface.co/"
MODEL_KEYS = frozenset(
    {
        *CAPABILITY_FLAGS, "id", "name", "family", "release_date", "last_updated", "knowledge", "modalities",
        "open_weights", "limit", "status", "weights", "license", "links", "benchmarks",
    }
)  # fmt: skip
LIMIT_KEYS = frozenset({"context", "input", "output"})
RESULT_KEYS = frozenset({"name", "score", "metric", "source", "date", "harness", "variant", "dataset", "version"})


def parse_models(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim for every lab model and a ScoreClaim for every result."""
    models = read_object(page)
    entries = [(pointer(key), value) for key, value in models.fields.items()]
    yield from read_entries(page, entries, _parse_model)


def _parse_model(model: Entry) -> Iterator[Item | Finding]:
    key = model.required_text("id")
    limit, modalities = model.section("limit"), model.section("modalities")
    yield ModelClaim(
        provider_key=None,
        model_key=key,
        locator=model.locator,
        name=model.text("name"),
        developer=key.partition("/")[0],
        family=model.text("family"),
        released=model.text("release_date"),
        knowledge_cutoff=model.text("knowledge"),
        context_tokens=limit.positive_count("context"),
        max_output_tokens=limit.positive_count("output"),
        license=model.text("license"),
        open_weights=model.flag("open_weights"),
        hugging_face_id=_find_repository(model),
        input_modalities=modalities.text_list("input"),
        output_modalities=modalities.text_list("output"),
        capabilities=model.flags(CAPABILITY_FLAGS),
        status=model.text("status"),
    )
    yield from model.unknown_keys(MODEL_KEYS)
    yield from limit.unknown_keys(LIMIT_KEYS, "limit.")
    for result in model.inner_list("benchmarks"):
        yield from _parse_result(result, key)


def _find_repository(model: Entry) -> str | None:
    """The first Hugging Face repository that is named for the weights."""
    for weights in model.inner_list("weights"):
        url = weights.text("url") or ""
        if url.startswith(HUGGING_FACE):
            return url.removeprefix(HUGGING_FACE).rstrip("/")
    return None


def _parse_result(result: Entry, key: str) -> Iterator[Item | Finding]:
    variant, host = result.text("variant"), urlsplit(result.text("source") or "").hostname or ""
    is_effort = variant is not None and variant.lower() in EFFORTS
    metric, value = result.text("metric"), result.amount("score")
    if host not in PUBLISHERS:
        text = f"the evaluator of results published at {host or 'no page'} is unknown"
        yield Finding(kind="remark", locator=result.locator, text=text)
    if value is not None:
        yield ScoreClaim(
            model_key=key,
            locator=result.locator,
            benchmark=result.required_text("name"),
            metric=metric or "unstated",
            value=value,
            unit="percent" if metric and metric.startswith("percent") else "unstated",
            version=", ".join(filter(None, [result.text("version"), result.text("dataset")])) or None,
            harness=result.text("harness") or (None if is_effort else variant),
            effort=variant if is_effort or result.text("harness") else None,
            evaluator_class=PUBLISHERS.get(host),
            evaluated_on=result.text("date"),
        )
    yield from result.unknown_keys(RESULT_KEYS, "benchmarks.")


PARSERS: Parsers = {"models": parse_models}
