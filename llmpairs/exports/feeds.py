"""Feeds of a release: changes as Atom (RFC 4287) and JSON Feed 1.1, retirement dates as iCalendar (RFC 5545)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from llmpairs.exports.reader_events import CLASSES, ReaderEvent, load_events
from llmpairs.warehouse.control_characters import show_harmful
from llmpairs.warehouse.manifest import format_timestamp
from llmpairs.warehouse.query import fetch_rows

if TYPE_CHECKING:
    import duckdb

ATOM, JSON_FEED, CALENDAR = "changes.atom", "changes.feed.json", "retirements.ics"
MOST_RELEASES = 30
"""Releases whose changes are in a feed: a reader who looks once a month misses none."""
TITLE = "llmpairs: prices, new models, retirements"
LABELS = {"price": "Price change", "new_model": "New model", "retirement": "Retirement"}
PUBLISHED = """
    SELECT run_id, any_value(as_of) AS as_of FROM runs WHERE state = 'published' AND as_of <= as_of()
    GROUP BY run_id ORDER BY as_of DESC, run_id DESC LIMIT $1
"""
RESTRICTED = "SELECT DISTINCT source_id FROM sources WHERE redistributable = false ORDER BY source_id"
ENDINGS = """
    SELECT model_id AS id, display_name AS name, slug, retire_on AS day FROM models WHERE retire_on IS NOT NULL
    UNION ALL
    SELECT offer_id, display_name || ' at ' || providers.name, slug, offers.retire_on
    FROM offers JOIN models USING (model_id) JOIN providers USING (provider_id)
    WHERE offers.retire_on IS NOT NULL AND offer_status IN ('active', 'deprecated')
    ORDER BY day, id
"""


class Ending(TypedDict):
    """A model or an offer that ends."""

    id: str
    name: str
    slug: str
    day: str
    """ISO 8601."""


@dataclass(frozen=True, kw_only=True)
class FeedEntry:
    """The events of one class of one model in one release."""

    id: str
    """The same in every export, whatever the site's address."""
    title: str
    lines: tuple[str, ...]
    slug: str
    kind: str
    updated: str
    """As-of time of the release, ISO 8601."""


def write_feeds(
    con: "duckdb.DuckDBPyConnection", out: Path, base_url: str = "", *, include_restricted: bool = False
) -> list[str]:
    """Write the feeds of the connection's release into a folder; returns the names of the files.

    Without a base address, links are relative.
    """
    times: dict[str, str] = {row["run_id"]: row["as_of"] for row in fetch_rows(con, PUBLISHED, [MOST_RELEASES])}
    left_out = [] if include_restricted else [row["source_id"] for row in fetch_rows(con, RESTRICTED)]
    entries = list(make_entries(load_events(con, list(times), left_out), times))
    base = f"{base_url.rstrip('/')}/" if base_url else ""
    as_of: datetime = con.execute("SELECT as_of()").fetchall()[0][0].astimezone(UTC)
    out.mkdir(parents=True, exist_ok=True)
    (out / ATOM).write_bytes(render_atom(entries, base, format_timestamp(as_of)))
    (out / JSON_FEED).write_text(render_json_feed(entries, base), encoding="utf-8")
    (out / CALENDAR).write_bytes(render_calendar(fetch_rows(con, ENDINGS), base, as_of))
    return [ATOM, JSON_FEED, CALENDAR]


def make_entries(events: Sequence[ReaderEvent], times: Mapping[str, str]) -> Iterator[FeedEntry]:
    """One entry for each release, class and model, the newest release first; `times` are newest first."""
    order = {run_id: at for at, run_id in enumerate(times)}

    def key(event: ReaderEvent) -> tuple[int, int, str]:
        return order[event.run_id], CLASSES.index(event.kind), event.model_id

    for _, group in groupby(sorted(events, key=key), key):
        found = list(group)
        first = found[0]
        title = first.text if len(found) == 1 else f"{first.name}: {len(found)} changes"
        yield FeedEntry(
            id=_permanent_id(first.run_id, first.kind, first.model_id),
            title=title,
            lines=tuple(event.text for event in found),
            slug=first.slug,
            kind=first.kind,
            updated=times[first.run_id],
        )


def _permanent_id(*parts: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, '/'.join(('llmpairs', *parts)))}"


def render_atom(entries: Sequence[FeedEntry], base: str, updated: str) -> bytes:
    """The entries as an Atom feed."""
    feed = ElementTree.Element("feed", xmlns="http://www.w3.org/2005/Atom")
    _add(feed, id=_permanent_id("feed"), title=TITLE, updated=updated)
    _add(ElementTree.SubElement(feed, "author"), name="llmpairs")
    ElementTree.SubElement(feed, "link", rel="self", href=f"{base}{ATOM}")
    ElementTree.SubElement(feed, "link", rel="alternate", href=f"{base}changes.html")
    for entry in entries:
        element = ElementTree.SubElement(feed, "entry")
        _add(element, id=entry.id, title=entry.title, updated=entry.updated)
        ElementTree.SubElement(element, "category", term=entry.kind, label=LABELS[entry.kind])
        ElementTree.SubElement(element, "link", rel="alternate", href=f"{base}models/{entry.slug}.html")
        _add(element, content="\n".join(entry.lines))
    ElementTree.indent(feed, " ")
    data: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _add(element: ElementTree.Element, **texts: str) -> None:
    for name, text in texts.items():
        ElementTree.SubElement(element, name).text = text


def render_json_feed(entries: Sequence[FeedEntry], base: str) -> str:
    """The entries as a JSON Feed."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE,
        "home_page_url": f"{base}changes.html",
        "feed_url": f"{base}{JSON_FEED}",
        "language": "en",
        "items": [
            {
                "id": entry.id,
                "url": f"{base}models/{entry.slug}.html",
                "title": entry.title,
                "content_text": "\n".join(entry.lines),
                "date_published": entry.updated,
                "tags": [entry.kind],
            }
            for entry in entries
        ],
    }
    return json.dumps(feed, indent=1, ensure_ascii=False) + "\n"


def render_calendar(endings: Sequence[Ending], base: str, as_of: datetime) -> bytes:
    """The dates on which models and offers end, as events of a day; a date that moves keeps its event's id."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//llmpairs//retirements//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "LLM retirements")
    for row in endings:
        day = date.fromisoformat(row["day"])
        event = Event()
        event.add("uid", _permanent_id("ending", row["id"]).removeprefix("urn:uuid:"))
        event.add("dtstamp", as_of)
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("summary", f"{show_harmful(row['name'])} ends")
        event.add("transp", "TRANSPARENT")
        if base:
            event.add("url", f"{base}models/{row['slug']}.html")
        calendar.add_component(event)
    data: bytes = calendar.to_ical()
    return data
