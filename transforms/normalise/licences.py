"""Printed licences to SPDX identifiers; a custom one becomes LicenseRef- with its own name."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from pandas import Series

NOT_A_LICENCE = {"other", "unknown", "none", ""}


@dataclass(frozen=True)
class LicenceBook:
    """Identifiers and classes by the printed name in lower case."""

    ids: Mapping[str, str]
    classes: Mapping[str, str]

    def identify(self, printed: str) -> tuple[str | None, str | None]:
        """SPDX identifier and class of a printed licence; (None, None) for words that name none."""
        word = printed.strip().lower()
        if word in NOT_A_LICENCE:
            return None, None
        if word in self.ids:
            return self.ids[word], self.classes.get(self.ids[word])
        name = re.sub(r"[^a-z0-9.]+", "-", word).strip("-.")
        return (f"LicenseRef-{name}", self.classes.get(f"LicenseRef-{name}")) if name else (None, None)

    def identify_column(self, printed: Series) -> Series:
        """SPDX identifiers of a column of printed licences, null for words that name none."""
        known = {word: self.identify(word)[0] for word in printed.dropna().unique()}
        return printed.map(known).astype("str")

    def classify(self, spdx: Series) -> Series:
        """License class of a column of identifiers, null where nobody has read the licence."""
        return spdx.map(dict(self.classes)).astype("str")


def load_licences() -> LicenceBook:
    """The book from licences.toml."""
    raw = tomllib.loads(
        (files("llmpairs.transforms.normalise") / "licences.toml").read_text(encoding="utf-8")
    )
    ids = {word: entry["id"] for word, entry in raw["spdx"].items()}
    classes = {entry["id"]: entry["class"] for entry in raw["spdx"].values()}
    for name in raw["custom"]["restricted"]:
        classes[f"LicenseRef-{name}"] = "restricted"
    return LicenceBook(ids, classes)
