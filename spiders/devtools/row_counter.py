"""Count the rows of a page that state facts of models, from its text alone, without the parser of its source.

JSON: the objects of the lists that are named after models, data or results, else of the outermost collection that has
more than half as many as the largest one; over all places of the same path: every model of every provider. Meters of a
price list count once for each model, results of agents only where they name one model. CSV: lines after the header
that have their first two values. YAML: the items of the outermost list. Pages with tables: see `table_counter`. ZIP:
the rows of its members.
"""

import csv
import io
import json
import re
import zipfile
import zlib
from collections import Counter
from typing import Any, Literal

from llmpairs.spiders.devtools.table_counter import count_table_rows

Shape = Literal["json", "csv", "yaml", "page"]

YAML_ITEM = re.compile(r"^( *)- ", re.MULTILINE)
RECORD_LISTS = frozenset({"models", "data", "results", "Items", "products"})
"""Names of the lists of models, results and meters in the formats of the sources."""
MAX_DEPTH = 8
MEASURE = re.compile(
    r"[\s-](?:cached|cache|cach|c*ch*e?d|batch|pp|wr|ft|longco|shortco|inpu?t?|in|outp?t?|output|opt|input|embed\w*)[\s-]"
    r".*",
    re.IGNORECASE,
)
"""The part of a meter's name that says what it measures: "5.4 mini Batch cd Inp Gl 1M Tokens"."""
AGENT_KEYS = frozenset({"trajs", "trajectories"})
"""Keys of results of agents, which may use any number of models."""
FAMILY = re.compile(r"(?<![\w-])(?:claude|gpt|gemini|deepseek|qwen|llama|kimi|glm|o[1-9])[\w .-]*\d", re.IGNORECASE)
TAG = "Model: "
OTHER_KINDS = (("submission_type", "custom"), ("modality", "voice"))
"""Documents about agents and voices."""
ONE_MODEL_KEYS = frozenset({"id", "name", "architectures", "model_type", "quantization"})
"""Keys of a document about one model: a configuration, an entry of a list in a file of its own."""
CARD = re.compile(r"---\n(?:.*\n){0,99}?(?:license|base_model|pipeline_tag|library_name|tags):")
MAX_MEMBER_BYTES = 20_000_000


def count_rows(body: bytes) -> int:
    """Rows with facts of models in a body, as its shape states them; 0 for a body that is no text."""
    if body.startswith(b"PK"):
        return count_packed_rows(body)
    text = body.decode("utf-8-sig", errors="replace")
    if CARD.match(text):
        return 1
    shape, parsed = find_shape(text)
    if shape == "json":
        return count_records(parsed)
    if shape == "csv":
        return max(0, sum(1 for row in csv.reader(io.StringIO(text)) if all(row[:2]) and row) - 1)
    if shape == "yaml":
        indents = Counter(len(match[1]) for match in YAML_ITEM.finditer(text))
        return indents[min(indents)] if indents else 0
    return count_table_rows(text)


def count_packed_rows(body: bytes) -> int:
    """Rows of all members of a ZIP; 0 for one that is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return sum(
                count_rows(packed.read(each)) for each in packed.infolist() if each.file_size <= MAX_MEMBER_BYTES
            )
    except (zipfile.BadZipFile, OSError, RuntimeError, zlib.error):
        return 0


def find_shape(text: str) -> tuple[Shape, Any]:
    """The shape of a text, with the parsed document where it is JSON."""
    start = text.lstrip()[:1]
    if start in ("{", "["):
        try:
            return "json", json.loads(text)
        except (ValueError, RecursionError):
            return "page", None
    head = text.lstrip().split("\n", 2)[:2]
    if start != "<" and len(head) == 2 and head[0].count(",") >= 2 and "|" not in head[0]:
        return "csv", None
    if start == "-" and re.match(r"\s*- \w+:", text):
        return "yaml", None
    return "page", None


def count_records(document: Any) -> int:
    """The model rows of the outermost collection with more than half as many objects as the largest one."""
    if isinstance(document, dict) and any(document.get(key) == value for key, value in OTHER_KINDS):
        return 0
    if isinstance(document, dict) and ONE_MODEL_KEYS & document.keys() and not RECORD_LISTS & document.keys():
        return 1
    found: dict[tuple[str, ...], list[Any]] = {}
    level: list[tuple[tuple[str, ...], Any]] = [((), document)]
    for _ in range(MAX_DEPTH):
        level = [pair for path, value in level for pair in _list_members(path, value)]
        for path, value in level:
            if path[-1:] == ("*",) and isinstance(value, dict):
                found.setdefault(path, []).append(value)
    named = {path: records for path, records in found.items() if path[-2:-1] and path[-2] in RECORD_LISTS}
    found = named or found
    most = max(map(len, found.values()), default=0)
    likely = [path for path, records in found.items() if len(records) * 2 > most]
    return _count_models(found[min(likely, key=lambda path: (len(path), path))]) if likely else 0


def _count_models(records: list[dict[str, Any]]) -> int:
    """The records that state something of one model; the models of meters."""
    meters = [name for each in records if (name := _name_meter(each)) is not None]
    if meters:
        return len(set(filter(None, meters)))
    if any(AGENT_KEYS & each.keys() for each in records):
        return sum(1 for each in records if _names_one_model(each))
    return sum(1 for each in records if any(value is not None for value in each.values()))


def _name_meter(record: dict[str, Any]) -> str | None:
    """The model that a meter of tokens measures, "" for another meter, None for a record that is no meter."""
    attributes = record.get("attributes")
    if isinstance(attributes, dict) and "usagetype" in attributes:
        model = attributes.get("model") or attributes.get("titanModel") or ""
        return str(model) if "token" in str(attributes.get("inferenceType")) else ""
    if "meterName" in record:
        name = str(record["meterName"])
        return MEASURE.sub("", name.lower()) if "token" in name.lower() else ""
    return None


def _names_one_model(record: dict[str, Any]) -> bool:
    """Whether a result of an agent names one model, and none that its tag dates after the run."""
    tags = record.get("tags")
    models = [str(tag) for tag in tags if str(tag).startswith(TAG)] if isinstance(tags, list) else []
    run_on = str(record.get("date")).replace("-", "")
    is_possible = all(tag[-8:] <= run_on for tag in models if tag[-8:].isdigit())
    return len(models) < 2 and is_possible and len(FAMILY.findall(str(record.get("name")))) == 1


def _list_members(path: tuple[str, ...], value: Any) -> list[tuple[tuple[str, ...], Any]]:
    """The members of a value with their paths; members of a list, and of an object whose members are alike, are "*"."""
    if isinstance(value, list):
        return [((*path, "*"), each) for each in value]
    if not isinstance(value, dict):
        return []
    objects = [each for each in value.values() if isinstance(each, dict)]
    shared = set.intersection(*(set(each) for each in objects)) if len(objects) > 1 else set()
    is_map = len(objects) == len(value) and (bool(shared) or path[-1:] in {(name,) for name in RECORD_LISTS})
    return [((*path, "*" if is_map else key), each) for key, each in value.items()]
