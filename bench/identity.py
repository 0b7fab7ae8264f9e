"""Precision and recall of model resolution: `python -m bench.identity [--labels DIR] [--captures DIR]`.

Always: the labelled pairs of the tests. With recorded runs and labels: the labelled offers of those runs, with the
original and with corrected labels, the trap pairs, and false joins of keys whose model no other key has.
"""

import argparse
import csv
import time
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from pandas import DataFrame

from bench.identity_absent import NOTHING, find_absent_joins, find_altered_joins
from bench.identity_scores import Score, Tally, correct_labels, load_labels, score_labels, tally_pairs
from bench.recorded_run import default_captures
from llmpairs.transforms.identity.reference_data import load_identity_reference
from llmpairs.transforms.identity.reference_types import IdentityReference
from llmpairs.transforms.identity.resolve import resolve_identities
from tests.transforms.identity.recorded_keys import build_keys, frame_keys, read_bodies

PAIRS = Path(__file__).parents[1] / "tests" / "transforms" / "identity" / "pairs.csv"

Pair = tuple[str, str, bool]


def read_pairs(path: Path) -> list[Pair]:
    """Labelled pairs of keys, and whether they are one model."""
    with path.open(newline="", encoding="utf-8") as lines:
        return [(row["left"], row["right"], row["same_model"] == "yes") for row in csv.DictReader(lines)]


def judge_pairs(
    pairs: Iterable[Pair], keys: DataFrame, reference: IdentityReference
) -> list[tuple[str, str, bool, bool]]:
    """Pairs, and whether they are joined when they are resolved together with other keys."""
    labelled = list(pairs)
    rows = [
        {"source_id": f"{side} {position}", "lineage": side, "provider_id": "-", "provider_model_key": pair[end]}
        for end, side in enumerate(("left", "right"))
        for position, pair in enumerate(labelled)
    ]
    frame = frame_keys(rows)
    frame = pd.concat([keys, frame], ignore_index=True) if len(keys) else frame
    got = resolve_identities(frame, NOTHING, NOTHING, reference).identities.set_index("source_id")["model_id"]
    judged = []
    for position, (left, right, is_same) in enumerate(labelled):
        one, other = got[f"left {position}"], got[f"right {position}"]
        judged.append((left, right, is_same, isinstance(one, str) and one == other))
    return judged


def find_wrong(judged: Iterable[tuple[str, str, bool, bool]]) -> list[str]:
    """Pairs that are joined or kept apart wrongly."""
    return [
        f"{left} and {right}: {'joined' if joined else 'apart'}"
        for left, right, same, joined in judged
        if same != joined
    ]


def main() -> None:
    """Print the figures of the labelled pairs, and of every labelled run that has captures."""
    captures = default_captures()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captures", type=Path, default=captures, help="folder of the recorded captures")
    parser.add_argument("--labels", type=Path, help="folder of the labelled sets; else labels/ beside captures")
    options = parser.parse_args()
    reference = load_identity_reference()
    print(f"## Spellings\n\n{PAIRS.name}, all pairs resolved together\n")
    _print_tallies(tally_pairs(judge_pairs(read_pairs(PAIRS), NOTHING.iloc[:0], reference)))
    labels = options.labels or (options.captures and options.captures.parent / "labels")
    if labels is None or not labels.is_dir():
        print("\n(no labelled runs found: give --captures and --labels)")
        return
    for day, offers in load_labels(labels).items():
        print(f"\n## The run of {day}\n")
        _print_run(build_keys(read_bodies(options.captures, day)), offers, labels, reference)


def _print_run(keys: DataFrame, offers: DataFrame, labels: Path, reference: IdentityReference) -> None:
    start = time.perf_counter()
    full = resolve_identities(keys, NOTHING, NOTHING, reference)
    print(f"{len(keys):,} keys to {len(full.models):,} models in {time.perf_counter() - start:.2f} s")
    for title, column in (("methods", "method"), ("unresolved", "reason")):
        print(f"{title}: " + _count(full.identities[column]))
    print("basis: " + _count(full.models["identity_basis"]))
    _print_score("original labels", score_labels(full.identities, offers))
    _print_score("corrected labels", score_labels(full.identities, correct_labels(offers)))
    judged = judge_pairs(read_pairs(labels / "traps.csv"), keys, reference)
    print(f"\ntraps, {sum(same == joined for _, _, same, joined in judged)} of {len(judged)} right\n")
    _print_tallies(tally_pairs(judged))
    tried, joined = find_absent_joins(keys, full.identities, reference)
    print(f"\nabsent: of {tried} keys without the other keys of their model {len(joined)} joined another model", end="")
    print(f" ({len(joined) / max(1, tried):.2%})", *joined, sep="\n  ")
    print("\nabsent: keys altered into another model's name\n")
    print("| altered | tried | false joins | share |\n| --- | ---: | ---: | ---: |")
    for name, (count, hits) in find_altered_joins(keys, full.identities, reference).items():
        print(f"| {name} | {count} | {len(hits)} | {len(hits) / max(1, count):.2%} | {'; '.join(hits)}")


def _count(column: pd.Series) -> str:
    return ", ".join(f"{name} {count}" for name, count in column.value_counts().items())


def _print_score(title: str, score: Score) -> None:
    print(
        f"\n{title}: pairwise precision {score.precision:.4f} (at least {score.least_precision:.4f} at 95%), "
        f"recall {score.recall:.4f}, B-cubed F1 {score.b_cubed_f1:.4f}; {score.labelled} offers, "
        f"{score.abstained} abstentions\n"
    )
    print("| class of error | pairs |\n| --- | ---: |")
    for error, count in score.errors.items():
        print(f"| {error} | {count} |")


def _print_tallies(tallies: dict[str, Tally]) -> None:
    print("| class | pairs | joined wrongly | missed |\n| --- | ---: | ---: | ---: |")
    for name, tally in tallies.items():
        print(f"| {name} | {tally.pairs} | {tally.wrong} | {tally.missed} |")


if __name__ == "__main__":
    main()
