"""Maps printed licences to SPDX identifiers; a custom licence becomes "LicenseRef-" plus its name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pandas import Series

from llmpairs.transforms.normalise.reference_files import read_reference_file

NOT_A_LICENCE = {"other", "unknown", "none", ""}


@dataclass(frozen=True)
class LicenceReference:
    """SPDX identifier by printed name in lower case, and license class by identifier."""

    ids: Mapping[str, str]
    classes: Mapping[str, str]

    def identify(self, printed: str) -> tuple[str | None, str | None]:
        """SPDX identifier and class of a printed licence; (None, None) for text that names none."""
        text = printed.strip().lower()
        if text in NOT_A_LICENCE:
            return None, None
        if text in self.ids:
            return self.ids[text], self.classes.get(self.ids[text])
        name = re.sub(r"[^a-z0-9.]+", "-", text).strip("-.")
        return (f"LicenseRef-{name}", self.classes.get(f"LicenseRef-{name}")) if name else (None, None)

    def identify_column(self, printed: Series) -> Series:
        """SPDX identifiers of a column of printed licences, null for text that names none."""
        known = {text: self.identify(text)[0] for text in printed.dropna().unique()}
        return printed.map(known).astype("str")

    def classify(self, spdx: Series) -> Series:
        """License class of a column of identifiers, null for a licence that is not reviewed."""
        return spdx.map(dict(self.classes)).astype("str")


def load_licence_reference() -> LicenceReference:
    """Load licences.toml."""
    raw = read_reference_file("normalise/licences.toml")
    ids = {printed: entry["id"] for printed, entry in raw["spdx"].items()}
    classes = {entry["id"]: entry["class"] for entry in raw["spdx"].values()}
    for name in raw["custom"]["restricted"]:
        classes[f"LicenseRef-{name}"] = "restricted"
    return LicenceReference(ids, classes)
