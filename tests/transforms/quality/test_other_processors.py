"""The same index and outcomes on processors with other instructions."""

import os
import subprocess
import sys

PROGRAM = """
import hashlib
import pandas as pd
import pyarrow as pa
from bench.synthetic_pairs import make_tables
from llmpairs.transforms.pairs.build import pair_blocks
from llmpairs.transforms.quality.table import build_quality
from tests.transforms.pairs.conftest import make_sample
from tests.transforms.quality.test_quality import CAPABILITIES, models, rules, scores
index = build_quality(scores(), models("lab-1/unscored"), CAPABILITIES, rules())
pairs = pa.concat_tables(pair_blocks(make_sample(make_tables(40, seed=3)).arrays)).to_pandas()
print([hashlib.sha256(frame.to_csv().encode()).hexdigest() for frame in (index, pairs)])
"""
OLD_PROCESSOR = {
    "OPENBLAS_CORETYPE": "Prescott",
    "OPENBLAS_NUM_THREADS": "1",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512_SKX",
}


def digest(changes: dict[str, str]) -> str:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=os.environ | changes, capture_output=True, text=True, check=True
    )
    return run.stdout


def test_another_processor_gives_the_same_bytes() -> None:
    assert digest(OLD_PROCESSOR) == digest({})
