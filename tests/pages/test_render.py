"""Pages as text, Markdown and HTML: content, and escaping of hostile text."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from llmpairs.flows.commands.compare import format_page
from llmpairs.pages.content.pair import describe_captures
from llmpairs.pages.content.pair_schema import PairPage
from llmpairs.pages.content.schema import ReleaseTime
from llmpairs.pages.layout.pair import lay_out_pair
from llmpairs.pages.layout.pair_tables import cost_table
from llmpairs.render.document import (
    Answers,
    Block,
    Bullets,
    Cell,
    Citation,
    Document,
    Fold,
    Paragraph,
    SideBySide,
    TableBlock,
    web_address,
)
from llmpairs.render.html import render_html
from llmpairs.render.markdown import render_markdown
from llmpairs.render.text import render_text
from tests.pages.example_release import LLAMA, change, example_rows, make_context, make_page
from tests.warehouse.samples import GPT, RUN

FORMATS = ("text", "md", "html")
VOID = {"meta", "link", "br", "input", "img", "hr", "rect", "line", "circle", "path"}
SECTIONS = (
    "Monthly cost", "When to choose each", "Switching effort", "Specs", "Offers", "Capabilities", "Benchmarks",
    "Price over time", "Questions", "Data freshness", "Sources",
)  # fmt: skip
OWN_SCRIPTS: list[dict[str, str | None]] = [
    {"type": "application/ld+json"}, {"type": "application/json", "id": "cost-data"}, {},
]  # fmt: skip
FOLDED = ("Why these outcomes", "Other claims", "The pair in sentences", "Not known, held back and disputed")


class Html(HTMLParser):
    """Tags and texts of a page; raises where its tags do not nest."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def values(self, name: str) -> list[str]:
        return [str(attrs[name]) for _, attrs in self.tags if name in attrs]


@pytest.fixture(scope="module")
def page() -> PairPage:
    return make_page(example_rows())


@pytest.fixture(scope="module")
def scored() -> PairPage:
    return make_page(example_rows(), LLAMA, GPT)


@pytest.fixture(scope="module")
def html(scored: PairPage) -> Html:
    return Html(render_html(lay_out_pair(scored)))


def cells_of(blocks: Iterator[Block] | list[Block]) -> Iterator[list[Cell]]:
    """Cells that are shown together: those of a row, a bullet, a paragraph."""
    for block in blocks:
        match block:
            case Paragraph(cells):
                yield list(cells)
            case Bullets(items):
                yield from ([item] for item in items)
            case TableBlock():
                yield from (list(row) for row in block.rows)
            case SideBySide(panels):
                for panel in panels:
                    yield from cells_of(list(panel.blocks))
            case Fold(_, inner):
                yield from cells_of(list(inner))
            case Answers(answers):
                yield from ([answer] for _, answer in answers)


def cells_of_document(document: Document) -> list[list[Cell]]:
    return [cells for section in document.sections for cells in cells_of(list(section.blocks))]


@pytest.mark.parametrize("format_", FORMATS)
def test_every_block_of_the_example_page_is_in_every_format(page: PairPage, format_: str) -> None:
    written = format_page(page, format_)
    assert written.endswith("\n")
    for title in (*SECTIONS, *FOLDED):
        assert title in written
    for text in ("76.20", "$72.00", "131,072", "262,144", "reasoning are not counted"):
        assert text in " ".join(written.split())
    assert "SiliconFlow (China)" in written.replace("\\", "")


def test_json_is_the_whole_page(page: PairPage) -> None:
    assert json.loads(format_page(page, "json")) == json.loads(json.dumps(page))


def test_text_names_the_source_of_each_figure_and_markdown_links_it(page: PairPage) -> None:
    assert "131,072 [models_dev]" in render_text(lay_out_pair(page))
    assert r"131,072 [[models\_dev](<https://models.dev/api.json>)]" in render_markdown(lay_out_pair(page))


def test_every_figure_of_a_table_of_facts_is_cited(page: PairPage) -> None:
    for section in lay_out_pair(page).sections:
        if section.name not in ("specs", "capabilities"):
            continue
        for row in cells_of(list(section.blocks)):
            for cell in row[1:3]:
                is_note = len(row) == 1
                assert is_note or cell.refs or cell.tone == "unknown" or cell.text == "active", (section.name, row)


def test_a_cost_is_of_a_named_operator_and_its_offer_is_described(page: PairPage, scored: PairPage) -> None:
    found = 0
    for each in (page, scored):
        for row in cost_table(each).rows:
            for cell in row[1:3]:
                found += cell.text.startswith("$")
                assert ("best: " in cell.note) == cell.text.startswith("$"), cell
                for line in cell.note.splitlines():
                    if "best: " in line or "lowest" in line:
                        assert line.count("quantisation") == line.count("context ") == 1, line
                    assert "operator not stated" not in line or line.startswith("lowest, not compared"), line
    assert found > 10


def test_a_labs_own_score_is_always_labelled(scored: PairPage) -> None:
    document = lay_out_pair(scored)
    found = [c for cells in cells_of_document(document) for c in cells if "80.75" in c.text or "74.375" in c.text]
    assert len(found) > 2
    assert all("the lab's own score" in cell.note for cell in found)


def test_an_unknown_cell_is_labelled_unknown(page: PairPage) -> None:
    row = next(r for r in cells_of_document(lay_out_pair(page)) if r[0].text == "Code execution")
    assert [(cell.text, cell.tone) for cell in row[1:]] == [("unknown", "unknown")] * 2
    source = render_html(lay_out_pair(page))
    assert '<th scope="row">Code execution</th><td><span class="tone-unknown">unknown</span>' in source


def test_a_page_of_html_is_valid_and_fetches_nothing(html: Html) -> None:
    ids = html.values("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in html.values("href") if link.startswith("#")} <= set(ids)
    assert set(" ".join(html.values("aria-labelledby")).split()) <= set(ids)
    assert not html.values("src")
    assert html.all("script") == OWN_SCRIPTS
    assert [(link["rel"], str(link["href"])[:14]) for link in html.all("link")] == [("icon", "data:image/svg")]
    assert html.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in html.all("meta")


def test_tables_and_drawings_tell_those_who_do_not_see_them(html: Html) -> None:
    assert all(th.get("scope") in ("row", "col") for th in html.all("th"))
    drawings = [svg for svg in html.all("svg") if "role" in svg]
    assert all("aria-hidden" in svg for svg in html.all("svg") if svg not in drawings)
    assert len(html.all("desc")) == len(drawings)
    assert len(html.all("caption")) == len(html.all("table"))


def test_sources_stand_with_address_capture_and_time(html: Html) -> None:
    assert "https://models.dev/api.json" in html.values("href")
    text = " ".join(html.text)
    assert "2026-06-08T20:24:18Z" in text
    assert "c0ffee" in text


HOSTILE = (
    '<script>alert("x")</script>"\'><img src=x onerror=alert(1)> | `a` [b](javascript:c) **d**'
    "\u202eevil\u2066\x1b[31m\u200b"
)


@pytest.fixture(scope="module")
def hostile() -> PairPage:
    rows = change(example_rows(), "models", {"model_id": GPT}, display_name=HOSTILE, license_spdx=HOSTILE)
    rows = change(rows, "providers", {"provider_id": "deepinfra"}, name=HOSTILE)
    rows = change(rows, "offers", {"provider_id": "deepinfra"}, quantization=HOSTILE, provider_model_key=HOSTILE)
    rows = change(rows, "benchmark_scores", {"benchmark": "aider-polyglot"}, benchmark=HOSTILE)
    return make_page(change(rows, "sources", {"source_id": "models_dev"}, title=HOSTILE))


@pytest.mark.parametrize("format_", FORMATS)
def test_a_capture_after_the_as_of_time_is_marked(page: PairPage, format_: str) -> None:
    late = "(later than the as-of time)"
    assert late not in format_page(page, format_)
    capture = page["captures"]["c0ffee"]
    later = page | {"captures": page["captures"] | {"c0ffee": capture | {"is_late": True}}}
    assert late in format_page(later, format_)


def test_lateness_is_measured_against_the_release() -> None:
    context = make_context(example_rows(), [])
    before: ReleaseTime = {"run_id": RUN, "as_of": "2026-06-01T00:00:00Z"}
    cited: list[Citation] = [{"source_id": "models_dev", "capture_id": "c0ffee", "observed_at": None}]
    assert not describe_captures(cited, context)["c0ffee"]["is_late"]
    assert describe_captures(cited, replace(context, release=before))["c0ffee"]["is_late"]


def test_names_cannot_put_markup_into_html(hostile: PairPage) -> None:
    html = Html(format_page(hostile, "html"))
    assert html.all("script") == OWN_SCRIPTS
    assert not html.all("img")
    assert not [name for _, attrs in html.tags for name in attrs if name.startswith("on")]
    assert not [link for link in html.values("href") if link.lower().startswith("javascript")]


def test_names_cannot_put_markup_or_columns_into_markdown(hostile: PairPage) -> None:
    written = format_page(hostile, "md")
    assert not re.search(r"(?<!\\)<(script|img)", written)
    assert not re.search(r"(?<!\\)\]\(javascript:", written)
    widths = {
        (number, len(re.findall(r"(?<!\\)\|", line)))
        for number, table in enumerate(re.findall(r"(?:^\|.*\n)+", written, re.MULTILINE))
        for line in table.splitlines()
    }
    assert len({number for number, _ in widths}) == len(widths)


@pytest.mark.parametrize("format_", [*FORMATS, "json"])
def test_characters_that_turn_or_hide_text_are_escaped(hostile: PairPage, format_: str) -> None:
    written = format_page(hostile, format_)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f\x1b]", written)
    if format_ == "json":
        assert json.loads(written)["sides"][0]["display_name"] == HOSTILE
    else:
        assert "U+202E" in written


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://models.dev/api.json?x=1#y", "https://models.dev/api.json?x=1#y"),
        ("https://a.example/<b>\"'", "https://a.example/%3Cb%3E%22'"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//a.example", ""),
        ("https://[broken", ""),
        (None, ""),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None, safe: str) -> None:
    assert web_address(url) == safe


@pytest.mark.parametrize("render", [render_text, render_markdown, render_html])
def test_a_page_of_two_unknowns_is_written_too(render: Callable[[Document], str]) -> None:
    rows = example_rows()
    blank: dict[str, Any] = {
        name: [] for name in ("model_capabilities", "offers", "offer_capabilities", "benchmark_scores")
    }
    blank["models"] = [
        row | dict.fromkeys(("released_date", "context_tokens", "license_spdx", "license_class", "input_modalities"))
        for row in rows["models"]
    ]
    written = render(lay_out_pair(make_page(rows | blank)))
    assert "unknown" in written
    assert "None" not in written
