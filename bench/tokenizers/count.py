"""Counts the tokens of texts: `count.py REQUEST`, in the environment that `bench.tokenizers` makes.

REQUEST is a JSON file: tokenizers (name, path, format, pattern) and texts by name. Prints counts by tokenizer and text.
"""

import base64
import gzip
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sentencepiece
import tiktoken
import tokenizers

Counter = Callable[[str], int]


def load_counter(path: Path, kind: str, pattern: str) -> Counter:
    """A function from a text to its number of tokens, without start and end marks."""
    if kind == "hub":
        hub = tokenizers.Tokenizer.from_file(str(path))
        return lambda text: len(hub.encode(text, add_special_tokens=False).ids)
    if kind == "sentencepiece":
        pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))
        return lambda text: len(pieces.encode(text))
    if kind == "tekken":
        pattern, ranks = read_tekken(json.loads(path.read_bytes()))
    else:
        ranks = read_ranks(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
    encoding = tiktoken.Encoding(path.name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    return lambda text: len(encoding.encode_ordinary(text))


def read_ranks(content: bytes) -> dict[bytes, int]:
    """Ranks of a tiktoken file: a line holds bytes in base64 and their rank."""
    lines = (line.split() for line in content.splitlines() if line)
    return {base64.b64decode(token): int(rank) for token, rank in lines}


def read_tekken(raw: Mapping[str, Any]) -> tuple[str, dict[bytes, int]]:
    """Pattern and ranks of a tekken file; its last entries are beyond the vocabulary that models use."""
    config, vocabulary = raw["config"], raw["vocab"]
    used = config["default_vocab_size"] - config["default_num_special_tokens"]
    return config["pattern"], {base64.b64decode(entry["token_bytes"]): entry["rank"] for entry in vocabulary[:used]}


def main() -> None:
    request = json.loads(Path(sys.argv[1]).read_bytes())
    counts = {}
    for name, each in request["tokenizers"].items():
        count = load_counter(Path(each["path"]), each["format"], each["pattern"])
        counts[name] = {text: count(content) for text, content in request["texts"].items()}
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
