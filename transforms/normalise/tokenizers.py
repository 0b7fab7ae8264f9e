"""Tokenizers: measured characters per token, and the tokenizer of each model (tokenizers.toml, tokenizer_rates.csv)."""

import io
import re
from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.reference_files import (
    ReferenceDataError,
    find_missing_provenance,
    read_reference_bytes,
    read_reference_file,
)
from llmpairs.warehouse.contracts.costs import MODEL_TOKENIZERS, TOKENIZER_RATES
from llmpairs.warehouse.vocabulary import UNKNOWN_TOKENIZER

RATES_FILE = "normalise/tokenizer_rates.csv"
FAMILIES_FILE = "normalise/tokenizers.toml"
BOUNDS = ("chars_per_token_low", "chars_per_token_high")
DECIMALS = 4


@dataclass(frozen=True)
class TokenizerFamily:
    """Models that share a tokenizer, and where their maker states it."""

    pattern: re.Pattern[str]
    tokenizer: str
    evidence: str


@dataclass(frozen=True)
class TokenizerReference:
    """The measured rates, and the families in the order in which they are tried."""

    measured: DataFrame
    families: tuple[TokenizerFamily, ...]


def load_tokenizer_reference() -> TokenizerReference:
    """Load both files; ReferenceDataError for an entry that is incomplete or names a tokenizer without rates."""
    measured = pd.read_csv(io.BytesIO(read_reference_bytes(RATES_FILE)), parse_dates=["measured_on"])
    families = []
    for entry in read_reference_file(FAMILIES_FILE)["family"]:
        name = entry.get("tokenizer")
        problems = find_missing_provenance(entry)
        problems += [] if name == UNKNOWN_TOKENIZER or name in set(measured["tokenizer"]) else [f"no rates of {name}"]
        if problems:
            raise ReferenceDataError(f"tokenizers.toml, {entry.get('models')}: {', '.join(problems)}")
        pattern = re.compile("|".join(re.escape(model).replace(r"\*", ".*") for model in entry["models"]))
        families.append(TokenizerFamily(pattern, name, entry["evidence"]))
    return TokenizerReference(measured, tuple(families))


def tabulate_rates(reference: TokenizerReference) -> DataFrame:
    """TOKENIZER_RATES: the measured rates, and for the unknown tokenizer the range of all of them."""
    rates = reference.measured.assign(measured_on=reference.measured["measured_on"].dt.date)
    rates["chars_per_token"] = (rates["characters"] / rates["tokens"]).round(DECIMALS)
    rates = rates.assign(**dict.fromkeys(BOUNDS, rates["chars_per_token"]))
    of_language = rates.groupby("language")["chars_per_token"]
    unknown = of_language.agg(["min", "max"]).reset_index().set_axis(["language", *BOUNDS], axis=1)
    table = pd.concat([rates, unknown.assign(tokenizer=UNKNOWN_TOKENIZER)], ignore_index=True)
    table = table.astype({"characters": "Int64", "tokens": "Int64"})
    return table.sort_values(list(TOKENIZER_RATES.key), ignore_index=True)[TOKENIZER_RATES.column_names]


def tabulate_model_tokenizers(models: DataFrame, reference: TokenizerReference) -> DataFrame:
    """MODEL_TOKENIZERS of the models that generate text: the first family that covers each, else unknown."""
    generating = models["is_text_generating"].fillna(False).astype(bool)
    ids = Series(sorted(models.loc[generating, "model_id"]), dtype="str")
    tokenizer, evidence = Series(None, ids.index, dtype="object"), Series(None, ids.index, dtype="object")
    for family in reference.families:
        covered = tokenizer.isna() & ids.str.fullmatch(family.pattern)
        tokenizer[covered] = family.tokenizer
        evidence[covered] = None if family.tokenizer == UNKNOWN_TOKENIZER else family.evidence
    table = DataFrame({"model_id": ids, "tokenizer": tokenizer.fillna(UNKNOWN_TOKENIZER), "evidence": evidence})
    return table[MODEL_TOKENIZERS.column_names]
