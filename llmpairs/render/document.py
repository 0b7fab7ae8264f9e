"""Documents of pages and reports: sections of paragraphs, lists, tables and charts, whatever the output format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict
from urllib.parse import quote, urlsplit

MIN_RANGE = 0.05
"""Least range of a sparkline, as a share of its greatest value: less is noise."""
SAFE_IN_ADDRESSES = "/:?#[]@!$&'*+,;=%~"


class Citation(TypedDict):
    """Where a value was read."""

    source_id: str
    capture_id: str
    observed_at: str | None


class CitedCapture(TypedDict):
    """Title, address and time of a cited capture."""

    source_id: str
    title: str
    url: str | None
    captured_at: str | None
    is_late: bool
    """Whether it was captured after the as-of time of the release."""


def format_capture_time(capture: CitedCapture) -> str:
    """Capture time, marked if it is later than the as-of time of the release."""
    late = " (later than the as-of time)" if capture["is_late"] else ""
    return f"{capture['captured_at'] or 'unknown'}{late}"


@dataclass(frozen=True)
class Cell:
    """A piece of text with its citations; `note` has further lines, `tone` the style."""

    text: str
    refs: tuple[Citation, ...] = ()
    note: str = ""
    tone: str = ""
    """yes, no, unknown, strong, muted, code, a or b; nothing for plain text."""
    href: str = ""
    share: float | None = None
    """0 to 1: depth of shading, as in a heat map; the text has the same information."""
    marks: tuple["Mark", ...] = ()
    """Marks on an axis of the width of the cell; the row has the same figures."""
    trend: tuple[float, ...] = ()
    """Values over time, the newest last, drawn as a sparkline after the text."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of one or more pieces."""

    cells: Sequence[Cell]
    tone: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list of points."""

    items: Sequence[Cell]


@dataclass(frozen=True)
class TableBlock:
    """A table with a header row; the first cell of each row is its header. `numeric` columns are right-aligned."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numeric: frozenset[int] = frozenset()
    prose: frozenset[int] = frozenset()
    """Columns of sentences, which need width."""
    is_even: bool = False
    """Whether all columns but the first have one width, as for two sides."""


@dataclass(frozen=True)
class Panel:
    """One of the panels of SideBySide."""

    title: str
    blocks: Sequence["Block"]
    tone: str = ""


@dataclass(frozen=True)
class SideBySide:
    """Panels beside each other on a wide page, below each other on a narrow one."""

    panels: Sequence[Panel]


@dataclass(frozen=True)
class Fold:
    """Collapsed blocks."""

    summary: str
    blocks: Sequence["Block"]


@dataclass(frozen=True)
class Answers:
    """Questions and answers."""

    items: Sequence[tuple[str, Cell]]


@dataclass(frozen=True)
class Mark:
    """A mark at a position of the axis, 0 to 100: dot, tick, bar (from 0), span or link (to `end`)."""

    shape: str
    at: float
    tone: str
    title: str = ""
    end: float = 0.0
    lane: int = 0


@dataclass(frozen=True)
class Lane:
    """One line of a chart: its label, its marks, and the number of lanes that they need."""

    label: str
    marks: Sequence[Mark]
    lanes: int = 1


@dataclass(frozen=True)
class Chart:
    """A chart along one axis; the tables beside it have the same figures."""

    name: str
    title: str
    about: str
    ticks: Sequence[tuple[float, str]]
    lanes: Sequence[Lane]
    legend: Sequence[tuple[str, str]] = ()
    """Tone and its meaning."""


@dataclass(frozen=True)
class Step:
    """One line of a step chart: points (0 to 100 from the left, 0 to 100 from the top)."""

    tone: str
    title: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class StepChart:
    """Values over time."""

    name: str
    title: str
    about: str
    x_ticks: Sequence[tuple[float, str]]
    y_ticks: Sequence[tuple[float, str]]
    steps: Sequence[Step]
    legend: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Bar:
    """One side of a card: a bar from 0 to `end`, or a dot at `end` with its interval; positions 0 to 100."""

    label: str
    value: Cell
    tone: str
    end: float | None
    """None for an unknown value."""
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Card:
    """One figure of both sides."""

    title: str
    bars: Sequence[Bar]
    about: str = ""


@dataclass(frozen=True)
class Cards:
    """The most important figures."""

    cards: Sequence[Card]


@dataclass(frozen=True)
class Chips:
    """Short labelled results; the note of a cell is its reason."""

    items: Sequence[tuple[str, Cell]]


@dataclass(frozen=True)
class CostForm:
    """Monthly cost of any traffic: a form for scripts, and the table of its presets for everything else."""

    data: Mapping[str, object]
    """`Calculator` of `llmpairs.pages.content.pair_schema`."""
    table: TableBlock


Block = Cards | Chips | CostForm | Paragraph | Bullets | TableBlock | SideBySide | Fold | Answers | Chart | StepChart


@dataclass(frozen=True)
class Section:
    """A part of the page with an anchor."""

    name: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A whole page."""

    title: str
    subtitle: str
    about: str
    """One sentence for search engines and previews."""
    sections: Sequence[Section]
    captures: Mapping[str, CitedCapture]
    """Every cited capture by capture_id."""
    lead: Sequence[Block] = ()
    """Blocks of the first screen, before the sections."""
    json_ld: str = ""
    """schema.org description, safe inside a script element."""
    sides: Sequence[str] = field(default=())
    """Names of the sides that the tones a and b mark."""


def web_address(url: str | None) -> str:
    """Return a web address with characters that could end a link escaped; empty for anything else."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return quote(url, safe=SAFE_IN_ADDRESSES) if parts.scheme in ("http", "https") and parts.netloc else ""
