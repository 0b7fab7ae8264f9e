"""Hugging Face repositories: configuration, model card and metadata of the weights.

Page: four of each repository: config.json, hf_quant_config.json, README.md (front matter and text) and the models API.
Units: context in tokens, sizes as counts of weights.
Traps:
- `safetensors.total` counts elements of tensors: in U8 or I32 several weights are packed into one.
- hf_quant_config.json may be the only file that names the number format: nvidia/Qwen3-235B-A22B-NVFP4 names NVFP4
  there alone (2026-08-21).
- The licence "other" only points to the name and the link next to it.
- A gated repository asks for consent and then serves its files; only a private or disabled one is closed.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from llmpairs.spiders.archive import parse_timestamp
from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.cards.card_text import read_body, read_front_matter, read_sizes
from llmpairs.spiders.cards.config import read_architecture, read_context, read_quantization
from llmpairs.spiders.cards.model_index import read_results
from llmpairs.spiders.items import Item, ModelClaim
from llmpairs.spiders.json_entries import Entry, read_object
from llmpairs.spiders.page import Finding, Page, Parsers

REPOSITORY = re.compile(r"https://huggingface\.co/(?:api/models/)?([^/]+/[^/]+)(?:/raw/main/.*)?")
WEIGHT_TAGS = frozenset({"safetensors", "gguf", "pytorch"})
COUNTED_TYPES = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"})
"""Types of tensors with one element per weight."""
QUANTIZED_NAME = re.compile(r"nvfp4|fp[48]|int[48]|w\d+a\d+", re.IGNORECASE)
"""Names of repositories that may hold a hf_quant_config.json (all 27 of 2026-08-21 match)."""


def parse_config(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim of the text model in config.json: context, architecture and number format."""
    config = read_object(page)
    text = config.inner("text_config") or config
    context, unscaled = read_context(text)
    yield ModelClaim(
        provider_key=None,
        model_key=_find_repository(page),
        locator=text.locator or "#",
        context_tokens=context,
        unscaled_context_tokens=unscaled,
        architecture=read_architecture(text),
        quantization=read_quantization(config) or read_quantization(text),
    )


def parse_quant(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim of the number format in hf_quant_config.json."""
    yield ModelClaim(
        provider_key=None,
        model_key=_find_repository(page),
        locator="/quantization",
        quantization=read_object(page).section("quantization").text("quant_algo"),
    )


def parse_readme(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim of the front matter and of the sizes in the text; a ScoreClaim for each result of the card."""
    card, key = read_front_matter(page), _find_repository(page)
    sizes = read_sizes(read_body(page), key.partition("/")[2])
    if card is None:
        yield Finding(kind="remark", locator="front-matter", text="the card has no front matter")
        if sizes.total is None and sizes.active is None:
            return
    matter = card or Entry({}, "front-matter")
    licence = _first_text(matter, "license")
    if licence in (None, "other"):
        licence = _first_text(matter, "license_name") or licence
    yield ModelClaim(
        provider_key=None,
        model_key=key,
        locator="front-matter",
        license=licence,
        base_model=", ".join(_list_texts(matter, "base_model")) or None,
        base_relation=_first_text(matter, "base_model_relation"),
        languages=_list_texts(matter, "language") or None,
        task=_first_text(matter, "pipeline_tag"),
        parameters_total=sizes.total,
        parameters_active=sizes.active,
    )
    yield from read_results(matter, key)


def parse_model(page: Page) -> Iterator[Item | Finding]:
    """A ModelClaim of the models API: size, task, licence, base model, whether the files are open and gated."""
    model = read_object(page)
    tensors = model.inner("safetensors")
    tags = model.text_list("tags") or ()
    has_weights = tensors is not None or not WEIGHT_TAGS.isdisjoint(tags)
    is_closed = model.flag("private") or model.flag("disabled")
    gate = model.fields.get("gated")
    bases = [match for tag in tags if (match := re.fullmatch(r"base_model:(?:(\w+):)?([^:]+)", tag))]
    yield ModelClaim(
        provider_key=None,
        model_key=_find_repository(page),
        locator="#",
        parameters_total=_count_weights(tensors) if tensors else None,
        task=model.text("pipeline_tag"),
        license=next((tag.partition(":")[2] for tag in tags if tag.startswith("license:")), None),
        base_model=", ".join(base[2] for base in bases if not base[1]) or None,
        base_relation=next((base[1] for base in bases if base[1]), None),
        open_weights=True if has_weights and not is_closed else None,
        # False, or the kind of gate: "auto", "manual".
        capabilities=(("gated", gate is not False),) if gate is not None else (),
    )


def _count_weights(tensors: Entry) -> int | None:
    """Elements of all tensors, unless some pack several weights into one element."""
    types = tensors.inner("parameters")
    is_plain = types is None or types.fields.keys() <= COUNTED_TYPES
    return tensors.positive_count("total") if is_plain else None


def _find_repository(page: Page) -> str:
    match = REPOSITORY.fullmatch(page.url)
    if match is None:
        raise ValueError(f"{page.url} is no address of a repository")
    return match[1]


def _first_text(card: Entry, key: str) -> str | None:
    return next(iter(_list_texts(card, key)), None)


def _list_texts(card: Entry, key: str) -> tuple[str, ...]:
    """The texts under a key of the front matter, which cards print as one text or as a list."""
    value: Any = card.fields.get(key)
    values = value if isinstance(value, list) else [value]
    return tuple(text.strip() for text in values if isinstance(text, str) and text.strip() not in ("", "null", "~"))


class HuggingFaceCardsSpider(SourceSpider):
    """Requests the pages of the repositories that other sources name and that are new or due."""

    def pages(self) -> Iterable[tuple[str, str]]:
        """The pages of each repository, up to a number of pages a day; a replay repeats its archive."""
        is_live = self.job.archive is None
        left = self.settings.getint("HUB_PAGES_PER_DAY") - self._count_visits_of_day()
        for repo in self.job.inputs.hugging_face_repos:
            pages = list(self._list_pages(repo))
            is_wanted = self._is_wanted([url for _, url in pages])
            left -= len(pages) if is_live and is_wanted else 0
            if is_wanted and (left >= 0 or not is_live):
                yield from pages
            elif is_live:
                self.job.pages_not_due += len(pages)

    def _count_visits_of_day(self) -> int:
        """Pages that runs of the last 20 hours have requested; a run that starts each day a little earlier is whole."""
        since = self.job.as_of - timedelta(hours=20)
        return sum(parse_timestamp(visit) > since for visit in self.job.visited.values())

    def _list_pages(self, repo: str) -> Iterator[tuple[str, str]]:
        for page, address in self.job.source.urls.items():
            if page != "quant" or QUANTIZED_NAME.search(repo):
                yield page, address.format(repo=repo)

    def _is_wanted(self, urls: list[str]) -> bool:
        """Whether some page of a repository was not answered lately; in a replay, whether the archive holds one."""
        if self.job.archive is not None:
            return any(self.job.archive.holds(url) for url in urls)
        due = self.job.as_of - timedelta(days=self.settings.getint("HUB_REVISIT_DAYS"))
        visits = [parse_timestamp(self.job.visited[url]) for url in urls if url in self.job.visited]
        return len(visits) < len(urls) or min(visits) < due


PARSERS: Parsers = {"config": parse_config, "quant": parse_quant, "readme": parse_readme, "model": parse_model}
