"""Cuts a name into tokens and a date: separators, compact dates and `p` for dot are spelling, not identity."""

import re
from functools import lru_cache
from typing import NamedTuple


class Tokens(NamedTuple):
    """Tokens of one name in order, and its first date."""

    words: tuple[str, ...]
    date: str
    """ "2025-12-11", "2025-12" or "--12-11"; empty when the name has none."""


_YEAR = r"20[12]\d"
_SHORT_YEAR = r"2[3-9]"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_EDGE, _END = r"(?<![\d.])", r"(?![\d.])"
# Longest form first. Seen 2026-05-18: 2025-12-11, 20250929, 251201, 09-2025, 202506, 2512, 25.01, 05-06, 0905.
_DATES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"{_EDGE}(?P<y>{_YEAR})-(?P<m>{_MONTH})-(?P<d>{_DAY}){_END}"), "{y}-{m}-{d}"),
    (re.compile(rf"{_EDGE}(?P<y>{_YEAR})(?P<m>{_MONTH})(?P<d>{_DAY}){_END}"), "{y}-{m}-{d}"),
    (re.compile(rf"{_EDGE}(?P<y>{_SHORT_YEAR})(?P<m>{_MONTH})(?P<d>{_DAY}){_END}"), "20{y}-{m}-{d}"),
    (re.compile(rf"{_EDGE}(?P<m>{_MONTH})-(?P<d>{_DAY})-(?P<y>{_YEAR}){_END}"), "{y}-{m}-{d}"),
    (re.compile(rf"{_EDGE}(?P<m>{_MONTH})-(?P<y>{_YEAR}){_END}"), "{y}-{m}"),
    (re.compile(rf"{_EDGE}(?P<y>{_YEAR})-?(?P<m>{_MONTH}){_END}"), "{y}-{m}"),
    (re.compile(rf"{_EDGE}(?P<y>{_SHORT_YEAR})\.?(?P<m>{_MONTH})(?![\d.b])"), "20{y}-{m}"),
    (re.compile(rf"{_EDGE}(?P<m>{_MONTH})-(?P<d>{_DAY}){_END}(?!b)"), "--{m}-{d}"),
    (re.compile(rf"{_EDGE}(?!1024)(?P<m>{_MONTH})(?P<d>{_DAY})(?![\d.bkpx])"), "--{m}-{d}"),
)
_QUANTISED = re.compile(r"(?<![a-z0-9])i?q[2-8](?:_[a-z0-9]+)+")
_SPLIT_SIZE = re.compile(r"(?<=\d)_(?=\d+b(?![a-z0-9]))|(?<=(?<![\d.])0)-(?=\d+b(?![a-z0-9]))")
_P_FOR_DOT = re.compile(r"(?<![a-z0-9.])([a-z]*\d+)p(\d+[a-z]*)(?![a-z0-9])")
_LOOSE_DOT = re.compile(r"(?<!\d)\.|\.(?!\d)")
_PLUS = re.compile(r"(?<=[a-z])\+(?![a-z0-9])")
_SEPARATORS = re.compile(r"[^a-z0-9.]+")
_WHOLE = re.compile(
    r"\d+(?:\.\d+)?[bmtk]|\d+x\d+(?:\.\d+)?b|[ae]\d+(?:\.\d+)?b|\d+e|(?:[a-z]\d+(?:\.\d+)*)+|[a-z]\d[a-z]"
    r"|(?:fp|bf|int|nvfp|mxfp|nf)\d+|\d+bit|i?q\d+[a-z0-9]*|w\d+a\d+|r7b"
)
_RUNS = re.compile(r"\d+(?:\.\d+)*|[a-z]+")
_V = re.compile(r"v(\d+(?:\.\d+)*)([a-z]?)")
_NUMBER = re.compile(r"[a-uw-z]?\d{1,2}(?:\.\d{1,2})?")
_DECIMAL = re.compile(r"[1-9]?\d")
_ZERO = re.compile(r"\A([a-z]?\d+)\.0\Z")
"""Of "2.0", which is 2; "4.20" stays, because it is not 4.2."""


@lru_cache(maxsize=1 << 16)
def cut_tokens(name: str) -> Tokens:
    """Cut a lower-case name into tokens; adjacent single numbers become one ("4-5" is "4.5")."""
    text, date = _QUANTISED.sub("-", name), ""
    for pattern, form in _DATES:
        if match := pattern.search(text):
            text, date = f"{text[: match.start()]}-{text[match.end() :]}", form.format(**match.groupdict())
            break
    text = _SPLIT_SIZE.sub(".", text)
    text = _P_FOR_DOT.sub(r"\1.\2", text)
    text = _LOOSE_DOT.sub("-", _PLUS.sub("-plus", text))
    pieces = [piece for raw in _SEPARATORS.split(text) if raw for piece in _split_piece(raw.strip("."))]
    return Tokens(tuple(_ZERO.sub(r"\1", token) for token in _merge_numbers(pieces)), date)


def _split_piece(piece: str) -> list[str]:
    version = _V.fullmatch(piece)
    if version:
        # "v03" is 0.3 (mistral-7b-instruct-v03); "v14" stays fourteen (command-text-v14).
        number = re.sub(r"^0(?=\d)", "0.", version[1])
        return ["v" + number, *version[2]]
    if piece.isalpha() or _WHOLE.fullmatch(piece):
        return [piece]
    return _RUNS.findall(piece)


def _merge_numbers(pieces: list[str]) -> list[str]:
    """Join "3" and "5" to "3.5", "k2" and "5" to "k2.5", "v" and "4" to "4"; drop the v of a version."""
    merged: list[str] = []
    was_whole = False
    for piece in pieces:
        last = merged[-1] if merged else ""
        if was_whole and _DECIMAL.fullmatch(piece):
            merged[-1] = f"{last}.{piece}"
            was_whole = False
            continue
        if last == "v" and piece[0].isdigit() and piece[-1].isdigit():
            merged[-1] = piece  # "v 4"; "step-1v-32k" is no version 32k
        elif merged and _V.fullmatch(piece):
            merged.append(piece[1:])
        else:
            merged.append(piece)
        was_whole = "." not in piece and _NUMBER.fullmatch(merged[-1]) is not None
    return merged
