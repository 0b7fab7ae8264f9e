"""The files of `api/v1/`: an index of all models, a profile of each, their pairs, and the phrases that render them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, TypedDict

from llmpairs.pages.content.blocks import describe_workload
from llmpairs.pages.content.calculator import build_calculator
from llmpairs.pages.content.figures import SideFigures, describe_figures
from llmpairs.pages.content.pair_schema import CalculatorOffer
from llmpairs.pages.content.phrases import (
    BASIS_PHRASES,
    COST_PHRASES,
    FIRST_SCREEN,
    OUTCOME_TEXTS,
    QUALITY_PHRASES,
    REASON_TEXTS,
    SURE_PHRASES,
)
from llmpairs.pages.content.profile import SPECS
from llmpairs.pages.content.schema import Profile, ReleaseTime, Workload
from llmpairs.pages.layout.first_screen import MAX_CAPABILITIES, QUALITY_MARGIN
from llmpairs.pages.layout.pair_tables import ONLY_IF_KNOWN, shorten, spec_value_cell
from llmpairs.pages.queries import Selection
from llmpairs.render.labels import CAPABILITY_LABELS, SPEC_LABELS, UNKNOWN, format_capability
from llmpairs.site.json_ld import escape_script
from llmpairs.site.pair_shards import build_shards
from llmpairs.transforms.pairs.scenarios import Scenarios

if TYPE_CHECKING:
    import duckdb

FOLDER = "api/v1"
DESCRIPTIONS = ("openapi.json", "index.schema.json", "profile.schema.json", "pairs.schema.json", "phrases.schema.json")
"""Descriptions of the files, which are part of the package."""
STATE_LETTERS = {"yes": "y", "no": "n", "unknown": "u"}
Former = Mapping[str, Sequence[str]]
"""Former slugs by model_id."""


class IndexedModel(TypedDict):
    """A model of the index; only models with a position are compared."""

    model_id: str
    slug: str
    name: str
    developer: str
    position: int | None
    former_slugs: list[str]


class Index(TypedDict):
    """Every model, sorted by model_id bytewise."""

    release: ReleaseTime
    models: list[IndexedModel]


class SpecName(TypedDict):
    """A spec and its label; one that is `only_if_known` is not listed as unknown."""

    field: str
    label: str
    only_if_known: bool


class PhraseTable(TypedDict):
    """Phrases by position; letter "a" of a shard is position 0."""

    cost: list[str]
    quality: list[str]
    basis: list[str]
    sure: dict[str, str]
    outcome_ids: list[str]
    outcomes: list[str]
    reason_ids: list[str]
    reasons: list[str]
    first_screen: dict[str, str]
    capability_ids: list[str]
    capabilities: list[str]
    specs: list[SpecName]
    presets: list[Workload]
    unknown: str
    max_capabilities: int
    quality_margin: float


class ProfileFile(IndexedModel):
    """What the first screen and the tables need of one model."""

    figures: SideFigures
    capabilities: str
    """A letter for each capability of the phrase table: y, n or u."""
    specs: dict[str, str | None]
    offers: list[CalculatorOffer]
    full_pages: list[str]
    """Slugs of the later models with which it has a whole page in `pairs/`."""


def build_phrases(scenarios: Scenarios) -> PhraseTable:
    """The phrase table."""
    return {
        "cost": list(COST_PHRASES.values()),
        "quality": list(QUALITY_PHRASES.values()),
        "basis": list(BASIS_PHRASES.values()),
        "sure": SURE_PHRASES,
        "outcome_ids": list(OUTCOME_TEXTS),
        "outcomes": list(OUTCOME_TEXTS.values()),
        "reason_ids": list(REASON_TEXTS),
        "reasons": list(REASON_TEXTS.values()),
        "first_screen": FIRST_SCREEN,
        "capability_ids": list(CAPABILITY_LABELS),
        "capabilities": [format_capability(name) for name in CAPABILITY_LABELS],
        "specs": [
            {"field": field, "label": SPEC_LABELS[field], "only_if_known": field in ONLY_IF_KNOWN} for field in SPECS
        ],
        "presets": [describe_workload(scenario) for scenario in scenarios],
        "unknown": UNKNOWN,
        "max_capabilities": MAX_CAPABILITIES,
        "quality_margin": QUALITY_MARGIN,
    }


def index_model(profile: Profile, position: Mapping[str, int], former: Former) -> IndexedModel:
    """The entry of a model in the index."""
    return {
        "model_id": profile["model_id"],
        "slug": profile["slug"],
        "name": profile["display_name"],
        "developer": profile["developer"],
        "position": position.get(profile["model_id"]),
        "former_slugs": list(former.get(profile["model_id"], ())),
    }


def build_profile(
    profile: Profile, entry: IndexedModel, full_pages: Sequence[str], scenarios: Scenarios
) -> ProfileFile:
    """The profile of a model."""
    specs = {field: spec["value"] for field, spec in profile["specs"].items()}
    return {
        **entry,
        "figures": describe_figures(profile, specs),
        "capabilities": "".join(STATE_LETTERS[profile["capabilities"][name]["state"]] for name in CAPABILITY_LABELS),
        "specs": {
            field: None if spec["value"] is None else shorten(spec_value_cell(field, spec)).text
            for field, spec in profile["specs"].items()
        },
        "offers": build_calculator([profile], scenarios)["sides"][0]["offers"],
        "full_pages": list(full_pages),
    }


def list_api_files(
    con: "duckdb.DuckDBPyConnection", selection: Selection, former: Former, pairs: Sequence[tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    """Name and text of every file; `pairs` are those with a whole page, each in key order."""
    profiles, context = selection.profiles, selection.context
    position = {model_id: at for at, model_id in enumerate(selection.compared)}
    entries = {id_: index_model(profile, position, former) for id_, profile in profiles.items()}
    full_pages: dict[str, list[str]] = {}
    for left, right in pairs:
        full_pages.setdefault(left, []).append(profiles[right]["slug"])
    by_key = sorted(entries, key=str.encode)
    index: Index = {"release": context.release, "models": [entries[id_] for id_ in by_key]}
    yield f"{FOLDER}/index.json", encode(index)
    yield f"{FOLDER}/phrases.json", encode(build_phrases(context.scenarios))
    for id_ in by_key:
        profile = build_profile(profiles[id_], entries[id_], full_pages.get(id_, ()), context.scenarios)
        yield f"{FOLDER}/models/{profile['slug']}.json", encode(profile)
    slugs = [profiles[id_]["slug"] for id_ in selection.compared]
    for shard in build_shards(con, slugs, context.scenarios.ids):
        yield f"{FOLDER}/pairs/{shard['model']}.json", encode(shard)
    for name in DESCRIPTIONS:
        yield f"{FOLDER}/{name}", (files("llmpairs.site") / "schema" / name).read_text(encoding="utf-8")


def encode(value: Mapping[str, object]) -> str:
    """Compact JSON, safe inside a script element."""
    return escape_script(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) + "\n"
