"""The figures of one model on the first screen of a pair, as numbers and as text."""

from collections.abc import Mapping
from statistics import median
from typing import TypedDict

from llmpairs.pages.content.pair_schema import PairPage
from llmpairs.pages.content.schema import Side
from llmpairs.pages.rows import QualityColumns, SpecValue
from llmpairs.render.labels import UNKNOWN, format_blended, format_short_tokens
from llmpairs.warehouse.vocabulary import QUALITY_DOMAINS


class Figure(TypedDict):
    """A number, null if unknown, and how it is shown."""

    value: float | None
    text: str


class QualityFigure(TypedDict):
    """General quality index with its 95% interval."""

    index: float
    low95: float
    high95: float
    text: str
    interval: str
    is_estimated: bool


class SideFigures(TypedDict):
    """Figures of one model; prices in USD per million tokens blended 3:1, speed in tokens per second."""

    list_price: Figure
    is_median: bool
    """Whether the list price is the median of named operators."""
    best_price: Figure
    quality: QualityFigure | None
    context_tokens: Figure
    max_output_tokens: Figure
    speed: Figure
    speed_offers: int
    """Offers with a known speed."""


def describe_figures(side: Side, specs: Mapping[str, SpecValue]) -> SideFigures:
    """The figures of a model; `specs` are its values of context_tokens and max_output_tokens."""
    listed, speeds = side["list_price"], find_speeds(side)
    speed = median(speeds) if speeds else None
    return {
        "list_price": _describe_price(listed["blended_3to1_usd_per_mtok"]),
        "is_median": listed["basis"] == "median",
        "best_price": _describe_price(side["best_blended_usd_per_mtok"]),
        "quality": _describe_quality(find_general_quality(side)),
        "context_tokens": _describe_tokens(specs["context_tokens"]),
        "max_output_tokens": _describe_tokens(specs["max_output_tokens"]),
        "speed": {"value": speed, "text": UNKNOWN if speed is None else f"{speed:.0f}"},
        "speed_offers": len(speeds),
    }


def list_figures(page: PairPage) -> list[SideFigures]:
    """Figures of both sides of a pair."""
    specs = [{row["field"]: row["values"][at] for row in page["specs"]} for at in (0, 1)]
    return [describe_figures(side, values) for side, values in zip(page["sides"], specs, strict=True)]


def _describe_price(usd_per_mtok: float | None) -> Figure:
    return {"value": usd_per_mtok, "text": format_blended(usd_per_mtok)}


def _describe_tokens(value: SpecValue) -> Figure:
    tokens = value if isinstance(value, int) else None
    return {"value": tokens, "text": format_short_tokens(tokens)}


def _describe_quality(row: QualityColumns | None) -> QualityFigure | None:
    if row is None:
        return None
    is_estimated = row["basis"] == "estimated"
    return {
        "index": row["index"],
        "low95": row["low95"],
        "high95": row["high95"],
        "text": f"{row['index']:.0f}",
        "interval": f"{row['low95']:.0f}–{row['high95']:.0f}{', estimated' if is_estimated else ''}",
        "is_estimated": is_estimated,
    }


def find_general_quality(side: Side) -> QualityColumns | None:
    """Quality index of a model over all domains."""
    return next((row for row in side["quality"] if row["domain"] == QUALITY_DOMAINS[0]), None)


def find_speeds(side: Side) -> list[float]:
    """Known output speeds of active offers with a named operator, tokens per second."""
    return [
        offer["throughput_tokens_per_s"]
        for offer in side["routes"]
        if offer["offer_status"] == "active"
        and offer["operator_known"]
        and offer["throughput_tokens_per_s"] is not None
    ]
