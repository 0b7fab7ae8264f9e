"""Benchmarks: tables of model scores, each with its own model names."""

from functools import partial

from llmpairs.spiders.registry.source import SCORES, Source

_benchmark = partial(Source, kind="benchmark", lateness=SCORES)

BENCHMARKS = (
    _benchmark(
        id="models_dev_lab",
        title="models.dev lab models",
        urls={"models": "https://models.dev/models.json"},
        homepage="https://models.dev",
        lineage="models_dev",
        terms="MIT licence of the repository that the document is generated from.",
        terms_url="https://github.com/anomalyco/models.dev/blob/dev/LICENSE",
        redistributable=True,
        fewest_items=350,
        verified="capture",
        verified_note="the document of 2026-07-01: 231 models and 288 results, no unknown key",
    ),
    _benchmark(
        id="aider",
        title="Aider polyglot leaderboard",
        urls={
            "leaderboard": (
                "https://raw.githubusercontent.com/Aider-AI/aider/main/aider/website/_data/polyglot_leaderboard.yml"
            )
        },
        homepage="https://aider.chat/docs/leaderboards/",
        lineage="aider",
        terms="Apache-2.0 licence of the repository.",
        terms_url="https://github.com/Aider-AI/aider/blob/main/LICENSE.txt",
        redistributable=True,
        fewest_items=150,
        verified="capture",
        verified_note="the file of 2025-10-04: 69 runs, no unknown key",
    ),
    _benchmark(
        id="livebench",
        title="LiveBench",
        urls={"table": "https://livebench.ai/table_2026_01_08.csv"},
        other_urls={"table": ("https://livebench.ai/table_{edition}.csv",)},
        homepage="https://livebench.ai",
        lineage="livebench",
        terms="The site states no terms for its tables; the repository of the benchmark is under Apache-2.0.",
        terms_url="https://github.com/LiveBench/LiveBench/blob/main/LICENSE",
        redistributable=None,
        fewest_items=2_000,
        verified="capture",
        verified_note="the table of the edition 2026-01-08 as of 2026-07-01: 126 of 127 rows, one is three cells short",
    ),
    _benchmark(
        id="lmarena",
        title="LMArena",
        urls={
            "text": "https://raw.githubusercontent.com/lmarena/arena-catalog/main/data/leaderboard-text.json",
            "vision": "https://raw.githubusercontent.com/lmarena/arena-catalog/main/data/leaderboard-vision.json",
        },
        homepage="https://lmarena.ai/leaderboard",
        lineage="lmarena",
        terms="The repository of the data states no licence.",
        terms_url="https://github.com/lmarena/arena-catalog",
        redistributable=None,
        fewest_items=5_000,
        verified="capture",
        verified_note="both files of 2025-12-17: 7,461 and 451 ratings, no unknown key",
    ),
    _benchmark(
        id="swe_bench",
        title="SWE-bench leaderboards",
        urls={
            "leaderboards": (
                "https://raw.githubusercontent.com/SWE-bench/swe-bench.github.io/master/data/leaderboards.json"
            )
        },
        homepage="https://www.swebench.com",
        lineage="swe_bench",
        terms="All rights reserved by the SWE-bench team; commercial reuse of the leaderboards is not allowed.",
        terms_url="https://www.swebench.com",
        redistributable=False,
        fewest_items=90,
        verified="capture",
        verified_note="the file of 2025-12-10: 322 results of five lists, no unknown key",
    ),
)
