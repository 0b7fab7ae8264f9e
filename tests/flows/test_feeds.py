"""Changes for readers: feeds, calendar, `watch`, and which of them a webhook gets."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import feedparser
import jsonschema
import pytest
from icalendar import Calendar
from typer.testing import CliRunner, Result

import llmpairs
from llmpairs.exports.feeds import write_feeds
from llmpairs.exports.reader_events import EventFilter, load_events, parse_filters, select_events
from llmpairs.flows.cli import app
from llmpairs.flows.nightly import notify
from llmpairs.flows.nightly.plan import RunPlan
from tests.cookbook.release import DEEPSEEK, DOUBAO, NOVA, publish_release, rows
from tests.pages.example_release import Row, change

FIRST, SECOND, THIRD = "20260607T235900Z", "20260608T235900Z", "20260614T235900Z"
GLM = "z-ai/glm-5"
GROQ = f"groq/groq/{DEEPSEEK.partition('/')[2]}/-/standard"
VOLCENGINE = f"volcengine/volcengine/{DOUBAO.partition('/')[2]}/-/standard"
ITEM = {
    "type": "object",
    "required": ["id", "content_text", "url", "title", "date_published", "tags"],
    "properties": {"id": {"type": "string"}, "date_published": {"type": "string", "format": "date-time"}},
}
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {"version": {"const": "https://jsonfeed.org/version/1.1"}, "items": {"type": "array", "items": ITEM}},
}
"""What jsonfeed.org/version/1.1 requires of a feed and its items, and what ours always have."""


def price(offer_id: str, old: str, new: str, **more: Any) -> Row:
    return {
        "subject_kind": "offer", "subject_id": offer_id, "kind": "changed", "field": "input_usd_per_mtok",
        "old_value": old, "new_value": new, "ratio": float(new) / float(old), "cause": "source", **more,
    }  # fmt: skip


def of_model(model_id: str, kind: str, field: str = "-", new: str | None = None) -> Row:
    return {
        "subject_kind": "model", "subject_id": model_id, "kind": kind, "field": field, "new_value": new,
        "cause": "source",
    }  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two releases: Groq is cheaper in both, a restricted source's price and one by rules change, GLM-5 ends."""
    folder = tmp_path_factory.mktemp("feeds") / "w"
    tables = rows() | {"sources": [{"source_id": "closed", "redistributable": False}]}
    tables = change(tables, "models", {"model_id": NOVA}, display_name="Nova <b>\u202eLite</b>")
    tables = change(tables, "offers", {"offer_id": VOLCENGINE}, price_source_id="closed")
    publish_release(folder, tables, SECOND, changes=[{"change_id": "a", **price(GROQ, "0.4", "0.36")}])
    changes = [
        price(GROQ, "0.36", "0.27"),
        price(VOLCENGINE, "0.01", "0.02"),
        price(f"zenmux/unspecified/{DEEPSEEK.partition('/')[2]}/-/standard", "0.1", "0.2", cause="rules"),
        of_model(NOVA, "added"),
        of_model(GLM, "changed", "retire_on", "2026-08-01"),
    ]
    rows_ = [{"change_id": f"c{number}", **each} for number, each in enumerate(changes)]
    return publish_release(folder, tables, THIRD, SECOND, rows_)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(scope="module")
def feeds(warehouse: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    result = run("export", "feeds", "--base-url", "https://llm.example/", "--out", str(out), "--warehouse", warehouse)
    assert result.exit_code == 0, result.output
    return out


def test_the_atom_feed_is_well_formed_and_has_the_events_newest_first(feeds: Path) -> None:
    feed = feedparser.parse(str(feeds / "changes.atom"))
    assert (feed.bozo, feed.version) == (False, "atom10")
    assert [(entry.title, entry.category) for entry in feed.entries] == [
        ("DeepSeek V4 Pro: input price at groq $0.36 → $0.27 per million tokens (-25%)", "price"),
        ("Nova <b>U+202ELite</b> is new, by amazon", "new_model"),
        ("GLM-5 ends on 1 August 2026", "retirement"),
        ("DeepSeek V4 Pro: input price at groq $0.4 → $0.36 per million tokens (-10%)", "price"),
    ]
    assert len({entry.id for entry in feed.entries}) == 4
    assert feed.entries[0].link == "https://llm.example/models/deepseek--deepseek-v4-pro.html"
    assert all(entry.updated.endswith("Z") for entry in [feed.feed, *feed.entries])


def test_the_json_feed_has_the_same_entries(feeds: Path) -> None:
    feed = json.loads((feeds / "changes.feed.json").read_text("utf-8"))
    jsonschema.validate(feed, JSON_FEED)
    atom = feedparser.parse(str(feeds / "changes.atom"))
    assert [item["id"] for item in feed["items"]] == [entry.id for entry in atom.entries]
    assert [item["title"] for item in feed["items"]] == [entry.title for entry in atom.entries]


def test_the_calendar_has_a_day_for_each_known_end(feeds: Path) -> None:
    data = (feeds / "retirements.ics").read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n")
    calendar = Calendar.from_ical(data)
    events = {str(event["summary"]): event for event in calendar.walk("VEVENT")}
    assert {name: event.decoded("dtstart") for name, event in events.items()} == {
        "GLM-5 ends": date(2026, 8, 1),
        "DeepSeek V4 Pro at groq ends": date(2026, 9, 12),
        "DeepSeek V4 Pro at baseten ends": date(2026, 9, 13),
    }
    assert isinstance(events["GLM-5 ends"].decoded("dtstamp"), datetime)
    assert len({str(event["uid"]) for event in events.values()}) == 3
    assert all(not event.errors for event in events.values())


def test_the_same_release_gives_the_same_bytes_and_restricted_prices_only_on_request(
    warehouse: str, feeds: Path, tmp_path: Path
) -> None:
    with llmpairs.connect(warehouse) as con:
        names = write_feeds(con, tmp_path / "again", "https://llm.example")
        write_feeds(con, tmp_path / "all", include_restricted=True)
    assert sorted(names) == sorted(path.name for path in feeds.iterdir())
    assert all((tmp_path / "again" / name).read_bytes() == (feeds / name).read_bytes() for name in names)
    whole = (tmp_path / "all" / "changes.atom").read_text("utf-8")
    assert ("Doubao" in whole, "Doubao" in (feeds / "changes.atom").read_text("utf-8")) == (True, False)


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        ([DEEPSEEK, "--above", "20%"], 5, "$0.36 → $0.27"),
        ([DEEPSEEK, "--above", "25%"], 0, "nothing changed by more than 25%"),
        (["glm 5", "--above", "99%"], 5, "ends on 1 August 2026"),
        ([NOVA, "gpt-oss-120b"], 0, "nothing changed"),
        ([DEEPSEEK, "--since", SECOND, "--above", "20"], 5, "$0.27"),
        ([DEEPSEEK, "--since", FIRST], 2, "no release"),
        ([DEEPSEEK, "--above", "much"], 2, "not a percentage"),
        (["glm-9"], 2, "glm"),
    ],
)
def test_watch_returns_5_where_a_price_moved_by_more(
    warehouse: str, arguments: list[str], code: int, expected: str
) -> None:
    result = run("watch", *arguments, "--warehouse", warehouse)
    assert (result.exit_code, expected in result.output) == (code, True), result.output


def test_filters_select_classes_models_and_sizes(warehouse: str) -> None:
    assert parse_filters("price:anthropic/*>10%, new_model") == (
        EventFilter(kind="price", models="anthropic/*", above=0.1), EventFilter(kind="new_model"),
    )  # fmt: skip
    with pytest.raises(ValueError, match="'prices' is no filter"):
        parse_filters("price,prices")
    with llmpairs.connect(warehouse) as con:
        events = load_events(con, [THIRD])
    found = {text: [e.model_id for e in select_events(events, parse_filters(text))] for text in ("price", "price>30%")}
    assert found == {"price": [DOUBAO, DEEPSEEK], "price>30%": [DOUBAO]}
    assert [e.model_id for e in select_events(events, parse_filters("price:deepseek/*,retirement"))] == [DEEPSEEK, GLM]


def test_the_webhook_gets_one_message_for_each_class(warehouse: str, monkeypatch: pytest.MonkeyPatch) -> None:
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(notify, "post", lambda _, message: messages.append(message))
    monkeypatch.setenv("LLMPAIRS_NOTIFY_CHANGES", "price>5%,retirement")
    plan = RunPlan(run_id=THIRD, as_of="2026-06-14T23:59:00Z", mode="live", warehouse=warehouse, parent=SECOND)
    notify.notify_of_changes("http://hook", plan, notify.notify_filters(None))
    assert [(each["event"], each["count"]) for each in messages] == [("price", 2), ("retirement", 1)]
    assert messages[0]["text"].endswith("and 1 more")
    notify.notify_of_changes("http://hook", plan, ())
    assert len(messages) == 2
    with pytest.raises(notify.NotifyError, match="LLMPAIRS_NOTIFY_CHANGES"):
        notify.notify_filters("everything")
