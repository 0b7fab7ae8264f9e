import json
from typing import Any

import pytest

from llmpairs.spiders.crawling.causes import LayoutChangedError, NotTextError, SchemaChangedError
from llmpairs.spiders.json_entries import Entry, EntryError, PrintedNumber, read_entries, read_json, read_list
from llmpairs.spiders.page import Finding, Page
from tests.spiders.pages import page


def entry(text: str) -> Entry:
    value = read_json(page(text))
    assert isinstance(value, dict)
    return Entry(value, "/data/0")


@pytest.mark.parametrize("printed", ["0.039", "1.5000999999999998e-07", "0.30", "1E5", "100.0"])
def test_numbers_stay_as_printed(printed: str) -> None:
    assert entry(f'{{"a": {printed}}}').amount("a") == printed
    assert entry(f'{{"a": "{printed}"}}').amount("a") == printed


def test_whole_numbers_are_numbers() -> None:
    assert entry('{"a": 0}').amount("a") == "0"
    assert entry('{"a": -1}').amount("a") == "-1"


@pytest.mark.parametrize(
    "printed", ["NaN", "-Infinity", '"1,000"', '"0,5"', '"free"', "1e999999", "true", "[1]", '"1e-7 USD"', "1" * 30]
)
def test_what_is_no_plain_number_is_refused_by_name(printed: str) -> None:
    with pytest.raises(EntryError, match="/data/0/a"):
        entry(f'{{"a": {printed}}}').amount("a")


@pytest.mark.parametrize(
    ("printed", "count"),
    [
        ("131072", 131072),
        ("2000000.0", 2000000),
        ("200000.0", 200000),
        ("2e6", 2000000),
        ("1.5E+3", 1500),
        ('"131072"', 131072),
        ('"1e6"', 1000000),
        ("0", 0),
        ("null", None),
        ('""', None),
    ],
)
def test_counts_are_read_where_they_are_certain(printed: str, count: int | None) -> None:
    assert entry(f'{{"a": {printed}}}').count("a") == count


@pytest.mark.parametrize("printed", ['"128k"', '"1,000"', "1.5", "1.23e1", "1e-3", "-1", "true", "1e30", "[]", "{}"])
def test_uncertain_counts_are_refused(printed: str) -> None:
    with pytest.raises(EntryError, match="/data/0/a"):
        entry(f'{{"a": {printed}}}').count("a")


def test_absent_null_and_blank_are_unknown() -> None:
    blank = entry('{"a": null, "b": "", "c": "  "}')
    assert [blank.text(key) for key in "abcd"] == [None, None, None, None]
    assert blank.flag("a") is None
    assert blank.text_list("d") is None
    assert blank.inner("d") is None
    assert entry('{"a": 0}').positive_count("a") is None


def test_false_and_zero_are_not_unknown() -> None:
    parsed = entry('{"a": false, "b": 0}')
    assert parsed.flag("a") is False
    assert parsed.count("b") == 0


@pytest.mark.parametrize("value", [1, "true", None])
def test_a_flag_is_true_or_false(value: Any) -> None:
    parsed = entry(json.dumps({"a": value}))
    if value is None:
        assert parsed.flag("a") is None
    else:
        with pytest.raises(EntryError, match="true or false"):
            parsed.flag("a")


def test_a_key_printed_twice_counts_where_it_agrees() -> None:
    parsed = entry('{"a": 1, "a": 1, "b": {"x": 1, "y": 2}, "b": {"x": 1, "z": 3}, "c": 1, "c": 2}')
    assert parsed.count("a") == 1
    assert parsed.inner("b") == Entry({"x": 1, "y": 2, "z": 3}, "/data/0/b")
    with pytest.raises(EntryError, match="printed 2 times with different values"):
        parsed.count("c")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!DOCTYPE html><html>", "HTML where JSON was expected"),
        (b"\xff\xfe{\x00", "not UTF-8 text"),
        (b"  ", "blank"),
        (b'{"data": [', "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"data": [1, 2', "not JSON"),
        (b'{"a": 1} trailing', "not JSON"),
    ],
)
def test_what_is_no_json_is_named(body: bytes, why: str) -> None:
    with pytest.raises(NotTextError, match=why):
        read_json(page(body))


def test_a_byte_order_mark_is_no_harm() -> None:
    assert read_json(page(b'\xef\xbb\xbf{"a": 1}')) == {"a": 1}


def test_a_number_of_many_digits_is_kept_and_refused_where_it_counts() -> None:
    huge = "9" * 5_000
    parsed = entry(f'{{"a": {huge}, "b": 1}}')
    assert isinstance(parsed.fields["a"], PrintedNumber)
    assert parsed.count("b") == 1
    with pytest.raises(EntryError):
        parsed.count("a")


def test_a_missing_list_is_a_changed_layout() -> None:
    with pytest.raises(LayoutChangedError, match=r"https://catalogue.example/list: expected a list .* at /data"):
        read_list(page({"models": []}), "data")


@pytest.mark.parametrize("content", [[{"id": 1}], {"models": [{"id": 1}], "n": 1}, {"data": {"list": [{"id": 1}]}}])
def test_a_list_in_another_envelope_is_read_if_it_is_the_only_one(content: Any) -> None:
    assert [value for _, value in read_list(page(content), "data")] == [{"id": 1}]


def test_of_two_lists_in_another_envelope_none_is_taken() -> None:
    with pytest.raises(LayoutChangedError):
        read_list(page({"models": [{"id": 1}], "plans": [{"id": 2}]}), "data")


def read_name(parsed: Entry) -> list[Finding]:
    return [Finding(kind="remark", locator=parsed.locator, text=parsed.required_text("name"))]


def names(content: list[Any]) -> tuple[Page, list[tuple[str, Any]]]:
    listed = page({"data": content})
    return listed, read_list(listed, "data")


def test_one_bad_entry_costs_itself_alone() -> None:
    listed, entries = names([{"name": f"m{n}"} for n in range(19)] + [{"name": 7}])
    found = [each for each in read_entries(listed, entries, read_name) if isinstance(each, Finding)]
    assert len([each for each in found if each.kind == "remark"]) == 19
    rejected = [each for each in found if each.kind == "rejected"]
    assert [(each.locator, each.text) for each in rejected] == [("/data/19", "/data/19/name: expected text, found 7")]


def test_too_many_bad_entries_fail_the_page() -> None:
    listed, entries = names([{"name": "good"}] * 3 + ["bad"] * 2)
    assert [each.kind for each in read_entries(listed, entries, read_name) if each.kind == "rejected"] == [
        "rejected"
    ] * 2
    listed, entries = names([{"name": "good"}] * 2 + ["bad"] * 2)
    with pytest.raises(SchemaChangedError, match=r"2 of 4 entries cannot be read; the first: /data/2: expected an obj"):
        list(read_entries(listed, entries, read_name))


def test_an_epoch_is_a_date_only_within_reason() -> None:
    assert entry('{"a": 1754414231}').epoch_date("a") == "2025-08-05"
    assert entry('{"a": 0}').epoch_date("a") is None
    with pytest.raises(EntryError, match="no time in seconds"):
        entry('{"a": 1754414231000}').epoch_date("a")


def test_pointers_escape_what_they_must() -> None:
    parsed = Entry({"a/b~c": "x"}, "")
    with pytest.raises(EntryError, match="/a~1b~0c"):
        parsed.count("a/b~c")
