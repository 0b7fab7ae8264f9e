import pandas as pd
import pytest

from llmpairs.transforms.normalise.dates import read_dates
from llmpairs.transforms.normalise.licences import load_licences


def test_dates_keep_the_precision_they_are_printed_in() -> None:
    read = read_dates(
        pd.Series(["2025-08-05", "2025-08", "2025", "2025-02-30", "soon", None, "June 5, 2026"], dtype="str")
    )
    assert list(read["precision"].fillna("-")) == ["day", "month", "year", "-", "-", "-", "day"]
    assert [day.isoformat()[:10] for day in read["date"].dropna()] == [
        "2025-08-05",
        "2025-08-01",
        "2025-01-01",
        "2026-06-05",
    ]


@pytest.mark.parametrize(
    ("printed", "spdx"),
    [
        ("apache-2.0", "Apache-2.0"),
        ("Apache 2.0", "Apache-2.0"),
        ("MIT", "MIT"),
        ("llama3.3", "LicenseRef-llama3.3"),
        ("Our Own Licence v2", "LicenseRef-our-own-licence-v2"),
        ("other", None),
        ("unknown", None),
    ],
)
def test_licences_become_spdx_and_other_names_none(printed: str, spdx: str | None) -> None:
    assert load_licences().identify(printed)[0] == spdx


def test_a_licence_with_conditions_is_not_called_open() -> None:
    book = load_licences()
    assert book.classes["Apache-2.0"] == "open"
    assert book.classes["LicenseRef-llama3.3"] == "restricted"
    assert book.identify("Our Own Licence v2") == ("LicenseRef-our-own-licence-v2", None)
