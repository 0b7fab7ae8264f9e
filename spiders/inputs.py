"""Inputs of the second wave, collected from the first: models with endpoint pages, repositories with cards."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

# Names become parts of addresses: no empty or dotted part, nothing that ends a path.
MODEL_ID = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[\w.~@+-]+/[\w.~@+:-]+", re.ASCII)
REPOSITORY = re.compile(r"(?!\.{1,2}/)[\w.-]{1,96}/(?!\.{1,2}$)[\w.-]{1,96}", re.ASCII)
ADDRESS = re.compile(r"https://\S+", re.ASCII)

# Hosts whose keys at models.dev are the repositories of the weights (all their capitalised keys, 2026-05-18);
# Chutes appends "-TEE" to some. Qwen/Qwen3.5-4B is named nowhere else.
REPOSITORY_HOSTS = frozenset(
    {"chutes", "deepinfra", "huggingface", "nebius", "siliconflow", "siliconflow-cn", "togetherai", "wandb"}
)


INPUTS = "inputs-{}.json"
"""Name of the file of a crawl process with the names for its sources."""


class InputsError(ValueError):
    """An inputs file that cannot be used."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Names that the second wave requests, in request order."""

    openrouter_model_ids: tuple[str, ...] = ()
    hugging_face_repos: tuple[str, ...] = ()
    recent_pages: tuple[str, ...] = ()
    """Addresses of pages that were answered so lately that they need no request."""

    def write(self, path: Path) -> None:
        """Write the names as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")


def load_inputs(path: Path) -> Inputs:
    """Inputs from a JSON file; InputsError if a name cannot be part of an address."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        lists = {field.name: tuple(raw.pop(field.name, ())) for field in fields(Inputs)}
    except (ValueError, TypeError, AttributeError) as error:
        raise InputsError(f"{path}: not a JSON object of lists of names: {error}") from None
    patterns = {"openrouter_model_ids": MODEL_ID, "hugging_face_repos": REPOSITORY, "recent_pages": ADDRESS}
    for name, names in lists.items():
        invalid = [each for each in names if not isinstance(each, str) or not patterns[name].fullmatch(each)]
        if invalid:
            raise InputsError(f"{path}: {name} holds {invalid[0]!r}, which is no name")
    if raw:
        raise InputsError(f"{path}: unknown inputs {', '.join(sorted(raw))}")
    return Inputs(**lists)


def collect_inputs(landing: Path) -> Inputs:
    """OpenRouter's models, sorted, and all Hugging Face repositories that the landed files of a folder name.

    The repositories that most rows name come first: each row is an offer whose pairs a card may change.

    Left out are floating aliases, which have no endpoints of their own, names that fit no address, and names from
    late captures (taken after the as-of time), which may not have existed by then.
    """
    models: set[str] = set()
    repos: Counter[str] = Counter()
    for path in sorted(landing.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            for line in map(json.loads, stream):
                if line.get("kind") != "model" or line.get("late"):
                    continue
                if line["source_id"] == "openrouter" and line.get("status") != "alias":
                    models.add(line["model_key"])
                repos.update(_repositories_in(line))
    return Inputs(
        openrouter_model_ids=tuple(sorted(name for name in models if MODEL_ID.fullmatch(name))),
        hugging_face_repos=tuple(
            sorted((name for name in repos if REPOSITORY.fullmatch(name)), key=lambda name: (-repos[name], name))
        ),
    )


def _repositories_in(line: dict[str, Any]) -> Iterator[str]:
    yield line.get("hugging_face_id") or ""
    key = line["model_key"]
    is_repository = line["source_id"] == "models_dev" and line.get("provider_key") in REPOSITORY_HOSTS
    if is_repository and key != key.lower() and not key.endswith("-TEE"):
        yield key
