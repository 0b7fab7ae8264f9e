"""Events that readers subscribe to: price changes, new models, retirements; for feeds, webhooks and `watch`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypedDict

from llmpairs.render.labels import PRICE_FIELD_LABELS, format_date, format_price
from llmpairs.warehouse.control_characters import show_harmful
from llmpairs.warehouse.query import fetch_rows
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

if TYPE_CHECKING:
    import duckdb

PRICE, NEW_MODEL, RETIREMENT = "price", "new_model", "retirement"
CLASSES = (PRICE, NEW_MODEL, RETIREMENT)
CAUSES = ("source", "correction")
"""Causes of an event: our rules, identities and decisions change what we publish, not what is sold."""
PRICES = """
    SELECT changes.run_id, models.model_id, display_name AS name, slug, providers.name AS place, field,
      try_cast(old_value AS DOUBLE) AS old, try_cast(new_value AS DOUBLE) AS new, ratio, cause, NULL AS day
    FROM changes JOIN offers ON offer_id = subject_id JOIN models USING (model_id) JOIN providers USING (provider_id)
    WHERE subject_kind = 'offer' AND changes.kind = 'changed' AND list_contains($2, field) AND old_value <> new_value
      AND cause IN $3 AND NOT list_contains($4, coalesce(price_source_id, '')) AND list_contains($1, changes.run_id)
    ORDER BY changes.run_id, model_id, place, field, offer_id
"""
NEW_MODELS = """
    SELECT changes.run_id, model_id, display_name AS name, slug, developer_id AS place, 'model' AS field,
      NULL AS old, NULL AS new, NULL AS ratio, cause, NULL AS day
    FROM changes JOIN models ON model_id = subject_id
    WHERE subject_kind = 'model' AND changes.kind IN ('added', 'returned') AND is_live AND cause IN $2
      AND list_contains($1, changes.run_id)
    ORDER BY changes.run_id, model_id
"""
RETIREMENTS = """
    WITH subjects AS (
      SELECT 'model' AS subject_kind, model_id AS subject_id, model_id, NULL AS place FROM models
      UNION ALL SELECT 'offer', offer_id, model_id, providers.name FROM offers JOIN providers USING (provider_id)
    )
    SELECT DISTINCT changes.run_id, model_id, display_name AS name, slug, place, field,
      NULL AS old, NULL AS new, NULL AS ratio, cause, CASE WHEN field = 'retire_on' THEN new_value END AS day
    FROM changes JOIN subjects USING (subject_kind, subject_id) JOIN models USING (model_id)
    WHERE cause IN $2 AND list_contains($1, changes.run_id) AND new_value IS NOT NULL
      AND (field = 'retire_on' OR field = 'lifecycle' AND new_value IN ('deprecated', 'retired'))
    ORDER BY changes.run_id, model_id, place, field
"""


class EventRow(TypedDict):
    """A row of the queries above."""

    run_id: str
    model_id: str
    name: str
    slug: str
    place: str | None
    field: str
    old: float | None
    new: float | None
    ratio: float | None
    cause: str
    day: str | None


@dataclass(frozen=True, kw_only=True)
class ReaderEvent:
    """What happened to one model in one release."""

    kind: str
    """One of CLASSES."""
    run_id: str
    model_id: str
    name: str
    slug: str
    text: str
    """One line for people."""
    ratio: float | None = None
    """New price over old; None for another class, or where one of the two is zero or unknown."""

    @property
    def change(self) -> float:
        """Size of a price change as a share; infinite without a ratio, so that every limit is exceeded."""
        return float("inf") if self.ratio is None else abs(self.ratio - 1)


@dataclass(frozen=True, kw_only=True)
class EventFilter:
    """Events of a class, of models whose id matches a pattern, beyond a size."""

    kind: str
    models: str = "*"
    above: float = 0.0
    """Share of a price; changes of this size or less are left out."""

    def accepts(self, event: ReaderEvent) -> bool:
        """Whether the event is one of these."""
        is_large = event.kind != PRICE or event.change > self.above
        return event.kind == self.kind and fnmatchcase(event.model_id, self.models) and is_large


_FILTER = re.compile(r"(?P<kind>[a-z_]+)(:(?P<models>[^>,]+))?(>(?P<above>\d+(\.\d+)?)%)?")


def parse_filters(text: str) -> tuple[EventFilter, ...]:
    """Filters such as `price:anthropic/*>10%,new_model`; ValueError names the part that is none."""
    found = []
    for part in (each.strip() for each in text.split(",") if each.strip()):
        match = _FILTER.fullmatch(part)
        if match is None or match["kind"] not in CLASSES:
            raise ValueError(f"{part!r} is no filter; write {', '.join(CLASSES)}, price>10% or price:anthropic/*>10%")
        above = float(match["above"] or 0) / 100
        found.append(EventFilter(kind=match["kind"], models=match["models"] or "*", above=above))
    return tuple(found)


def select_events(events: Iterable[ReaderEvent], filters: Sequence[EventFilter]) -> list[ReaderEvent]:
    """Events that at least one filter accepts, in order."""
    return [event for event in events if any(each.accepts(event) for each in filters)]


def load_events(
    con: "duckdb.DuckDBPyConnection", run_ids: Sequence[str], left_out: Sequence[str] = ()
) -> list[ReaderEvent]:
    """Events of those releases by class, release and model; prices of the sources `left_out` are not among them."""
    runs, causes = list(run_ids), list(CAUSES)
    prices: list[EventRow] = fetch_rows(con, PRICES, [runs, list(PRICE_FIELDS), causes, list(left_out)])
    added: list[EventRow] = fetch_rows(con, NEW_MODELS, [runs, causes])
    ending: list[EventRow] = fetch_rows(con, RETIREMENTS, [runs, causes])
    return [
        *(_make_event(PRICE, row, _describe_price(row)) for row in prices),
        *(_make_event(NEW_MODEL, row, f"{row['name']} is new, by {row['place']}") for row in added),
        *(_make_event(RETIREMENT, row, _describe_retirement(row)) for row in ending),
    ]


def _make_event(kind: str, row: EventRow, text: str) -> ReaderEvent:
    return ReaderEvent(
        kind=kind, run_id=row["run_id"], model_id=row["model_id"], name=show_harmful(row["name"]), slug=row["slug"],
        text=show_harmful(text), ratio=row["ratio"],
    )  # fmt: skip


def _describe_price(row: EventRow) -> str:
    label = PRICE_FIELD_LABELS[row["field"]].lower()
    change = "" if row["ratio"] is None else f" ({row['ratio'] - 1:+.0%})"
    corrected = ", a correction" if row["cause"] == "correction" else ""
    old, new = (format_price(row[side]) for side in ("old", "new"))
    return f"{row['name']}: {label} at {row['place']} {old} → {new} per million tokens{change}{corrected}"


def _describe_retirement(row: EventRow) -> str:
    subject = row["name"] if row["place"] is None else f"{row['name']} at {row['place']}"
    return f"{subject} ends on {format_date(row['day'])}" if row["day"] else f"{subject} is deprecated or retired"
