"""Scores labelled keys: pairs joined rightly, wrongly or not at all, by the class of their difference."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from pathlib import Path

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.identity.tokens import cut_tokens

LABELS = re.compile(r"models_dev_base_model_(\d{4}-\d{2}-\d{2})\.csv")

SAME_LAB = {"zai": "zhipuai", "opencode": "openai", "tencent-tokenhub": "tencent"}
"""Folders of one developer in models.dev, which list the same models."""

SAME_MODEL = (
    (re.compile(r"-20\d{6}$"), ""),  # claude-sonnet-4-5-20250929 and claude-sonnet-4-5: one date, two labels
    (re.compile(r"(claude-\w+-4)-0$"), r"\1"),  # claude-opus-4-0 is the alias of claude-opus-4-20250514
    (re.compile(r"-highspeed$|(?<=thinking)-turbo$"), ""),  # the same weights served faster
    (re.compile(r"-(?:non-)?reasoning$"), ""),  # grok-4.20: the thinking switch of the same weights
)
"""Labels that split one model, by the project's rules on dates, speed tiers and the thinking switch."""

WRONG_LABELS = {
    ("databricks", "databricks-claude-sonnet-4"): "labelled claude-sonnet-4-5-20250929",
    ("databricks", "databricks-gemini-3-1-pro"): "labelled with the customtools variant",
    ("databricks", "databricks-gemini-3-1-flash-lite"): "labelled with the preview though the release is out",
    ("routing-run", "route/mistral-small-2503"): "labelled mistral-small-2603",
}
"""Offers whose label names another model than their key does; seen in the labels of 2026-05-18."""

_CLASS_WORDS = {
    "moving alias": "latest",
    "distillate or derivative": "distill distilled abliterated uncensored derestricted heretic nex chimera",
    "reasoning mode": "thinking think reasoning reasoner nonreasoning non nothinking adaptive",
    "tuning": "instruct it chat base pt versatile instant sft dpo rp",
    "modality or task": "vl v vision omni audio image video voice code coder codex math embed embedding rerank "
    "reranker guard safeguard search research tts asr ocr live realtime transcribe prover translate customtools",
    "tier word": "nano micro mini small medium large lite flash flashx air pro plus max ultra super premier x "
    "terminus speciale",
    "speed": "turbo fast highspeed lightning ultraspeed tput throughput high",
    "stage": "preview exp experimental beta alpha",
    "price tier": "free batch flex priority",
}
CLASSES = (
    ("size", re.compile(r"\d+(?:\.\d+)?[bmt]|\d+x\d+(?:\.\d+)?b|[ae]\d+(?:\.\d+)?b|\d+e")),
    ("generation", re.compile(r"[a-z]?\d+(?:\.\d+)*")),
    *((name, re.compile(words.replace(" ", "|"))) for name, words in _CLASS_WORDS.items()),
    ("quantisation", re.compile(r"(?:fp|bf|int|nvfp|mxfp)\d+|awq|gptq|gguf|\dbit|tee|quantized|w\da\d")),
)
"""Class of a token that only one of two keys has; the first class that matches is the pair's."""


@dataclass(frozen=True)
class Score:
    """Figures of one labelled set."""

    joined_right: int
    joined_wrong: int
    missed: int
    abstained: int
    labelled: int
    b_cubed_f1: float
    errors: Mapping[str, int]
    """Wrong and missed pairs by class."""

    @property
    def precision(self) -> float:
        """Share of joined pairs that are one model."""
        return self.joined_right / max(1, self.joined_right + self.joined_wrong)

    @property
    def recall(self) -> float:
        """Share of pairs of one model that are joined."""
        return self.joined_right / max(1, self.joined_right + self.missed)

    @property
    def least_precision(self) -> float:
        """Lower end of Wilson's 95% interval of the precision."""
        return wilson_low(self.joined_right, self.joined_right + self.joined_wrong)


def wilson_low(hits: int, tries: int, z: float = 1.959964) -> float:
    """Lower end of Wilson's interval of a share."""
    if not tries:
        return 0.0
    share, square = hits / tries, z * z
    spread = z * sqrt(share * (1 - share) / tries + square / (4 * tries * tries))
    return (share + square / (2 * tries) - spread) / (1 + square / tries)


def class_of(left: str, right: str) -> str:
    """Class of the difference of two keys: of a token that only one of them has, or spelling alone."""
    one, other = (cut_tokens(key.lower().rpartition("/")[2]) for key in (left, right))
    only = {*one.words} ^ {*other.words}
    for name, pattern in CLASSES:
        if any(pattern.fullmatch(word) for word in only):
            return name
    if one.date != other.date:
        return "date"
    return "other words" if only else "spelling, path or region"


def load_labels(folder: Path) -> dict[str, DataFrame]:
    """Labelled offers by the day of the run."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        match = LABELS.fullmatch(path.name)
        if match:
            found[match[1]] = pd.read_csv(path, dtype="str", keep_default_na=False)
    return found


def correct_labels(labels: DataFrame) -> DataFrame:
    """Labels with one name per model, without offers whose label is known to be wrong."""
    offers = list(zip(labels["provider"], labels["provider_model_key"], strict=True))
    corrected = labels[[offer not in WRONG_LABELS for offer in offers]].copy()
    corrected["same_model_as"] = [_correct_label(label) for label in corrected["same_model_as"]]
    return corrected


def _correct_label(label: str) -> str:
    lab, _, name = label.lower().partition("/")
    for pattern, better in SAME_MODEL:
        name = pattern.sub(better, name)
    return f"{SAME_LAB.get(lab, lab)}/{name}"


def score_labels(identities: DataFrame, labels: DataFrame) -> Score:
    """Pairwise and B-cubed figures of the labelled offers of models.dev."""
    listed = identities[identities["source_id"] == "models_dev"].set_index(["provider_id", "provider_model_key"])
    offers = pd.MultiIndex.from_frame(labels[["provider", "provider_model_key"]])
    found = listed[["model_id", "reason"]].reindex(offers)
    got = [model_id if isinstance(model_id, str) else None for model_id in found["model_id"]]
    why = [reason if isinstance(reason, str) else "not listed" for reason in found["reason"]]
    rows = list(zip(labels["same_model_as"], got, why, labels["provider_model_key"], strict=True))
    counts: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for (label_a, got_a, why_a, key_a), (label_b, got_b, why_b, key_b) in combinations(rows, 2):
        is_joined = got_a is not None and got_a == got_b
        if is_joined and label_a != label_b:
            counts["wrong"] += 1
            errors[f"wrong, {_class_of_labels(label_a, label_b)}"] += 1
        elif is_joined:
            counts["right"] += 1
        elif label_a == label_b:
            counts["missed"] += 1
            abstained = sorted({w for g, w in ((got_a, why_a), (got_b, why_b)) if g is None})
            errors[f"missed, {abstained[0] if abstained else class_of(key_a, key_b)}"] += 1
    return Score(
        joined_right=counts["right"],
        joined_wrong=counts["wrong"],
        missed=counts["missed"],
        abstained=got.count(None),
        labelled=len(rows),
        b_cubed_f1=score_b_cubed(list(zip(labels["same_model_as"], got, strict=True))),
        errors=dict(errors.most_common()),
    )


def _class_of_labels(left: str, right: str) -> str:
    is_folder = left.partition("/")[2] == right.partition("/")[2]
    return "folder of the developer" if is_folder else class_of(left, right)


def score_b_cubed(found: Iterable[tuple[str, str | None]]) -> float:
    """F1 of B-cubed; an abstained offer is a cluster of its own."""
    pairs = [(label, got or f"alone {position}") for position, (label, got) in enumerate(found)]
    both = Counter(pairs)
    classes, sizes = Counter(label for label, _ in pairs), Counter(got for _, got in pairs)
    precision = sum(both[pair] / sizes[pair[1]] for pair in pairs) / max(1, len(pairs))
    recall = sum(both[pair] / classes[pair[0]] for pair in pairs) / max(1, len(pairs))
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@dataclass
class Tally:
    """Counted pairs of one class."""

    pairs: int = 0
    wrong: int = 0
    missed: int = 0


def tally_pairs(pairs: Iterable[tuple[str, str, bool, bool]]) -> dict[str, Tally]:
    """Pairs as (left, right, is one model, is joined) by class, with those that come out wrong."""
    tallies: dict[str, Tally] = {}
    for left, right, is_same, is_joined in pairs:
        tally = tallies.setdefault(class_of(left, right), Tally())
        tally.pairs += 1
        tally.wrong += is_joined and not is_same
        tally.missed += is_same and not is_joined
    return dict(sorted(tallies.items()))
