"""Render a document as one HTML file with its styles and charts inside, without external resources."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from jinja2.environment import TemplateModule
from markupsafe import Markup, escape

from llmpairs.render.document import (
    MIN_RANGE,
    Cell,
    Citation,
    CitedCapture,
    Document,
    Mark,
    format_capture_time,
    web_address,
)

TEMPLATES = "llmpairs.render"
LINK = Markup('<a href="{}">{}</a>')
CLOSED = Markup("</span>")
TONES = {
    "strong": (Markup("<strong>"), Markup("</strong>")),
    "code": (Markup("<code>"), Markup("</code>")),
    **{
        tone: (Markup('<span class="tone-{}">').format(tone), CLOSED)
        for tone in ("a", "b", "yes", "no", "unknown", "muted")
    },
}
HEAT = Markup('<span class="heat" style="--share: {}%">{}</span>')
SPARK = Markup(
    '{} <svg class="spark" viewBox="0 0 100 18" role="img" aria-label="from {} to {} over {} releases">'
    '<polyline points="{}"/></svg>'
)
LINE_BREAK = Markup("<br>")
NOTE = (Markup(' <span class="note">'), CLOSED)
NUMBER = Markup('<a href="#source-{}" title="{}">{}</a>')
NOTHING = Markup()
REFS = Markup('<sup class="refs">{}</sup>')


@cache
def environment() -> Environment:
    """Jinja environment that escapes everything but our own markup."""
    folder = files(TEMPLATES) / "templates"
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}
    env = Environment(
        loader=DictLoader(found),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.filters["kind"] = lambda block: type(block).__name__
    return env


@cache
def chart_macros() -> TemplateModule:
    """Macros that draw marks."""
    return environment().get_template("charts.html").make_module()


class NumberedCapture(CitedCapture):
    """A cited capture with its number and link."""

    number: int
    capture_id: str
    href: str


class CellRenderer:
    """Renders cells as HTML and numbers the captures that they cite in order of first citation."""

    def __init__(self, document: Document) -> None:
        self.captures = document.captures
        self.sides = list(document.sides)
        self.numbers: dict[str, int] = {}
        self.written: dict[tuple[str, ...], Markup] = {}

    def render(self, cell: Cell) -> Markup:
        """Render a cell: its text, the numbers of its citations, and its note, all escaped."""
        text = escape(cell.text)
        if cell.href:
            text = LINK.format(cell.href, text)
        elif cell.tone:
            opened, closed = TONES[cell.tone]
            text = NOTHING.join((opened, text, closed))
        if cell.share is not None:
            text = HEAT.format(round(100 * cell.share), text)
        if cell.marks:
            text = NOTHING.join((text, self.draw_marks(cell.marks)))
        if len(cell.trend) > 1:
            text = draw_trend(text, cell.trend)
        if not cell.refs and not cell.note:
            return text
        note = (NOTE[0], LINE_BREAK.join(cell.note.split("\n")), NOTE[1]) if cell.note else ()
        return NOTHING.join((text, self.cite(cell.refs), *note))

    def draw_marks(self, marks: Sequence[Mark]) -> Markup:
        """Draw marks on an axis of the width of the cell."""
        dots: Callable[[Sequence[Mark]], str] = vars(chart_macros())["dots"]
        return Markup(dots(marks))  # noqa: S704  (a macro of a template that escapes)

    def cite(self, refs: Sequence[Citation]) -> Markup:
        """Render citations as numbered links to the list of sources."""
        if not refs:
            return NOTHING
        ids = tuple(dict.fromkeys(str(ref["capture_id"]) for ref in refs))
        if ids not in self.written:
            numbered = sorted((self.numbers.setdefault(id_, len(self.numbers) + 1), id_) for id_ in ids)
            links = [NUMBER.format(number, self.tooltip(id_), number) for number, id_ in numbered]
            self.written[ids] = REFS.format(Markup(" ").join(links))
        return self.written[ids]

    def tooltip(self, id_: str) -> str:
        """Tooltip of a citation number."""
        capture = self.captures[id_]
        return f"{capture['title']}, {format_capture_time(capture)}, capture {id_}"

    def entries(self) -> list[NumberedCapture]:
        """List every cited capture by number."""
        return [
            {"number": number, "capture_id": id_, **self.captures[id_], "href": web_address(self.captures[id_]["url"])}
            for id_, number in self.numbers.items()
        ]


def draw_trend(text: Markup, trend: Sequence[float]) -> Markup:
    """Append a sparkline to the text, scaled to a range of at least MIN_RANGE of the greatest value."""
    low, high = min(trend), max(trend)
    middle, width = (low + high) / 2, max(high - low, MIN_RANGE * abs(high)) or 1.0
    step = 96 / (len(trend) - 1)
    points = [f"{2 + step * number:.1f},{9 - 14 * (value - middle) / width:.1f}" for number, value in enumerate(trend)]
    return SPARK.format(text, f"{trend[0]:.4g}", f"{trend[-1]:.4g}", len(trend), " ".join(points))


def render_html(document: Document, **options: Any) -> str:
    """Render the whole document; `options` may have `home` (address of the index), `canonical` and `style_href`."""
    context = {"home": "", "canonical": "", "style_href": "", "noindex": False, **options}
    template = environment().get_template("page.html")
    return template.render(page=document, cells=CellRenderer(document), **context)
