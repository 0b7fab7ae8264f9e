"""How well keys lead to models: `python -m bench.identity [--labels DIR] [--captures DIR]`.

Always: the pairs of spellings that stand beside the tests. Where recorded nights are beside the checkout: the
labelled offers of those nights, as the labels stand and with their known errors put right, the traps, and false
joins on keys whose model no other key has.
"""

import argparse
import csv
import time
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from pandas import DataFrame

from bench.identity_absent import NOTHING, find_absent_joins, find_altered_joins
from bench.identity_scores import Score, Tally, correct_labels, read_labels, score_labels, tally_pairs
from bench.night import default_captures
from llmpairs.transforms.identity.reference_data import load_books
from llmpairs.transforms.identity.reference_types import IdentityBooks
from llmpairs.transforms.identity.resolve import resolve_identities
from tests.transforms.identity.night import build_keys, frame_keys, read_bodies

PAIRS = Path(__file__).parents[1] / "tests" / "transforms" / "identity" / "pairs.csv"

Pair = tuple[str, str, bool]


def read_pairs(path: Path) -> list[Pair]:
    """Pairs of keys and whether they are one model."""
    with path.open(newline="", encoding="utf-8") as lines:
        return [(row["left"], row["right"], row["same_model"] == "yes") for row in csv.DictReader(lines)]


def judge_pairs(
    pairs: Iterable[Pair], keys: DataFrame, books: IdentityBooks
) -> list[tuple[str, str, bool, bool]]:
    """Pairs with whether they are joined when their keys stand among others."""
    told = list(pairs)
    rows = [
        {"source_id": f"{side} {place}", "lineage": side, "provider_id": "-", "provider_model_key": pair[end]}
        for end, side in enumerate(("left", "right"))
        for place, pair in enumerate(told)
    ]
    frame = frame_keys(rows)
    frame = pd.concat([keys, frame], ignore_index=True) if len(keys) else frame
    got = resolve_identities(frame, NOTHING, NOTHING, books).identities.set_index("source_id")["model_id"]
    judged = []
    for place, (left, right, is_same) in enumerate(told):
        one, other = got[f"left {place}"], got[f"right {place}"]
        judged.append((left, right, is_same, isinstance(one, str) and one == other))
    return judged


def find_wrong(judged: Iterable[tuple[str, str, bool, bool]]) -> list[str]:
    """Pairs that come out wrong."""
    return [
        f"{left} and {right}: {'joined' if joined else 'apart'}"
        for left, right, same, joined in judged
        if same != joined
    ]


def main() -> None:
    """Prints the figures of the committed pairs, and of every labelled night that has a recording."""
    captures = default_captures()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--captures", type=Path, default=captures, help="folder of the recorded captures")
    parser.add_argument(
        "--labels", type=Path, help="folder of the labelled sets; else labels/ beside captures"
    )
    told = parser.parse_args()
    books = load_books()
    print(f"## Spellings\n\n{PAIRS.name}, all pairs together\n")
    _print_tallies(tally_pairs(judge_pairs(read_pairs(PAIRS), NOTHING.iloc[:0], books)))
    labels = told.labels or (told.captures and told.captures.parent / "labels")
    if labels is None or not labels.is_dir():
        print("\n(no labelled nights beside this checkout: give --captures and --labels)")
        return
    for night, offers in read_labels(labels).items():
        print(f"\n## The night of {night}\n")
        _judge_night(build_keys(read_bodies(told.captures, night)), offers, labels, books)


def _judge_night(keys: DataFrame, offers: DataFrame, labels: Path, books: IdentityBooks) -> None:
    start = time.perf_counter()
    full = resolve_identities(keys, NOTHING, NOTHING, books)
    print(f"{len(keys):,} keys to {len(full.models):,} models in {time.perf_counter() - start:.2f} s")
    for title, column in (("methods", "method"), ("unresolved", "reason")):
        print(f"{title}: " + _count(full.identities[column]))
    print("basis: " + _count(full.models["identity_basis"]))
    _print_score("labels as they stand", score_labels(full.identities, offers))
    _print_score("labels put right", score_labels(full.identities, correct_labels(offers)))
    judged = judge_pairs(read_pairs(labels / "traps.csv"), keys, books)
    print(f"\ntraps, {sum(same == joined for _, _, same, joined in judged)} of {len(judged)} right\n")
    _print_tallies(tally_pairs(judged))
    tried, joined = find_absent_joins(keys, full.identities, books)
    print(
        f"\nabsent: of {tried} keys left alone by their model's others {len(joined)} joined another", end=""
    )
    print(f" ({len(joined) / max(1, tried):.2%})", *joined, sep="\n  ")
    print("\nabsent: keys altered into another model's name\n")
    print("| altered | tried | false joins | share |\n| --- | ---: | ---: | ---: |")
    for name, (count, hits) in find_altered_joins(keys, full.identities, books).items():
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
