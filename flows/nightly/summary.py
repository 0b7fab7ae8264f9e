"""A night in a few lines for Prefect's dashboard; the report beside the warehouse says it all."""

from typing import Any

from llmpairs.flows.nightly.plan import Night
from llmpairs.warehouse.log import read_log

SHOWN = ("models", "offers", "pairs")


def summarise(night: Night, place: str, result: dict[str, Any]) -> str:
    """How a night that came to its end went, as Markdown; `place` is the warehouse without credentials."""
    verdict, counts = result["verdict"], result["counts"]
    passed = verdict["verdict"] == "pass"
    lines = [
        f"# {'Published' if passed else 'Blocked'}: {night.run_id}",
        "",
        ", ".join(f"{counts.get(name, 0):,} {name}" for name in SHOWN),
        "",
        *(f"- **{c['suite']}: {c['check']}**: {c['observed']}" for c in verdict["critical_failures"]),
        "" if passed else f"Readers keep {night.parent or 'nothing: there is no release yet'}.",
        f"Report: `{place.rstrip('/')}/runs/{night.run_id}/report.html`",
    ]
    return "\n".join(lines)


def list_sources(night: Night) -> list[dict[str, Any]]:
    """Each source's night, those that did not go well first."""
    rows = read_log(night.store, "sources", night.run_id)
    rows = rows.assign(well=rows["state"].isin(["ok", "not_configured", "not_asked"]))
    rows = rows.sort_values(["well", "source_id"])
    told = rows[["source_id", "state", "items", "carried_items", "captured_at", "cause"]].astype("object")
    return [
        {str(name): "" if value is None or value != value else str(value) for name, value in row.items()}
        for row in told.to_dict("records")
    ]
