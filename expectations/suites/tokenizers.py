"""Checklists of tokenizers: rates recompute from what was counted, and every model has a tokenizer with rates."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import Suite, critical, info, only_where, references
from llmpairs.warehouse.contracts.costs import MODEL_TOKENIZERS, TOKENIZER_RATES
from llmpairs.warehouse.vocabulary import UNKNOWN_TOKENIZER

BOUNDS = ("chars_per_token_low", "chars_per_token_high")
ROUNDING = 1e-4


def rate_recomputes(rows: pd.DataFrame) -> pd.Series:
    """A rate is characters over tokens, and equal to its bounds."""
    counted = rows["characters"].astype("float64") / rows["tokens"].astype("float64")
    values = rows[["chars_per_token", *BOUNDS]]
    same = values.sub(counted, axis=0).abs().le(ROUNDING).all(axis=1)
    return only_where(rows["tokenizer"] != UNKNOWN_TOKENIZER, same)


def unknown_spans_all(rows: pd.DataFrame) -> pd.Series:
    """The bounds of the unknown tokenizer are the extremes of the language."""
    known = rows[rows["tokenizer"] != UNKNOWN_TOKENIZER].groupby("language", observed=True)["chars_per_token"]
    language = rows["language"].astype("str")
    same = (rows[BOUNDS[0]] == language.map(known.min())) & (rows[BOUNDS[1]] == language.map(known.max()))
    return only_where(rows["tokenizer"] == UNKNOWN_TOKENIZER, same)


TOKENIZER_SUITES = (
    Suite(
        name="tokenizer_rates",
        table="tokenizer_rates",
        key=TOKENIZER_RATES.key,
        rules=(
            *from_contract(TOKENIZER_RATES),
            critical(
                "the rate recomputes from characters and tokens",
                rate_recomputes,
                rows=("tokenizer", "characters", "tokens", "chars_per_token", *BOUNDS),
            ),
            critical(
                "the unknown tokenizer spans all others",
                unknown_spans_all,
                rows=("tokenizer", "language", "chars_per_token", *BOUNDS),
            ),
        ),
    ),
    Suite(
        name="model_tokenizers",
        table="model_tokenizers",
        key=MODEL_TOKENIZERS.key,
        rules=(
            *from_contract(MODEL_TOKENIZERS),
            critical(references("model_id", "models", "model_id")),
            critical(references("tokenizer", "tokenizer_rates", "tokenizer")),
            info(
                "the tokenizer is known",
                lambda rows: rows["tokenizer"] != UNKNOWN_TOKENIZER,
                rows=("tokenizer",),
                why="prices per character are bounds where it is not",
            ),
        ),
    ),
)
