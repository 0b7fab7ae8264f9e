"""Benchmarks: tables of model scores, each with its own model names."""

from functools import partial
from urllib.parse import quote

from llmpairs.spiders.registry.source import SCORES, Source

ARENA_CATEGORIES = (
    "overall", "hard_prompts", "instruction_following", "math", "multi_turn", "creative_writing", "coding",
    "longer_query",
)  # fmt: skip
ARENA_WHERE = " OR ".join(f"\"category\"='{category}'" for category in ARENA_CATEGORIES)
ARENA_ROWS = (
    "https://datasets-server.huggingface.co/filter?dataset=lmarena-ai%2Fleaderboard-dataset"
    "&config={arena}_style_control&split=latest&where={where}&length=100"
)
"""Rows of the newest ratings with style control, by the dataset viewer of the Hugging Face Hub."""

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
        urls={arena: ARENA_ROWS.format(arena=arena, where=quote(ARENA_WHERE, safe="")) for arena in ("text", "vision")},
        # The catalogue that the dataset replaced; its files are of 2025-12.
        other_urls={
            "text": ("https://raw.githubusercontent.com/lmarena/arena-catalog/main/data/leaderboard-text.json",),
            "vision": ("https://raw.githubusercontent.com/lmarena/arena-catalog/main/data/leaderboard-vision.json",),
        },
        homepage="https://lmarena.ai/leaderboard",
        lineage="lmarena",
        terms="Creative Commons Attribution 4.0 (CC BY 4.0), declared in the card of the dataset; credit to LMArena. "
        "The repository of the catalogue before it states no licence.",
        terms_url="https://huggingface.co/datasets/lmarena-ai/leaderboard-dataset",
        redistributable=None,
        fewest_items=2_500,
        verified="documented",
        verified_note="the dataset: columns, categories and paging as public clients of 2026-09 and 2026-10 read them, "
        "no body; the catalogue: both files of 2025-12-17, 7,461 and 451 ratings, no unknown key",
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
    _benchmark(
        id="epoch",
        title="Epoch AI benchmark hub",
        urls={"benchmarks": "https://epoch.ai/data/benchmark_data.zip"},
        other_urls={"benchmarks": ("https://epoch.ai/data/benchmark_data.zip#{member}",)},
        homepage="https://epoch.ai/benchmarks",
        lineage="epoch",
        terms="Creative Commons Attribution 4.0 (CC BY 4.0), stated in the README of the archive; credit to Epoch AI.",
        terms_url="https://epoch.ai/benchmarks",
        redistributable=True,
        fewest_items=1_000,
        verified="capture",
        verified_note="the members of the archives of 2026-03-10 and 2026-04-19, not the archive itself",
    ),
    _benchmark(
        id="bfcl",
        title="Berkeley Function Calling Leaderboard",
        urls={"table": "https://gorilla.cs.berkeley.edu/data_overall.csv"},
        homepage="https://gorilla.cs.berkeley.edu/leaderboard.html",
        lineage="bfcl",
        terms="Apache-2.0 licence of the repository.",
        terms_url="https://github.com/ShishirPatil/gorilla/blob/main/LICENSE",
        redistributable=True,
        fewest_items=300,
        verified="capture",
        verified_note="nine tables from 2024-10-04 to 2025-12-17: every row parses",
    ),
    _benchmark(
        id="tau2_bench",
        title="tau2-bench leaderboard",
        urls={
            "submissions": (
                "https://raw.githubusercontent.com/sierra-research/tau2-bench/main/web/leaderboard/public/"
                "submissions/manifest.json"
            )
        },
        other_urls={
            "submissions": (
                "https://raw.githubusercontent.com/sierra-research/tau2-bench/main/web/leaderboard/public/"
                "submissions/{submission}/submission.json",
            )
        },
        homepage="https://tau-bench.com",
        lineage="tau2_bench",
        terms="MIT licence of the repository.",
        terms_url="https://github.com/sierra-research/tau2-bench/blob/main/LICENSE",
        redistributable=True,
        fewest_items=100,
        verified="capture",
        verified_note="the manifest and 65 submissions of 2026-03 to 2026-08",
    ),
    _benchmark(
        id="vectara",
        title="Vectara hallucination leaderboard",
        urls={"readme": "https://raw.githubusercontent.com/vectara/hallucination-leaderboard/main/README.md"},
        homepage="https://github.com/vectara/hallucination-leaderboard",
        lineage="vectara",
        terms="Apache-2.0 licence of the repository.",
        terms_url="https://github.com/vectara/hallucination-leaderboard/blob/main/LICENSE",
        redistributable=True,
        fewest_items=60,
        verified="capture",
        verified_note="four states from 2023-11-15 to 2026-03-10: every row parses",
    ),
    _benchmark(
        id="gso",
        title="GSO leaderboard",
        urls={"leaderboard": "https://gso-bench.github.io/assets/leaderboard.json"},
        homepage="https://gso-bench.github.io",
        lineage="gso",
        terms="The site states no terms for its results; the code of the benchmark is under MIT.",
        terms_url="https://github.com/gso-bench/gso/blob/main/LICENSE",
        redistributable=None,
        fewest_items=20,
        verified="capture",
        verified_note="three files from 2025-05-30 to 2026-04-27: every run parses",
    ),
    _benchmark(
        id="bigcodebench",
        title="BigCodeBench leaderboard",
        urls={
            "all": "https://bigcode-bench.github.io/results.json",
            "hard": "https://bigcode-bench.github.io/results-hard.json",
        },
        homepage="https://bigcode-bench.github.io",
        lineage="bigcodebench",
        terms="The site states no terms for its results; the code of the benchmark is under Apache-2.0.",
        terms_url="https://github.com/bigcode-project/bigcodebench/blob/main/LICENSE",
        redistributable=None,
        fewest_items=500,
        verified="capture",
        verified_note="both files of 2025-04-16: 202 models each",
    ),
    _benchmark(
        id="evalplus",
        title="EvalPlus leaderboard",
        urls={"results": "https://evalplus.github.io/results.json"},
        homepage="https://evalplus.github.io/leaderboard.html",
        lineage="evalplus",
        terms="Apache-2.0 licence of the repository.",
        terms_url="https://github.com/evalplus/evalplus.github.io/blob/main/LICENSE",
        redistributable=True,
        fewest_items=250,
        verified="capture",
        verified_note="the file of 2024-12-26: 125 models",
    ),
    _benchmark(
        id="mmmu",
        title="MMMU leaderboard",
        urls={"leaderboard": "https://mmmu-benchmark.github.io/leaderboard_data.json"},
        homepage="https://mmmu-benchmark.github.io",
        lineage="mmmu",
        terms="Creative Commons Attribution-ShareAlike 4.0 (CC BY-SA 4.0), stated at the foot of the site.",
        terms_url="https://mmmu-benchmark.github.io",
        redistributable=True,
        fewest_items=200,
        verified="capture",
        verified_note="three files from 2024-09-04 to 2026-07-03: every entry parses",
    ),
)
