"""Hugging Face repositories: configuration, model card and metadata of the weights."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from spiders.base import SourceSpider
from spiders.cards.front_matter import read_front_matter
from spiders.items import Item, ModelClaim
from spiders.page import Finding, Page, Parsers
from spiders.reading import Entry, read_object

REPOSITORY = re.compile(r"https://huggingface\.co/(?:api/models/)?([^/]+/[^/]+)(?:/raw/main/.*)?")
EXPERT_COUNTS = ("num_local_experts", "num_experts", "n_routed_experts")
WEIGHT_TAGS = frozenset({"safetensors", "gguf", "pytorch"})


def parse_config(page: Page) -> Iterator[Item | Finding]:
    """What config.json says of the model's text side: context, mixture or dense, number format.

    The context is max_position_embeddings as printed. Rope scaling is part of it where the file ships it:
    gpt-oss-120b prints 131,072 and a yarn factor of 32 over 4,096, Kimi-K2.5 262,144 and 64 over 4,096
    (2026-08-21). The unscaled original is the context only where nothing is scaled, and then it is printed
    as max_position_embeddings alone; so original_max_position_embeddings is never taken.
    """
    config = read_object(page)
    text = config.inner("text_config") or config
    experts = [count for key in EXPERT_COUNTS if type(count := text.fields.get(key)) is int]
    yield ModelClaim(
        provider_key=None,
        model_key=_repository_of(page),
        locator=text.locator or "#",
        context_tokens=text.known_count("max_position_embeddings"),
        architecture=_name_architecture(text, max(experts, default=0)),
        quantization=_name_quantization(config) or _name_quantization(text),
    )


def parse_readme(page: Page) -> Iterator[Item | Finding]:
    """What the card's front matter declares: licence, base model, languages, task."""
    card = read_front_matter(page)
    if card is None:
        yield Finding(kind="remark", locator="front-matter", text="the card has no front matter")
        return
    licence = _text(card, "license")
    # "other" only points to the name and the link beside it.
    if licence in (None, "other"):
        licence = _text(card, "license_name") or licence
    yield ModelClaim(
        provider_key=None,
        model_key=_repository_of(page),
        locator="front-matter",
        license=licence,
        base_model=", ".join(_texts(card, "base_model")) or None,
        languages=_texts(card, "language") or None,
        task=_text(card, "pipeline_tag"),
    )


def parse_model(page: Page) -> Iterator[Item | Finding]:
    """What the models API says: size of the weights, task, licence, whether files can be had."""
    model = read_object(page)
    tensors = model.inner("safetensors")
    tags = model.words("tags") or ()
    has_weights = tensors is not None or not WEIGHT_TAGS.isdisjoint(tags)
    # A gate asks for consent and then lets the files go; only a closed repository keeps them.
    closed = model.flag("private") or model.flag("disabled")
    yield ModelClaim(
        provider_key=None,
        model_key=_repository_of(page),
        locator="#",
        parameters_total=tensors.known_count("total") if tensors else None,
        task=model.text("pipeline_tag"),
        license=next((tag.partition(":")[2] for tag in tags if tag.startswith("license:")), None),
        base_model=", ".join(tag[11:] for tag in tags if re.fullmatch(r"base_model:[^:]+", tag)) or None,
        open_weights=True if has_weights and not closed else None,
    )


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
    """Asks for three pages of every repository that another source names, up to a number per night."""

    name = "huggingface_cards"
    parsers: ClassVar[Parsers] = {"config": parse_config, "readme": parse_readme, "model": parse_model}

    def pages(self) -> Iterable[tuple[str, str]]:
        """Three pages per repository; with more of them than a night takes, each night starts further on."""
        repos = self.job.inputs.hugging_face_repos
        most = self.settings.getint("HUGGING_FACE_REPOS_PER_NIGHT")
        if len(repos) > most:
            start = self.job.as_of.toordinal() * most % len(repos)
            repos = (repos[start:] + repos[:start])[:most]
        for repo in repos:
            for page, address in self.job.source.urls.items():
                yield page, address.format(repo=repo)
