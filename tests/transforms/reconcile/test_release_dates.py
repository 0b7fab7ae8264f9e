"""Release dates: the month with most support, a day in it, no filler, no date that a listing or a key contradicts."""

import pytest

from llmpairs.transforms.normalise.claims import find_filler_days
from llmpairs.transforms.reconcile.plausible import KEY_DATE, LISTED
from tests.transforms.frames import landed
from tests.transforms.planted_runs import PlantedRuns, SourceRow
from tests.transforms.reconcile.test_choose import checked, claims, published


def dates(**votes: int) -> list[dict[str, str]]:
    """Claims of different operators by date, "d2025_04_29" for 2025-04-29."""
    return [
        {"value": value[1:].replace("_", "-"), "operator_id": f"{value}-{number}"}
        for value, count in votes.items()
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        # qwen3-14b: three rows state the month, one a day in it (2026-05-18)
        ({"d2025_04": 3, "d2025_04_30": 1}, "2025-04-30"),
        # mistral-large-2512: a first of the month beside the day that the maker states
        ({"d2025_12_01": 2, "d2025_12_02": 2}, "2025-12-02"),
        # deepseek-v3.2 was released on a first: most rows of the month state it
        ({"d2025_12_01": 18, "d2025_12_03": 4, "d2025_12_02": 2}, "2025-12-01"),
        # days of one month support it together against one day of another
        ({"d2025_09_18": 1, "d2025_09_11": 2, "d2025_09_12": 1, "d2025_01_10": 3}, "2025-09-11"),
        ({"d2025_04": 1}, "2025-04"),
    ],
)
def test_the_best_supported_month_comes_first_and_a_day_before_the_month(votes: dict[str, int], expected: str) -> None:
    assert published(claims(*dates(**votes))) == expected
    assert published(claims(*dates(**votes)[::-1])) == expected


def test_dates_of_a_provider_that_pile_up_on_firsts_state_the_month() -> None:
    """io-net: 9 of 17 dates are firsts (2026-05-18); one first among many days is a day, and a month a month."""
    days_of: dict[str, list[str | None]] = {
        "io-net": ["2025-01-01", "2025-03-01", "2025-05-01", "2025-06-11", None],
        "openai": ["2025-08-01", "2025-08-05", "2025-09-11", "2025-09"],
    }
    rows = landed(
        "models",
        [{"provider_key": key, "model_key": "k", "released": day} for key, days in days_of.items() for day in days],
    )
    assert list(find_filler_days(rows)) == [True, True, True, False, False, False, False, False, False]
    assert not find_filler_days(rows.assign(capture_id=range(len(rows)))).any(), "other captures are other lists"


@pytest.mark.slow
def test_a_filler_day_is_published_as_the_month() -> None:
    runs = PlantedRuns()
    days = [f"2025-0{month}-01" for month in range(1, 5)]
    runs.add(
        *(
            SourceRow(source="models_dev", key=f"acme/alpha-{number}", provider="io-net", model={"released": day})
            for number, day in enumerate(days)
        )
    )
    facts = runs.tables["facts"]
    found = facts[(facts["field"] == "released_date") & facts["is_chosen"]].sort_values("subject_id")
    assert list(found["value"]) == [day[:7] for day in days]
    assert list(found["printed"]) == days


def test_a_release_after_the_first_listing_is_implausible() -> None:
    """gpt-4 was listed on 2023-05-28; 2023-11-06 is the day of another snapshot (2026-05-18)."""
    listed = {"field": "listed_date", "value": "2023-05-28", "source_id": "openrouter"}
    frame = checked(claims({"value": "2023-11-06"}, {"value": "2023-03-14"}, {"value": "2023-06-02"}, listed))
    assert list(frame["doubt"].fillna("-")) == [LISTED, "-", "-", "-"]


def test_a_listing_is_no_release() -> None:
    assert published(claims({"field": "listed_date", "value": "2025-10-31", "source_id": "openrouter"})) is None


@pytest.mark.parametrize(
    ("model", "key", "value", "is_doubtful"),
    [
        # models.dev states 2024-11-01 for mistral-large-2512 (2026-05-18)
        ("mistralai/mistral-large-2512", "mistral-large-latest", "2024-11-01", True),
        ("mistralai/mistral-large-2512", "mistral-large-2512", "2025-12-02", False),
        # 2024-06-26 for o3-deep-research-2025-06-26, a year early
        ("openai/o3-deep-research", "o3-deep-research-2025-06-26", "2024-06-26", True),
        # snapshots are named some days before the release
        ("anthropic/claude-opus-4", "claude-opus-4-20250514", "2025-05-22", False),
        ("cohere/command-r-plus-08-2024", "command-r-plus", "2024-04-04", True),
        # 0613 and 1106 are no years and months
        ("openai/gpt-4-0613", "gpt-4-0613", "2023-06-13", False),
    ],
)
def test_a_date_in_a_key_contradicts_a_release_far_from_it(model: str, key: str, value: str, is_doubtful: bool) -> None:
    frame = checked(claims({"subject_id": model, "provider_model_key": key, "value": value}))
    assert frame["doubt"].fillna("-").tolist() == [KEY_DATE if is_doubtful else "-"]


def test_the_dates_of_all_keys_count_where_the_id_has_none() -> None:
    """A row without a date in its key is checked against the model's other keys, here LiteLLM's."""
    model = {"subject_id": "openai/o3-deep-research"}
    other = {**model, "field": "task", "value": "responses", "provider_model_key": "o3-deep-research-2025-06-26"}
    rows = claims({**model, "value": "2024-06-26"}, {**model, "value": "2025-06-27"}, other)
    assert checked(rows)["doubt"].fillna("-").tolist() == [KEY_DATE, "-", "-"]


def test_the_maker_knows_its_release() -> None:
    stated = claims({"value": "2023-11-06", "authority": 1}, {"field": "listed_date", "value": "2023-05-28"})
    assert checked(stated)["doubt"].isna().all()
