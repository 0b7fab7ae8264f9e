"""A small warehouse with a history of prices, for the commands that show and correct them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pandas import DataFrame

from llmpairs.warehouse.releases import publish, stage_table, write_manifest
from llmpairs.warehouse.store import open_store
from tests.warehouse.samples import RUN, frame, manifest_of, release_frames

ROUTE = "openrouter/groq/gpt-oss-120b/-/standard"
IN = "input_usd_per_mtok"


def day(number: int, month: int = 5) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


def span(price: float | None, start: datetime, end: datetime | None = None, **more: Any) -> dict[str, Any]:
    """A span of the route's input price, known from its start unless `known_from` is given."""
    return {
        "offer_id": ROUTE, "field": IN, "usd_per_mtok": price, "valid_from": start, "valid_to": end,
        "known_from": start, "reason": "change", "valid_from_kind": "first_seen", "source_id": "openrouter",
        "capture_id": "c1", **more,
    }  # fmt: skip


def spans() -> DataFrame:
    """0.4 in May until the 20th, then 0.05; on 1 June it was found that 0.4 had been 0.04 since the 10th."""
    first: dict[str, Any] = {"valid_from_kind": "left_censored"}
    found: dict[str, Any] = {"reason": "correction", "known_from": day(1, 6)}
    return frame(
        "price_history",
        span(0.4, day(1), **first, known_to=day(20)),
        span(0.4, day(1), day(20), **first, known_from=day(20), known_to=day(1, 6)),
        span(0.4, day(1), day(10), **first, **found),
        span(0.04, day(10), day(20), **found, valid_from_kind="declared", source_id=None, decision_id="d1"),
        span(0.05, day(20)),
        span(0.18, day(1), **first, field="output_usd_per_mtok"),
    )


def publish_priced(folder: Path, history: DataFrame | None = None, offers: DataFrame | None = None) -> str:
    """A published release of 8 June with that history and those offers; returns its address."""
    store = open_store(folder)
    frames = release_frames() | {"price_history": spans() if history is None else history}
    frames |= {} if offers is None else {"offers": offers}
    for name, rows in frames.items():
        stage_table(store, RUN, name, rows)
    write_manifest(store, RUN, manifest_of(store, RUN))
    publish(store, RUN)
    return str(folder)
