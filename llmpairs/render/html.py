"""A page as HTML: one file with its styles and drawings inside, nothing fetched."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from llmpairs.render.document import Cell, Document, Ref
from llmpairs.render.links import web_address

TEMPLATES = "llmpairs.pages"
LINK = Markup('<a href="{}">{}</a>')
CLOSED = Markup("</span>")
TONES = {
    "strong": (Markup("<strong>"), Markup("</strong>")),
    "a": (Markup('<span class="tone-a">'), CLOSED),
    "b": (Markup('<span class="tone-b">'), CLOSED),
    "yes": (Markup('<span class="tone-yes">'), CLOSED),
    "no": (Markup('<span class="tone-no">'), CLOSED),
    "unknown": (Markup('<span class="tone-unknown">'), CLOSED),
    "muted": (Markup('<span class="tone-muted">'), CLOSED),
    "code": (Markup("<code>"), Markup("</code>")),
}
HEAT = Markup('<span class="heat" style="--share: {}%">{}</span>')
SPARK = Markup(
    '{} <svg class="spark" viewBox="0 0 60 18" role="img" aria-label="from {} to {} over {} releases">'
    '<polyline points="{}"/></svg>'
)
BREAK = Markup("<br>")
NOTE = (Markup(' <span class="note">'), CLOSED)
NUMBER = Markup('<a href="#source-{}" title="{}">{}</a>')
NOTHING = Markup()
REFS = Markup('<sup class="refs">{}</sup>')


@cache
def environment() -> Environment:
    """Jinja with everything escaped unless it is markup of ours."""
    folder = files(TEMPLATES) / "templates"
    names = (
        "page.html",
        "blocks.html",
        "charts.html",
        "index.html",
        "index.js",
        "redirect.html",
        "style.css",
    )
    found = {name: (folder / name).read_text(encoding="utf-8") for name in names if (folder / name).is_file()}
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


class Notes:
    """Cells as HTML, and numbers of the captures that they cite, in the order in which they cite them."""

    def __init__(self, document: Document) -> None:
        self.captures = document.captures
        self.sides = list(document.sides)
        self.numbers: dict[str, int] = {}
        self.written: dict[tuple[str, ...], Markup] = {}

    def write(self, cell: Cell) -> Markup:
        """A cell: its text, the numbers of what it was read from, and its note; everything in it is escaped."""
        text = escape(cell.text)
        if cell.href:
            text = LINK.format(cell.href, text)
        elif cell.tone:
            opened, closed = TONES[cell.tone]
            text = NOTHING.join((opened, text, closed))
        if cell.share is not None:
            text = HEAT.format(round(100 * cell.share), text)
        if len(cell.trend) > 1:
            text = draw_trend(text, cell.trend)
        if not cell.refs and not cell.note:
            return text
        note = (NOTE[0], BREAK.join(cell.note.split("\n")), NOTE[1]) if cell.note else ()
        return NOTHING.join((text, self.cite(cell.refs), *note))

    def cite(self, refs: Sequence[Ref]) -> Markup:
        """Numbers of citations as links to the list of sources."""
        if not refs:
            return NOTHING
        ids = tuple(dict.fromkeys(str(ref["capture_id"]) for ref in refs))
        if ids not in self.written:
            numbered = sorted((self.numbers.setdefault(id_, len(self.numbers) + 1), id_) for id_ in ids)
            links = [NUMBER.format(number, self.title(id_), number) for number, id_ in numbered]
            self.written[ids] = REFS.format(Markup(" ").join(links))
        return self.written[ids]

    def title(self, id_: str) -> str:
        """What a reader sees who points at a number."""
        capture = self.captures[id_]
        return f"{capture['title']}, {capture['captured_at']}, capture {id_}"

    def entries(self) -> list[dict[str, Any]]:
        """Every cited capture by number."""
        return [
            {
                "number": number,
                "capture_id": id_,
                **self.captures[id_],
                "href": web_address(self.captures[id_]["url"]),
            }
            for id_, number in self.numbers.items()
        ]


def draw_trend(text: Markup, trend: Sequence[float]) -> Markup:
    """The text with a line of shares behind it; from the least to the greatest, at least five points in a hundred."""
    low, high = min(trend), max(trend)
    middle, width = (low + high) / 2, max(high - low, 0.05)
    step = 56 / (len(trend) - 1)
    points = [
        f"{2 + step * number:.1f},{9 - 14 * (value - middle) / width:.1f}"
        for number, value in enumerate(trend)
    ]
    return SPARK.format(text, f"{trend[0]:.1%}", f"{trend[-1]:.1%}", len(trend), " ".join(points))


def render_html(document: Document, **around: Any) -> str:
    """The whole page; `around` may give `home` (address of the index), `canonical` and `style_href`."""
    context = {"home": "", "canonical": "", "style_href": "", "noindex": False, **around}
    template = environment().get_template("page.html")
    return template.render(page=document, notes=Notes(document), **context)
