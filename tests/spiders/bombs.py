"""Pages made to exhaust a parser: `python -m tests.spiders.bombs` parses each under limits of memory and time.

Prints a JSON line for each with its outcome. The process is killed where a page exceeds the limits.
"""

import json
import resource
from collections.abc import Callable

from llmpairs.spiders.base import find_spider
from llmpairs.spiders.crawling.outcome import PageRequest, parse_page
from llmpairs.spiders.crawling.pipelines import reject_invalid_items, serialise_items
from llmpairs.spiders.registry import SOURCES
from tests.spiders.pages import CAPTURE

MEMORY = 3 << 30
"""Bytes of address space, the interpreter and its libraries included."""
SECONDS = 120
"""Of the processor, for all pages together."""


def listed(entry: bytes, count: int, key: bytes = b"data") -> bytes:
    """A catalogue of one entry, again and again."""
    return b'{"%s":[' % key + b",".join([entry] * count) + b"]}"


def numbered(entry: bytes, count: int) -> bytes:
    """An object of entries under numbers."""
    return b"{" + b",".join(entry % number for number in range(count)) + b"}"


def many_names_and_steps(count: int) -> bytes:
    """A small model entry that makes a claim for each name with each step of its price."""
    names = [{"equals": f"n{number}"} for number in range(count)]
    steps = [{"start": number, "price": 1} for number in range(count)]
    model = {"id": "m", "match": {"or": names}, "prices": {"input_mtok": {"base": 1, "tiers": steps}}}
    return json.dumps([{"id": "p", "models": [model]}]).encode()


Bomb = tuple[str, str, Callable[[], bytes]]
"""Source, page, and how its body is made."""
BOMBS: dict[str, Bomb] = {
    "a deep list": ("zenmux", "models", lambda: b"[" * 4_000_000),
    "deep objects": ("zenmux", "models", lambda: b'{"a":' * 1_000_000),
    "a depth that is read and cannot be shown": ("zenmux", "models", lambda: listed(b"[" * 900 + b"]" * 900, 1)),
    "more entries than any list": ("zenmux", "models", lambda: listed(b"0", 2_000_000)),
    "entries that nobody can read": ("zenmux", "models", lambda: listed(b"0", 90_000)),
    "a catalogue without end": (
        "bedrock",
        "us_east_1",
        lambda: b'{"terms":{"OnDemand":{}},"products":' + numbered(b'"%d":{"attributes":{}}', 110_000) + b"}",
    ),
    "unknown keys": ("nvidia_nim", "models", lambda: listed(numbered(b'"k%d":1', 200_000)[:-1] + b',"id":"x"}', 1)),
    "a key again and again": (
        "litellm",
        "prices",
        lambda: b"{" + b",".join(b'"a":{"b":%d}' % n for n in range(200_000)) + b"}",
    ),
    "names times steps": ("genai_prices", "prices", lambda: many_names_and_steps(30_000)),
    "a number of megabytes": ("zenmux", "models", lambda: listed(b"9" * 5_000_000, 1)),
    "a text of megabytes": ("zenmux", "models", lambda: listed(b'"' + b"a" * 5_000_000 + b'"', 1)),
    "a key of megabytes": ("lmarena", "text", lambda: b'{"full":{"' + b"1-" * 2_000_000 + b'":{"rating":1}}}'),
    "a tag of megabytes": (
        "swe_bench",
        "leaderboards",
        lambda: json.dumps(
            {"leaderboards": [{"name": "Lite", "results": [{"name": "x", "tags": ["Model: " + "1." * 2_000_000]}]}]}
        ).encode(),
    ),
    "aliases of aliases": (
        "aider",
        "leaderboard",
        lambda: b"- &a0 [x]\n" + b"".join(b"- &a%d [*a%d,*a%d]\n" % (n, n - 1, n - 1) for n in range(1, 60)),
    ),
    "a list within itself": ("aider", "leaderboard", lambda: b"- model: &a [*a]\n"),
    "deep YAML": ("aider", "leaderboard", lambda: b"[" * 400_000),
    "an object of Python": ("aider", "leaderboard", lambda: b"- model: !!python/object/apply:os.system ['false']\n"),
    "a table of blank lines": ("livebench", "table", lambda: b"model,a\n" + b"\n" * 1_000_000),
    "a quote that never ends": ("livebench", "table", lambda: b'model,a\n"' + b"x" * 1_000_000),
    "brackets": ("fireworks", "pricing", lambda: b"[" * 40_000),
    "half links": ("fireworks", "pricing", lambda: b"[a](" * 25_000),
    "stars": ("fireworks", "pricing", lambda: b"*a**" * 20_000),
    "a wide table": ("fireworks", "pricing", lambda: b"|a" * 15_000 + b"|\n" + b"|-" * 15_000 + b"|\n"),
    "many tables": ("fireworks", "pricing", lambda: b"|a|\n|-|\n|b|\n\n" * 2_000),
    "Markdown without end": ("fireworks", "pricing", lambda: b"a" * 400_000),
    "a half of a price": (
        "fireworks",
        "pricing",
        lambda: (
            b"prices are **input / cached input / output**\n\nBatch inference is billed at 0% of serverless"
            b" pricing on both input and output\n\n|Model|Standard|Priority|\n|-|-|-|\n|m|$1 / $1 / $1|-|\n"
        ),
    ),
    "deep HTML": ("vertex_ai", "pricing", lambda: b"<div>" * 1_000_000),
    "tables within tables": ("vertex_ai", "pricing", lambda: b"<table><tr><td>" * 300_000),
    "cells that span the page": (
        "vertex_ai",
        "pricing",
        lambda: b"<table>" + (b"<tr>" + b"<td rowspan=65000 colspan=1000>a" * 3) * 10_000,
    ),
    "a row of a million cells": ("vertex_ai", "pricing", lambda: b"<table><tr>" + b"<td>" * 1_000_000),
    "a tab for each table": (
        "vertex_ai",
        "pricing",
        lambda: b"".join(
            b"<div role=tabpanel aria-labelledby=t%d><table><tr><td>a</table></div>" % n for n in range(60_000)
        ),
    ),
    "lines under a heading": (
        "vertex_ai",
        "pricing",
        lambda: b"<h1>a</h1>" + b"<p>a" * 200_000 + b"<table><tr><td>a</table>" * 900,
    ),
    "HTML without end": ("vertex_ai", "pricing", lambda: b"<p>" + b"a" * 9_000_000),
    "a card of digits": ("huggingface_cards", "readme", lambda: b"---\n---\n" + b"1" * 5_000_000),
    "a card of one word": ("huggingface_cards", "readme", lambda: b"---\n---\n" + b"parameters" * 500_000),
    "front matter without end": ("huggingface_cards", "readme", lambda: b"---\n" + b"a: b\n" * 1_000_000 + b"---\n"),
    "a scale without end": (
        "huggingface_cards",
        "config",
        lambda: (
            b'{"max_position_embeddings":4096,"rope_scaling":{"type":"yarn",'
            b'"original_max_position_embeddings":4096,"factor":' + b"9" * 1_000_000 + b"}}"
        ),
    ),
    "a next page without end": (
        "azure",
        "gpt5",
        lambda: b'{"Items":[],"NextPageLink":"https://a.example/?$skip=' + b"9" * 1_000_000 + b'"}',
    ),
    "bytes of nothing": ("together", "models", lambda: b"\0" * 200_000),
}


def burst(name: str) -> dict[str, object]:
    """The outcome of a page."""
    source_id, page, make = BOMBS[name]
    source = SOURCES[source_id]
    url = source.urls[page].format(model="lab/m", repo="lab/m")
    parser = find_spider(source_id).parsers[page]
    outcome = reject_invalid_items(parse_page(PageRequest(number=0, page=page, url=url), CAPTURE, make(), parser))
    return {
        "name": name,
        "cause": outcome.cause,
        "detail": outcome.detail,
        "lines": len(serialise_items(outcome, source_id)),
    }


def main() -> None:
    """All pages, one after the other."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    for name in BOMBS:
        print(json.dumps(burst(name)), flush=True)


if __name__ == "__main__":
    main()
