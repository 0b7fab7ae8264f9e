"""Display names of models as a developer writes them: without seller, price tier, setting and number format."""

import re

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.identity.reference_types import IdentityReference

PRINTABLE = r"[^\x00-\x1f\x7f<>{}\\]{1,120}"
"""Display names without control characters and markup."""
IN_FRONT = r"^(?:[\w.-]+/|[\w. -]{2,30}: |[a-z0-9-]+--)"
"""Developer or seller that catalogues put first: "Qwen/Qwen3.5-4B", "OpenAI: gpt-oss-120b", "anthropic--claude"."""
ENDING = r"^(?P<name>.*[^\s([_:-])[\s_:-]*[([](?P<ending>[^()[\]]+)[)\]]$|^(?P<bare>.*\S)[\s_:-]+(?P<word>[\w.]+)$"
REPOSITORY_ENDING = r"(?i)(?:[-_](?:fp8|fp4|nvfp4|mxfp4|bf16|fp16|int[48]|awq|gptq|gguf|hf|dynamic|\d+bit))+$"
MARKS = r"[^a-z0-9.+]+"
SLUG = r"[a-z0-9][a-z0-9._:/@-]*[-_/][a-z0-9._:/@-]*"
_SETTING = re.compile(r"(?:iq|q)\d\w*|\d+bit|(?:fp|bf|int|nvfp|mxfp)\d+")
TOKEN = re.compile(r"[a-z]+|\d+(?:\.\d+)*")
LONGEST_ENDINGS = 3
"""Endings that are cut from one name: "(free) (US)"."""


def clean_name_claims(claims: DataFrame, reference: IdentityReference) -> DataFrame:
    """Claims in which the values of `display_name` are cleaned; a name with control characters or markup is dropped."""
    is_name = (claims["field"] == "display_name") & (claims["subject_kind"] == "model")
    names = claims.loc[is_name, ["value", "subject_id"]].drop_duplicates()
    names["cleaned"] = clean_display_names(names["value"], names["subject_id"], reference)
    found = claims.loc[is_name, ["value", "subject_id"]].merge(names, how="left", on=["value", "subject_id"])
    value = claims["value"].copy()
    value.loc[is_name] = found["cleaned"].to_numpy()
    return claims.assign(value=value)[value.notna() | ~is_name].reset_index(drop=True)


def clean_display_names(names: Series, model_ids: Series, reference: IdentityReference) -> Series:
    """Names without developer, seller and what says nothing of the model; null for text that is no name.

    An ending is cut where affixes.toml knows it as a tier, setting, region, speed or number format and the model's id
    does not have it: "(free)" always, "Turbo" only of a model that is not called so.
    """
    printed = names.where(names.str.fullmatch(PRINTABLE))
    ids = "-" + drop_owners(model_ids).str.replace(r"[^a-z0-9.]+", "-", regex=True) + "-"
    text = drop_sellers(printed, ids)
    text = drop_developers(text, model_ids, reference)
    affixes = reference.affixes
    bare = affixes.speed | affixes.packaging | affixes.quantisation | affixes.name_ending
    in_brackets = bare | affixes.switch | affixes.region | affixes.host
    for _ in range(LONGEST_ENDINGS):
        parts = text.str.extract(ENDING)
        for name, ending, words in (("name", "ending", in_brackets), ("bare", "word", bare)):
            is_cut = find_surplus(parts[ending], ids, words)
            text = text.mask(is_cut, parts[name])
    return text.str.strip().replace("", None)


def drop_sellers(names: Series, ids: Series) -> Series:
    """Names without what catalogues put first, unless no word of the padded id remains ("Venice: Uncensored")."""
    cut = names.str.replace(IN_FRONT, "", regex=True).str.strip()
    is_cut = names.notna() & (cut != names)
    found = [
        any(word in own for word in TOKEN.findall(name.lower()))
        for name, own in zip(cut[is_cut], ids[is_cut], strict=True)
    ]
    has_word = Series(found, index=names.index[is_cut], dtype="bool").reindex(names.index, fill_value=False)
    return names.where(~(is_cut & has_word), cut).str.strip()


def find_surplus(endings: Series, ids: Series, words: frozenset[str]) -> Series:
    """Whether each ending is one of the words, or a number format, that the padded id does not have."""
    known = endings.dropna().str.lower().str.strip()
    known = known[known.isin(words) | known.str.fullmatch(_SETTING)]
    surplus = [f"-{ending}-" not in model_id for ending, model_id in zip(known, ids[known.index], strict=True)]
    return Series(surplus, index=known.index, dtype="boolean").reindex(endings.index).fillna(False).astype(bool)


def drop_developers(names: Series, model_ids: Series, reference: IdentityReference) -> Series:
    """Names without the developer in front ("NVIDIA Nemotron Nano"), where the model's own name does not begin with it.

    A name of tier words alone keeps it ("Sarvam Medium").
    """
    developers = model_ids.str.replace("/.*", "", regex=True)
    spelled: dict[str, list[str]] = {}
    for spelling, developer in reference.spellings.items():
        spelled.setdefault(developer, []).append(spelling)
    patterns = {
        developer: re.compile(rf"(?:{'|'.join(sorted(map(re.escape, words), key=len, reverse=True))})[\s_-]+(?=\S)")
        for developer in developers.unique()
        if (words := [*spelled.get(developer, ()), *filter(None, [reference.names.get(developer, "").lower()])])
    }
    found = []
    for name, developer, own in zip(names, developers, drop_owners(model_ids), strict=True):
        match = patterns[developer].match(name.lower()) if developer in patterns and isinstance(name, str) else None
        if match is not None:
            begins = own.startswith(re.sub(r"[\s_-]+$", "", match[0]).replace(" ", "-"))
            is_named = not reference.affixes.vocabulary.issuperset(TOKEN.findall(name[match.end() :].lower()))
            name = name[match.end() :] if is_named and not begins else name
        found.append(name)
    return Series(found, index=names.index, dtype="str")


def drop_owners(ids: Series) -> Series:
    """Ids of models or repositories without developer or organisation."""
    return ids.str.replace("^[^/]*/", "", regex=True)


def clean_repository_names(repositories: Series) -> Series:
    """Names of repositories without organisation and number format: "gpt-oss-120b" of openai/gpt-oss-120b."""
    names = drop_owners(repositories)
    return names.str.replace(REPOSITORY_ENDING, "", regex=True)


def fold_names(names: Series) -> Series:
    """Forms of names: case, blanks, hyphens and brackets count for nothing ("Qwen3.5-4B" and "Qwen3.5 4b" are one)."""
    return names.str.lower().str.replace(MARKS, "", regex=True)


def is_slug(names: Series) -> Series:
    """Whether a name is a bare key: lower case without blanks, in several parts."""
    return names.str.fullmatch(SLUG).fillna(False).astype(bool)


def count_differences(names: Series, model_ids: Series) -> Series:
    """Tokens that only one of a name and its model's id has: the fewer, the more of the model the name states."""
    pairs = pd.DataFrame({"name": names, "own": drop_owners(model_ids)})
    unique = pairs.drop_duplicates()
    counts = [
        len({*TOKEN.findall(name.lower())} ^ {*TOKEN.findall(own)})
        for name, own in zip(unique["name"], unique["own"], strict=True)
    ]
    known = unique.assign(differences=counts)
    return pairs.merge(known, how="left", on=["name", "own"])["differences"].set_axis(names.index)
