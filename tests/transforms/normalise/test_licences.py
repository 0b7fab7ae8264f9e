import pytest

from llmpairs.transforms.normalise.licences import load_licence_reference


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
    assert load_licence_reference().identify(printed) == spdx


def test_a_licence_with_conditions_is_not_called_open() -> None:
    reference = load_licence_reference()
    assert reference.classes["Apache-2.0"] == "open"
    assert reference.classes["LicenseRef-llama3.3"] == "restricted"
    assert reference.identify("Our Own Licence v2") == "LicenseRef-our-own-licence-v2"
    assert "LicenseRef-our-own-licence-v2" not in reference.classes
