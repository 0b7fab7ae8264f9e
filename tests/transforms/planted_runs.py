"""Runs of all transforms over a few landed rows, each built on the one before."""

from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.changes import find_changes
from llmpairs.transforms.reference_data import ReferenceData
from llmpairs.transforms.state import build_state
from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.contracts.landed import LANDED_CAPABILITIES, LANDED_SCORES
from llmpairs.warehouse.convert import empty_frame, from_arrow, to_arrow
from llmpairs.warehouse.decisions import Decision, DecisionKind, frame_decisions
from llmpairs.warehouse.landing import Landed
from tests.transforms.frames import AS_OF, NO_FAMILIES, landed, load_reference, quote, run_context, source_metadata

NOT_MADE_HERE = ("pairs", "pair_changes", "offer_scenario_costs", "model_scenario_costs")
STATE_TABLES = tuple(table for table in RELEASE_TABLES if table.name not in NOT_MADE_HERE)


@dataclass(frozen=True, kw_only=True)
class SourceRow:
    """One row of a source: a model in a provider's list, with its prices for a million tokens."""

    source: str
    key: str
    provider: str = "groq"
    input: str | None = "0.15"
    output: str | None = "0.6"
    more_prices: tuple[tuple[str, str, int], ...] = ()
    """Further prices: use, amount, and the prompt tokens from which it applies."""
    model: dict[str, Any] = field(default_factory=dict)
    offer: dict[str, Any] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    """Capabilities of the model."""
    offer_flags: dict[str, bool] = field(default_factory=dict)
    """Capabilities of the offer."""


@dataclass
class PlantedRuns:
    """Consecutive runs; `tables` are those of the last one, as stored in a release."""

    tables: dict[str, DataFrame] = field(
        default_factory=lambda: {table.name: empty_frame(table) for table in STATE_TABLES}
    )
    decisions: list[Decision] = field(default_factory=list)
    changes: DataFrame = field(default_factory=DataFrame)
    number: int = 0
    reference_data: ReferenceData = field(default_factory=lambda: replace(load_reference(), families=NO_FAMILIES))
    """Reviewed data files; without family_facts.toml, so that the planted rows decide alone."""

    @property
    def as_of(self) -> pd.Timestamp:
        """As-of time of the next run."""
        return AS_OF + pd.Timedelta(days=self.number)

    def add(self, *rows: SourceRow, failed: tuple[str, ...] = ()) -> dict[str, DataFrame]:
        """Add a run; `failed` names sources that failed (pass their last rows again)."""
        context = run_context(
            self.tables,
            as_of=self.as_of.to_pydatetime(),
            decisions=frame_decisions(self.decisions),
            source_health=self.source_health(failed),
            reference_data=self.reference_data,
        )
        state = build_state(self.land(rows), context)
        self.changes = find_changes(state, self.tables, rules_changed=False)
        self.tables = {
            table.name: from_arrow(
                to_arrow(state[table.name][[c for c in table.column_names if c in state[table.name]]], table)
            )
            for table in STATE_TABLES
        }
        self.number += 1
        return self.tables

    def land(self, rows: tuple[SourceRow, ...]) -> Landed:
        """Landed rows of the next run."""
        stamp = {"captured_at": self.as_of, "capture_id": f"c{self.number}"}
        base = [
            {
                "source_id": row.source,
                "provider_key": row.provider,
                "model_key": row.key,
                "locator": f"/{row.key}",
                **stamp,
            }
            for row in rows
        ]
        prices = [
            quote(number, use, amount)
            for number, row in enumerate(rows)
            for use, amount in (("input", row.input), ("output", row.output))
            if amount is not None
        ]
        prices += [
            quote(number, use, amount, min_prompt_tokens=tokens, quote=place)
            for number, row in enumerate(rows)
            for place, (use, amount, tokens) in enumerate(row.more_prices, 1)
        ]
        flags = [
            {"item": item, "row_id": number, "capability": name, "value": value}
            for number, row in enumerate(rows)
            for item, stated in (("model", row.flags), ("offer", row.offer_flags))
            for name, value in stated.items()
        ]
        return Landed(
            models=landed("models", [{**b, **row.model} for b, row in zip(base, rows, strict=True)]),
            offers=landed("offers", [{**b, **row.offer} for b, row in zip(base, rows, strict=True)]),
            prices=landed("prices", prices),
            capabilities=DataFrame(flags, columns=LANDED_CAPABILITIES.column_names),
            scores=empty_frame(LANDED_SCORES),
        )

    def source_health(self, failed: tuple[str, ...]) -> DataFrame:
        """Rows of the log table `sources`: every source is ok except those that failed."""
        known = source_metadata().sources
        moment = pd.Series(self.as_of, index=known.index)
        return known[["source_id", "kind", "lineage"]].assign(
            title=known["source_id"], homepage="https://example.org", terms="", redistributable=True, verified="",
            state=["timed_out" if source in failed else "ok" for source in known["source_id"]],
            cause=None, items=1, captured_at=moment, expires_at=moment + known["expires_after"],
        )  # fmt: skip

    def decide(
        self, kind: DecisionKind, subject: str, verdict: str, values: dict[str, str], quote: str | None = None
    ) -> None:
        """Add a reviewer's decision, valid from the next run on; a fact has a quote."""
        decision = Decision(
            decision_id=f"d{len(self.decisions)}", kind=kind, subject=subject, verdict=verdict, reason="r",
            evidence="e", decided_by="ana", values=values, expires_on=None, quote=quote,
            made_on_as_of=(self.as_of - pd.Timedelta(days=1)).to_pydatetime(),
        )  # fmt: skip
        self.decisions.append(decision)

    def row(self, table: str, subject_id: str) -> dict[str, Any]:
        """A subject's row in a table of the last run."""
        frame = self.tables[table]
        key = "subject_id" if "subject_id" in frame else frame.columns[0]
        found: dict[str, Any] = frame[frame[key] == subject_id].iloc[0].to_dict()
        return found
