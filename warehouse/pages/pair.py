"""Everything a release knows about one pair, as plain data; the same for every format."""

from datetime import UTC, date, datetime
from typing import Any

import duckdb

from warehouse.vocabulary import CAPABILITIES, FRICTIONS

SPECS = (
    "released_date", "released_precision", "context_tokens", "max_output_tokens", "parameters_total",
    "parameters_active", "architecture", "is_open_weights", "license_spdx", "license_class", "knowledge_cutoff_date",
    "input_modalities", "output_modalities", "lifecycle", "identity_basis",
)  # fmt: skip


def rows_of(con: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> list[dict[str, Any]]:
    """Rows of a query as dictionaries with plain values."""
    result = con.execute(query, parameters)
    names = [column[0] for column in result.description]
    return [{name: plain(value) for name, value in zip(names, row, strict=True)} for row in result.fetchall()]


def plain(value: Any) -> Any:
    """A value as JSON has it: dates and times in ISO 8601."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def describe_pair(con: duckdb.DuckDBPyConnection, first: str, second: str) -> dict[str, Any]:
    """Both models and their pair record, sides in the order asked for; `release` names the release.

    The record itself is in the table's order (a < b bytewise); LookupError when the two have no record.
    """
    a, b = sorted((first, second), key=str.encode)
    records = rows_of(con, "SELECT * FROM pairs WHERE model_a_id = ? AND model_b_id = ?", [a, b])
    if first == second or not records:
        raise LookupError(explain_absence(con, first, second))
    record = records[0]
    return {
        "release": rows_of(con, "SELECT as_of() AS as_of", [])[0],
        "pair": record,
        "sides": [describe_side(con, first), describe_side(con, second)],
        "shared": {
            "capabilities": words(record["both_capabilities"], CAPABILITIES),
            f"only_{a}": words(record["a_only_capabilities"], CAPABILITIES),
            f"only_{b}": words(record["b_only_capabilities"], CAPABILITIES),
            "not_established": words(record["not_established_capabilities"], CAPABILITIES),
        },
        "friction": [
            friction(record, "a_to_b" if (start, end) == (a, b) else "b_to_a", start, end)
            for start, end in ((first, second), (second, first))
        ],
    }


def friction(record: dict[str, Any], way: str, start: str, end: str) -> dict[str, Any]:
    """Obstacles of a move in one direction."""
    kinds = words(record[f"friction_kinds_{way}"], FRICTIONS)
    return {"from": start, "to": end, "severity": record[f"friction_{way}"], "kinds": kinds}


def words(bits: int, names: tuple[str, ...]) -> list[str]:
    """The words of a bit set, lowest bit first."""
    return [name for place, name in enumerate(names) if bits >> place & 1]


def explain_absence(con: duckdb.DuckDBPyConnection, first: str, second: str) -> str:
    """Why two known models have no pair record."""
    if first == second:
        return f"{first} cannot be compared with itself"
    for row in rows_of(
        con, "SELECT * FROM models WHERE model_id IN (?, ?) ORDER BY model_id", [first, second]
    ):
        if not row["is_text_generating"]:
            return f"{row['model_id']} stands in no pair: it is of kind {row['kind']}, and pairs are of text models"
        if not row["is_live"]:
            return f"{row['model_id']} stands in no pair: it has no offer that is not retired"
    return f"there is no pair record of {first} and {second} in this release"


def describe_side(con: duckdb.DuckDBPyConnection, model_id: str) -> dict[str, Any]:
    """One model: its row, routes, costs, capabilities, evidence and gaps."""
    model = rows_of(con, "SELECT * FROM models WHERE model_id = ?", [model_id])[0]
    return {
        "model": model,
        "evidence": evidence(con, model_id),
        "routes": rows_of(
            con,
            """SELECT offers.offer_id, provider_id, operator_id, route_kind, service_tier, quantization, context_tokens,
                 price_kind, input_usd_per_mtok, output_usd_per_mtok, price_missing_reason, offer_status, held,
                 offers.eligible, offers.ineligible_reason, price_source_id, price_observed_at,
                 cost.cost_usd AS seed_chat_usd
               FROM offers LEFT JOIN offer_scenario_costs cost
                 ON cost.offer_id = offers.offer_id AND cost.scenario_id = 'seed_chat' AND cost.eligible
               WHERE offers.model_id = ?
               ORDER BY cost.cost_usd NULLS LAST, offers.eligible DESC, offers.offer_id""",
            [model_id],
        ),
        "costs": rows_of(
            con, "SELECT * FROM model_scenario_costs WHERE model_id = ? ORDER BY scenario_id", [model_id]
        ),
        "capabilities": {
            row["capability"]: row
            for row in rows_of(con, "SELECT * FROM model_capabilities WHERE model_id = ?", [model_id])
        },
        "gaps": rows_of(
            con,
            """SELECT field, state, severity, detail, since FROM coverage_gaps
               WHERE model_id = ? AND subject_kind = 'model' ORDER BY rank_score DESC, field""",
            [model_id],
        ),
    }


def evidence(con: duckdb.DuckDBPyConnection, model_id: str) -> dict[str, dict[str, Any]]:
    """The published claim of each spec: source, basis, capture and time."""
    found = rows_of(
        con,
        """SELECT field, value, printed, source_id, lineage, basis, capture_id, observed_at FROM facts
           WHERE subject_id = ? AND subject_kind = 'model' AND is_chosen ORDER BY field""",
        [model_id],
    )
    return {row["field"]: row for row in found}
