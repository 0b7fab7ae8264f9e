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

    def identify(self, printed: str) -> str | None:
        """SPDX identifier of a printed licence; None for text that names none."""
        text = printed.strip().lower()
        if text in NOT_A_LICENCE:
            return None
        name = re.sub(r"[^a-z0-9.]+", "-", text).strip("-.")
        return self.ids.get(text) or (f"LicenseRef-{name}" if name else None)

    def identify_column(self, printed: Series) -> Series:
        """SPDX identifiers of a column of printed licences, null for text that names none."""
        return printed.map({text: self.identify(text) for text in printed.dropna().unique()}).astype("str")

    def classify(self, spdx: Series) -> Series:
        """License class of a column of identifiers, null for a licence that is not reviewed."""
        return spdx.map(dict(self.classes)).astype("str")


def load_licence_reference() -> LicenceReference:
    """Load licences.toml."""
    raw = read_reference_file("normalise/licences.toml")
    ids = {printed: entry["id"] for printed, entry in raw["spdx"].items()}
    classes = {entry["id"]: entry["class"] for entry in raw["spdx"].values()}
    custom = {f"LicenseRef-{name}": "restricted" for name in raw["custom"]["restricted"]}
    return LicenceReference(ids, classes | custom)
