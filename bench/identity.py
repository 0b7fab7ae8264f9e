"""How well identities are resolved: `python -m bench.identity --labels DIR --captures DIR`.

Joins are judged on the labelled offers of a recorded night, as the labels stand and with their known
errors put right, and on the traps. False joins on absent models are measured by taking every model's
keys but one out of the night: the key that is left must join nothing.
"""

import argparse
import hashlib
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pandas as pd
from pandas import DataFrame

from tests.transforms.identity.night import build_keys, frame_keys, read_bodies
from transforms.identity.books import load_books
from transforms.identity.facts import IdentityBooks
from transforms.identity.resolve import Resolution, resolve_identities
from transforms.identity.rows import KEY

NOTHING = DataFrame(columns=[*KEY, "model_id"])
LABELS = re.compile(r"models_dev_base_model_(\d{4}-\d{2}-\d{2})\.csv")

SAME_LAB = {"zai": "zhipuai", "opencode": "openai", "tencent-tokenhub": "tencent"}
"""Folders of one maker in models.dev: the same model stands in both."""

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


def read_labels(folder: Path) -> dict[str, DataFrame]:
    """Labelled offers by night."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        match = LABELS.fullmatch(path.name)
        if match:
            found[match[1]] = pd.read_csv(path, dtype="str", keep_default_na=False)
    return found


def correct_labels(labels: DataFrame) -> DataFrame:
    """Labels with one name per model, without the offers whose label is known to be wrong."""
    offers = list(zip(labels["provider"], labels["provider_model_key"], strict=True))
    right = labels[[offer not in WRONG_LABELS for offer in offers]].copy()
    right["same_model_as"] = [_correct_label(label) for label in right["same_model_as"]]
    return right


def _correct_label(label: str) -> str:
    lab, _, name = label.lower().partition("/")
    for pattern, better in SAME_MODEL:
        name = pattern.sub(better, name)
    return f"{SAME_LAB.get(lab, lab)}/{name}"


def score_labels(identities: DataFrame, labels: DataFrame) -> Score:
    """Pairwise and B-cubed figures of the labelled offers of models.dev."""
    listed = identities[identities["source_id"] == "models_dev"]
    ids = dict(
        zip(
            zip(listed["provider_id"], listed["provider_model_key"], strict=True),
            listed["model_id"],
            strict=True,
        )
    )
    reasons = dict(
        zip(
            zip(listed["provider_id"], listed["provider_model_key"], strict=True),
            listed["reason"],
            strict=True,
        )
    )
    rows = [
        (label, ids.get((provider, key)), str(reasons.get((provider, key), "not listed")))
        for provider, key, label in labels[["provider", "provider_model_key", "same_model_as"]].itertuples(
            index=False
        )
    ]
    found = [(label, got if isinstance(got, str) else None, reason) for label, got, reason in rows]
    counts: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for (label_a, got_a, why_a), (label_b, got_b, why_b) in combinations(found, 2):
        joined = got_a is not None and got_a == got_b
        if joined:
            counts["right" if label_a == label_b else "wrong"] += 1
            if label_a != label_b:
                errors[f"wrong: {' = '.join(sorted((label_a, label_b)))}"] += 1
        elif label_a == label_b:
            counts["missed"] += 1
            abstained = sorted(why for got, why in ((got_a, why_a), (got_b, why_b)) if got is None)
            errors[f"missed: {abstained[0] if abstained else f'{got_a} / {got_b}'}"] += 1
    return Score(
        joined_right=counts["right"],
        joined_wrong=counts["wrong"],
        missed=counts["missed"],
        abstained=sum(got is None for _, got, _ in found),
        labelled=len(found),
        b_cubed_f1=_score_b_cubed([(label, got) for label, got, _ in found]),
        errors=dict(errors.most_common()),
    )


def _score_b_cubed(found: list[tuple[str, str | None]]) -> float:
    """F1 of B-cubed; an abstained offer is a cluster of its own."""
    clusters = [got if got is not None else f"alone {place}" for place, (_, got) in enumerate(found)]
    labels = [label for label, _ in found]
    both, sizes, classes = Counter(zip(labels, clusters, strict=True)), Counter(clusters), Counter(labels)
    pairs = list(zip(labels, clusters, strict=True))
    precision = sum(both[pair] / sizes[pair[1]] for pair in pairs) / max(1, len(pairs))
    recall = sum(both[pair] / classes[pair[0]] for pair in pairs) / max(1, len(pairs))
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def check_traps(traps: DataFrame, keys: DataFrame, books: IdentityBooks) -> list[str]:
    """Trap pairs that come out wrong when their keys stand among a night's."""
    rows = [
        {"source_id": f"{side} {place}", "lineage": side, "provider_id": "-", "provider_model_key": key}
        for side in ("left", "right")
        for place, key in enumerate(traps[side])
    ]
    identities = resolve_identities(_stack(keys, frame_keys(rows)), NOTHING, NOTHING, books).identities
    got = identities.set_index("source_id")["model_id"]
    wrong = []
    for place, (left, right, same) in enumerate(
        traps[["left", "right", "same_model"]].itertuples(index=False)
    ):
        one, other = got[f"left {place}"], got[f"right {place}"]
        joined = isinstance(one, str) and one == other
        if joined != (same == "yes"):
            wrong.append(f"{left} and {right}: {one} and {other}")
    return wrong


def _stack(one: DataFrame, other: DataFrame) -> DataFrame:
    return pd.concat([one, other], ignore_index=True) if len(one) else other


def find_absent_joins(
    keys: DataFrame, full: Resolution, books: IdentityBooks, folds: Iterable[int] = range(4)
) -> tuple[int, list[str]]:
    """Keys left alone, and those of them that joined a model of others; each fold takes a quarter of the models."""
    known = full.identities.dropna(subset=["model_id"])
    truth = dict(zip(_identify(known), known["model_id"], strict=True))
    tried, joined = 0, []
    for fold in folds:
        absent = {model_id for model_id in set(truth.values()) if _draw(model_id) % 4 == fold}
        kept: dict[str, tuple[str, ...]] = {}
        for key in sorted(truth, key=lambda key: _draw("|".join(key))):
            if truth[key] in absent:
                kept.setdefault(truth[key], key)
        left = set(kept.values())
        stays = [truth.get(key) not in absent or key in left for key in _identify(keys)]
        identities = resolve_identities(keys[stays], NOTHING, NOTHING, books).identities
        got = dict(zip(_identify(identities), identities["model_id"], strict=True))
        others = {model_id for key, model_id in got.items() if isinstance(model_id, str) and key not in left}
        tried += len(left)
        joined += [f"{' '.join(key)}: {got[key]}" for key in sorted(left) if got[key] in others]
    return tried, joined


def _identify(frame: DataFrame) -> list[tuple[str, ...]]:
    return list(zip(*(frame[column] for column in KEY), strict=True))


def _draw(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _print_score(title: str, score: Score, shown: int) -> None:
    print(
        f"{title}: precision {score.precision:.4f}, recall {score.recall:.4f}, B-cubed F1 {score.b_cubed_f1:.4f}; "
        f"{score.labelled} offers, {score.abstained} abstained"
    )
    for error, count in list(score.errors.items())[:shown]:
        print(f"  {count:4d} {error}")


def main() -> None:
    """Prints the figures of every labelled night that has a recording."""
    parser = argparse.ArgumentParser(description="Judge identity resolution on labels and traps.")
    parser.add_argument("--labels", type=Path, required=True, help="folder of the labelled sets")
    parser.add_argument("--captures", type=Path, required=True, help="folder of the recorded captures")
    parser.add_argument("--errors", type=int, default=20, help="classes of error to print")
    told = parser.parse_args()
    books = load_books()
    for night, labels in read_labels(told.labels).items():
        keys = build_keys(read_bodies(told.captures, night))
        start = time.perf_counter()
        full = resolve_identities(keys, NOTHING, NOTHING, books)
        print(f"{night}: {len(keys)} keys in {time.perf_counter() - start:.2f} s, {len(full.models)} models")
        print("  methods", full.identities["method"].value_counts().to_dict())
        print("  reasons", full.identities["reason"].value_counts().to_dict())
        print("  basis", full.models["identity_basis"].value_counts().to_dict())
        _print_score("labels as they stand", score_labels(full.identities, labels), told.errors)
        _print_score("labels put right", score_labels(full.identities, correct_labels(labels)), told.errors)
        traps = pd.read_csv(told.labels / "traps.csv", dtype="str", keep_default_na=False)
        wrong = check_traps(traps, keys, books)
        print(f"traps: {len(traps) - len(wrong)} of {len(traps)} right", *wrong, sep="\n  ")
        tried, joined = find_absent_joins(keys, full, books)
        print(
            f"absent: {len(joined)} of {tried} joined ({len(joined) / max(1, tried):.2%})",
            *joined,
            sep="\n  ",
        )


if __name__ == "__main__":
    main()
