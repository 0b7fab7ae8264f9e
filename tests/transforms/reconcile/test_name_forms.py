"""Display names: votes by form, the developer's spelling, and names that two models share."""

from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame, Series

from llmpairs.transforms.reconcile.name_forms import apply_repository_names, separate_names
from tests.transforms.reconcile.test_choose import choose, claims, published

FIELD = "display_name"


def stated(*rows: dict[str, Any], subject: str = "acme/zeta-3") -> DataFrame:
    """Claims on one model's display name, each of a host of its own unless it says otherwise."""
    named = [
        {"subject_id": subject, "field": FIELD, "operator_id": f"host-{n}", "provider_model_key": f"k{n}", **row}
        for n, row in enumerate(rows)
    ]
    return claims(*named)


def chosen_name(*rows: dict[str, Any], subject: str = "acme/zeta-3") -> str | None:
    """The published name, the same in any order of the claims."""
    frame = stated(*rows, subject=subject)
    found = {published(frame.sample(frac=1, random_state=seed), FIELD) for seed in range(4)}
    assert len(found) == 1
    return found.pop()


def test_spellings_of_one_form_vote_together() -> None:
    # qwen3-vl-30b-a3b-instruct has five spellings of one form, and "Qwen3 VL 30B" (2026-05-18)
    one = [{"value": value} for value in ("Zeta 3", "Zeta-3", "zeta 3")]
    assert chosen_name(*one, {"value": "Zeta"}, {"value": "Zeta"}, subject="acme/zeta") == "Zeta 3"


def test_the_developers_spelling_is_published_within_the_winning_form() -> None:
    hosts = [{"value": "ZETA 3"}, {"value": "ZETA 3"}]
    assert chosen_name(*hosts, {"value": "Zeta-3", "authority": 2}) == "Zeta-3"


def test_a_bare_key_yields_to_any_printed_name() -> None:
    keys = [{"value": "zeta-3-instant"} for _ in range(3)]
    assert chosen_name(*keys, {"value": "Zeta 3"}) == "Zeta 3"
    assert chosen_name({"value": "zeta-3"}) == "zeta-3"


def test_equal_votes_fall_to_the_name_that_states_more_of_the_id_then_to_the_written_one() -> None:
    # deepseek-prover-v2-671b: "DeepSeek Prover v2 671B" and "Deepseek Prover V2 671B" (2026-05-18)
    assert chosen_name({"value": "Zeta"}, {"value": "Zeta 3"}) == "Zeta 3"
    assert chosen_name({"value": "ZeTa v3"}, {"value": "Zeta V3"}) == "ZeTa v3"
    assert chosen_name({"value": "Zeta-3"}, {"value": "Zeta 3"}) == "Zeta 3"


def test_equal_names_are_tied_whatever_their_text() -> None:
    found = choose(stated({"value": "Beta 3"}, {"value": "Zero 3"}))
    assert found["reason"].tolist() == ["tied", "tied"]


def identified(**repositories: str | None) -> DataFrame:
    index = pd.Index([f"acme/{name}" for name in repositories], name="model_id")
    names = Series(list(repositories), index=index, dtype="str")
    return DataFrame({"hugging_face_id": Series(list(repositories.values()), index=index, dtype="str"), "name": names})


NOTHING = DataFrame(
    {name: Series(dtype="str") for name in ("subject_id", "value", "source_id", "reason")}
    | {"is_chosen": Series(dtype=bool)}
)


@pytest.mark.parametrize(
    ("value", "repository", "reason", "name"),
    [
        ("GPT OSS 120B|gpt-oss-120b", "openai/gpt-oss-120b", "chosen", "gpt-oss-120b"),
        ("Phi 4|Phi-4", "microsoft/phi-4", "chosen", "Phi 4"),
        ("Qwen3.5 4B", "Qwen/Qwen3.5-4B", "chosen", "Qwen3.5-4B"),
        ("Llama 4 Scout", "meta-llama/Llama-4-Scout-17B-16E-Instruct", "chosen", "Llama 4 Scout"),
        ("GPT OSS 120B|gpt-oss-120b", "openai/gpt-oss-120b", "decision", "GPT OSS 120B"),
        ("Zeta", None, "chosen", "Zeta"),
        (None, "allenai/Olmo-3-7B-Think", "chosen", "Olmo-3-7B-Think"),
        (None, None, "chosen", "zeta"),
    ],
)
def test_the_repository_spells_a_name_that_it_has(
    value: str | None, repository: str | None, reason: str, name: str
) -> None:
    frame = NOTHING
    if value is not None:  # the first is chosen
        frame = stated(*[{"value": each} for each in value.split("|")], subject="acme/zeta")
        frame = frame.assign(is_chosen=~frame["subject_id"].duplicated(), reason=reason)
    assert apply_repository_names(frame, identified(zeta=repository)).tolist() == [name]


def names(**by_model: str) -> Series:
    return Series(list(by_model.values()), index=[f"acme/{name}" for name in by_model], dtype="str")


def test_a_shared_name_stays_with_the_model_whose_id_it_resembles() -> None:
    # "Command R" of command-r and of command-r-08-2024, which OpenRouter calls "Command R (08-2024)" (2026-05-18)
    index = ["acme/command-r", "acme/command-r-08-2024"]
    shared = Series(["Command R", "Command R"], index=index, dtype="str")
    other = stated({"value": "Command R (08-2024)"}, {"value": "Command R"}, subject=index[1])
    assert separate_names(shared, other).to_dict() == {index[0]: "Command R", index[1]: "Command R (08-2024)"}


def test_the_id_is_added_only_where_no_source_has_another_name() -> None:
    found = separate_names(names(one="One", uno="ONE", two="Two"), NOTHING)
    assert found.to_dict() == {"acme/one": "One", "acme/uno": "ONE (acme/uno)", "acme/two": "Two"}
    assert separate_names(names(one="One", two="Two"), NOTHING).to_dict() == {"acme/one": "One", "acme/two": "Two"}


def test_a_name_that_fits_two_models_equally_gets_both_ids() -> None:
    index = ["acme/one", "beta/one"]
    found = separate_names(Series(["One", "one"], index=index, dtype="str"), NOTHING)
    assert found.tolist() == ["One (acme/one)", "one (beta/one)"]


def test_two_spellings_of_another_name_that_nothing_tells_apart_decide_nothing() -> None:
    index = ["acme/zeta", "acme/zeta-mini"]
    shared = Series(["Zeta", "Zeta"], index=index, dtype="str")
    equal = stated({"value": "Zeta Mini"}, {"value": "ZEta mini"}, subject=index[1])
    for order in ([0, 1], [1, 0]):
        assert separate_names(shared, equal.iloc[order])[index[1]] == "Zeta (acme/zeta-mini)"
    assert separate_names(shared, equal.iloc[:1])[index[1]] == "Zeta Mini"
