"""What a page is made of, whatever it is written as: sections of paragraphs, lists, tables and charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Ref = Mapping[str, Any]
"""A citation: source_id, capture_id, observed_at."""


@dataclass(frozen=True)
class Cell:
    """A piece of text with what it was read from; `note` says more about it in lines, `tone` how it is shown."""

    text: str
    refs: tuple[Ref, ...] = ()
    note: str = ""
    tone: str = ""
    """yes, no, unknown, strong, muted, code, a or b; nothing for plain text."""
    href: str = ""
    share: float | None = None
    """0 to 1: how deep the piece is shaded, as in a heat map; its text says the same."""
    trend: tuple[float, ...] = ()
    """Values 0 to 1 over time, the newest last, drawn small behind the text."""


@dataclass(frozen=True)
class Para:
    """A paragraph of one or more pieces."""

    cells: Sequence[Cell]
    tone: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list of points."""

    items: Sequence[Cell]


@dataclass(frozen=True)
class Table:
    """A table with a header row; the first cell of each row is its header. `numeric` columns stand to the right."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numeric: frozenset[int] = frozenset()
    prose: frozenset[int] = frozenset()
    """Columns of sentences, which need some width."""
    is_even: bool = False
    """Whether all columns but the first are of one width: sides beside each other."""


@dataclass(frozen=True)
class Column:
    """One of the blocks that stand beside each other."""

    title: str
    blocks: Sequence["Block"]
    tone: str = ""


@dataclass(frozen=True)
class Columns:
    """Blocks beside each other on a wide page, below each other on a narrow one."""

    columns: Sequence[Column]


@dataclass(frozen=True)
class Fold:
    """What is shown when asked for; `shorter` stands in for it where nothing can be asked for."""

    summary: str
    blocks: Sequence["Block"]
    shorter: str


@dataclass(frozen=True)
class Answers:
    """Questions and answers."""

    items: Sequence[tuple[str, Cell]]


@dataclass(frozen=True)
class Mark:
    """Something drawn at a place of the axis, 0 to 100: dot, tick, bar (from 0), span or link (to `end`)."""

    shape: str
    at: float
    tone: str
    title: str = ""
    end: float = 0.0
    lane: int = 0


@dataclass(frozen=True)
class Lane:
    """One line of a chart: its label, what is drawn, and the number of lanes its marks need."""

    label: str
    marks: Sequence[Mark]
    lanes: int = 1


@dataclass(frozen=True)
class Chart:
    """A drawing along one axis; the tables beside it hold the same figures."""

    name: str
    title: str
    about: str
    ticks: Sequence[tuple[float, str]]
    lanes: Sequence[Lane]
    legend: Sequence[tuple[str, str]] = ()
    """Tone and what it stands for."""


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


Block = Para | Bullets | Table | Columns | Fold | Answers | Chart | StepChart


@dataclass(frozen=True)
class Section:
    """A part of the page with an address of its own."""

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
    captures: Mapping[str, Mapping[str, Any]]
    """Title, address and time of every capture that is cited, by capture_id."""
    sides: Sequence[str] = field(default=())
    """Names that the tones a and b stand for."""
