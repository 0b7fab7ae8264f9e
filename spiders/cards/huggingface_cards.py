"""Hugging Face repositories: configuration, model card and metadata of the weights."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.cards.front_matter import read_body, read_front_matter
from llmpairs.spiders.cards.model_index import read_results
from llmpairs.spiders.cards.rope import read_context
from llmpairs.spiders.cards.sizes import read_sizes
from llmpairs.spiders.items import Item, ModelClaim
from llmpairs.spiders.json_entries import Entry, read_object
from llmpairs.spiders.page import Finding, Page, Parsers

REPOSITORY = re.compile(r"https://huggingface\.co/(?:api/models/)?([^/]+/[^/]+)(?:/raw/main/.*)?")
EXPERT_COUNTS = ("num_local_experts", "num_experts", "n_routed_experts")
WEIGHT_TAGS = frozenset({"safetensors", "gguf", "pytorch"})
COUNTED_TYPES = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"})
"""Types of tensors with one element per weight; in U8 or I32 several weights are packed into one."""
QUANTIZED_NAME = re.compile(r"nvfp4|fp[48]|int[48]|w\d+a\d+", re.IGNORECASE)
"""Names of repositories that may hold a hf_quant_config.json (all 27 of 2026-08-21 match)."""


def parse_config(page: Page) -> Iterator[Item | Finding]:
    """What config.json says of the model's text side: context, mixture or dense, number format."""
    config = read_object(page)
    text = config.inner("text_config") or config
    experts = [count for key in EXPERT_COUNTS if type(count := text.fields.get(key)) is int]
    context, unscaled = read_context(text)
    yield ModelClaim(
        provider_key=None,
        model_key=_repository_of(page),
        locator=text.locator or "#",
        context_tokens=context,
        unscaled_context_tokens=unscaled,
        architecture=_name_architecture(text, max(experts, default=0)),
        quantization=_name_quantization(config) or _name_quantization(text),
    )


def parse_quant(page: Page) -> Iterator[Item | Finding]:
    """What hf_quant_config.json says: the number format, which config.json often lacks beside it.

    nvidia/Qwen3-235B-A22B-NVFP4 names NVFP4 here alone (2026-08-21).
    """
    quantized = read_object(page).inner("quantization")
    yield ModelClaim(
        provider_key=None,
        model_key=_repository_of(page),
        locator="/quantization",
        quantization=quantized.text("quant_algo") if quantized else None,
    )


def parse_readme(page: Page) -> Iterator[Item | Finding]:
    """What the card declares: licence, base model, languages and task in its front matter, sizes in its text."""
    card, key = read_front_matter(page), _repository_of(page)
    sizes = read_sizes(read_body(page), key.partition("/")[2])
    if card is None:
        yield Finding(kind="remark", locator="front-matter", text="the card has no front matter")
        if sizes.total is None and sizes.active is None:
            return
    matter = card or Entry({}, "front-matter")
    licence = _text(matter, "license")
    # "other" only points to the name and the link beside it.
    if licence in (None, "other"):
        licence = _text(matter, "license_name") or licence
    yield ModelClaim(
        provider_key=None,
        model_key=key,
        locator="front-matter",
        license=licence,
        base_model=", ".join(_texts(matter, "base_model")) or None,
        base_relation=_text(matter, "base_model_relation"),
        languages=_texts(matter, "language") or None,
        task=_text(matter, "pipeline_tag"),
        parameters_total=sizes.total,
        parameters_active=sizes.active,
    )
    yield from read_results(matter, key)


def parse_model(page: Page) -> Iterator[Item | Finding]:
    """What the models API says: size of the weights, task, licence, whether files can be had and are gated."""
    model = read_object(page)
    tensors = model.inner("safetensors")
    tags = model.words("tags") or ()
    has_weights = tensors is not None or not WEIGHT_TAGS.isdisjoint(tags)
    # A gate asks for consent and then lets the files go; only a closed repository keeps them.
    closed = model.flag("private") or model.flag("disabled")
    gate = model.fields.get("gated")
    bases = [match for tag in tags if (match := re.fullmatch(r"base_model:(?:(\w+):)?([^:]+)", tag))]
    yield ModelClaim(
        provider_key=None,
        model_key=_repository_of(page),
        locator="#",
        parameters_total=_count_weights(tensors) if tensors else None,
        task=model.text("pipeline_tag"),
        license=next((tag.partition(":")[2] for tag in tags if tag.startswith("license:")), None),
        base_model=", ".join(base[2] for base in bases if not base[1]) or None,
        base_relation=next((base[1] for base in bases if base[1]), None),
        open_weights=True if has_weights and not closed else None,
        # "auto" and "manual" name the kind of gate.
        capabilities=(("gated", gate is not False),) if gate is not None else (),
    )


def _count_weights(tensors: Entry) -> int | None:
    """Elements of all tensors, unless some pack several weights into one element."""
    types = tensors.inner("parameters")
    is_plain = types is None or types.fields.keys() <= COUNTED_TYPES
    return tensors.known_count("total") if is_plain else None


def _repository_of(page: Page) -> str:
    match = REPOSITORY.fullmatch(page.url)
    if match is None:
        raise ValueError(f"{page.url} is no address of a repository")
    return match[1]


def _name_architecture(text: Entry, experts: int) -> str | None:
    """moe or dense; None where the file names experts in a way that is not known, or describes no text model."""
    if experts > 1:
        return "moe"
    if text.known_count("max_position_embeddings") is None:
        return None
    hints = [key for key, value in text.fields.items() if re.search("expert|moe", key) and value]
    return None if hints else "dense"


def _name_quantization(config: Entry) -> str | None:
    """The number format that quantization_config names.

    dtype is none: nvidia/Qwen3-235B-A22B-NVFP4 prints bfloat16 and no quantization_config (2026-08-21).
    """
    quantized = config.inner("quantization_config")
    if quantized is None:
        return None
    return quantized.text("quant_algo") or _common_format(quantized) or quantized.text("quant_method")


def _common_format(quantized: Entry) -> str | None:
    """Type and width of the weights where every group has the same: "int4", "float8"."""
    groups = quantized.inner("config_groups")
    named = set()
    for key in sorted(groups.fields) if groups else ():
        group = groups.inner(key) if groups else None
        weights = group.inner("weights") if group else None
        if weights is None:
            return None
        named.add(f"{weights.text('type')}{weights.count('num_bits')}")
    return named.pop() if len(named) == 1 else None


def _text(card: Entry, key: str) -> str | None:
    """The first of the texts under a key of the front matter, where cards write one or a list of one."""
    return next(iter(_texts(card, key)), None)


def _texts(card: Entry, key: str) -> tuple[str, ...]:
    value: Any = card.fields.get(key)
    values = value if isinstance(value, list) else [value]
    return tuple(
        text.strip() for text in values if isinstance(text, str) and text.strip() not in ("", "null", "~")
    )


class HuggingFaceCardsSpider(SourceSpider):
    """Asks for the pages of every repository that another source names, up to a number of them per night."""

    name = "huggingface_cards"
    parsers: ClassVar[Parsers] = {
        "config": parse_config,
        "quant": parse_quant,
        "readme": parse_readme,
        "model": parse_model,
    }

    def pages(self) -> Iterable[tuple[str, str]]:
        """The pages of each repository; with more of them than a night takes, each night starts further on."""
        repos = self.job.inputs.hugging_face_repos
        most = self.settings.getint("HUGGING_FACE_REPOS_PER_NIGHT")
        if len(repos) > most:
            start = self.job.as_of.toordinal() * most % len(repos)
            repos = (repos[start:] + repos[:start])[:most]
        for repo in repos:
            for page, address in self.job.source.urls.items():
                if page != "quant" or QUANTIZED_NAME.search(repo):
                    yield page, address.format(repo=repo)
