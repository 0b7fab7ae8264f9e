"""Verdicts of a pair: the overall one, those of the workloads, and the scorecard."""

from collections.abc import Sequence
from typing import Any

from llmpairs.render.document import Cell, Para, Table
from llmpairs.render.labels import (
    UNKNOWN,
    capability_name,
    count_of,
    listed,
    money,
    price,
    route_words,
    tokens,
)

Row = dict[str, Any]
SIDE_TONES = ("a", "b")
VERDICT_WORDS = {"tie": "a tie", "neither": "neither", "depends": "depends", "abstain": "abstains"}
LEAD_WORDS = {"trade_off": "trade-off", "even": "even", "unknown": UNKNOWN}
NOT_COMPARED = "quality not compared"


def overall_para(page: Row) -> Para:
    """What can be said over all workloads, in a line or two."""
    overall = page["overall"]
    names = [side["display_name"] for side in page["sides"]]
    won = [f"{name} wins {listed(ids)}" for name, ids in zip(names, overall["won"], strict=True) if ids]
    total = len(page["decisions"])
    tail = f" {'; '.join(won)}." if won else ""
    if overall["abstained"]:
        tail += f" {len(overall['abstained'])} of {total} workloads abstain for want of established facts."
    if overall["verdict"] == "win":
        text = f"Overall: {names[overall['winner']]}. It wins more than half of the {total} workloads and loses none."
    elif overall["verdict"] == "depends":
        text = "Overall: it depends on the workload."
    else:
        text = "Overall: no verdict, because no workload is decided."
    tone = "" if overall["winner"] is None else SIDE_TONES[overall["winner"]]
    return Para([Cell(text + tail, tone="strong")], f"verdict {tone}".strip())


def decision_table(page: Row) -> Table:
    """Each workload: verdict, why, figures, and the lead beside it."""
    names = [side["display_name"] for side in page["sides"]]
    return Table(
        "Verdicts by workload, and the lead without quality",
        ("Workload", "Verdict", "Why", "Margin", "Coverage", "Robust", "Lead"),
        [decision_cells(row, names) for row in page["decisions"]],
        frozenset({3, 4, 5}),
        frozenset({2}),
    )


def decision_cells(row: Row, names: Sequence[str]) -> list[Cell]:
    """One workload."""
    winner, leader = row["winner"], row["leader"]
    verdict = VERDICT_WORDS.get(row["verdict"]) or names[winner]
    lead = LEAD_WORDS.get(row["lead"]) or names[leader]
    return [
        Cell(row["scenario_id"], note=workload_words(row)),
        Cell(verdict, tone="muted" if winner is None else SIDE_TONES[winner]),
        Cell(row["text"], tuple(row["evidence"])),
        *(
            Cell("-" if row[name] is None else f"{row[name]:.2f}")
            for name in ("margin", "coverage", "robust")
        ),
        Cell(lead, note=NOT_COMPARED, tone="muted" if leader is None else SIDE_TONES[leader]),
    ]


def workload_words(row: Row) -> str:
    """Traffic of a workload, and what it demands."""
    text = f"{row['prompt_tokens']:,} tokens in, {row['output_tokens']:,} out, "
    text += f"{row['requests_per_month']:,} times a month"
    if row["cached_share"]:
        text += f", {row['cached_share']:.0%} cached"
    if row["service_tier"] != "standard":
        text += f", {row['service_tier']} prices"
    demands = [capability_name(name) for name in row["must_have"]]
    return f"{text}; demands {listed(demands)}" if demands else text


def scorecard(page: Row) -> Table:
    """The signals that a reader asks for first."""
    rows = [
        [Cell("Decision fit"), *(fit_cell(side) for side in page["sides"])],
        [Cell("Context window"), *spec_cells(page, "context_tokens")],
        [Cell("Cheapest route in seed_chat"), *(cheapest_cell(side) for side in page["sides"])],
        [Cell("Output price on that route"), *(output_cell(side) for side in page["sides"])],
        [Cell("Active routes"), *(routes_cell(side, page["silent_sources"]) for side in page["sides"])],
        [Cell("Shared benchmark rows"), *shared_cells(page)],
    ]
    return side_table("Scorecard", page, rows)


def side_table(caption: str, page: Row, rows: list[list[Cell]]) -> Table:
    """A table of both sides beside each other."""
    return Table(caption, ("", *(side["display_name"] for side in page["sides"])), rows, is_even=True)


def fit_cell(side: Row) -> Cell:
    """Workloads whose demands the model meets on established facts."""
    return Cell(", ".join(side["fits"]) or "none established", note="demands met on established facts")


def spec_cells(page: Row, field: str) -> list[Cell]:
    """A count of tokens of both sides."""
    row = next(row for row in page["specs"] if row["field"] == field)
    return [
        Cell(tokens(value), () if ref is None else (ref,), tone="unknown" if value is None else "")
        for value, ref in zip(row["values"], row["evidence"], strict=True)
    ]


def cheapest_cell(side: Row) -> Cell:
    """Monthly cost on the cheapest route, with that route."""
    cost = side["costs"]["seed_chat"]["cheapest"]
    if cost is None:
        return Cell(UNKNOWN, tone="unknown", note="no usable metered price")
    return Cell(
        f"{money(cost['usd'])} a month", refs(cost["evidence"]), note=f"cheapest: {route_words(cost)}"
    )


def output_cell(side: Row) -> Cell:
    """Output price of that route."""
    cost = side["costs"]["seed_chat"]["cheapest"]
    if cost is None:
        return Cell(UNKNOWN, tone="unknown")
    return Cell(f"{price(cost['output_usd_per_mtok'])} per million tokens", refs(cost["evidence"]))


def routes_cell(side: Row, silent: Sequence[Row]) -> Cell:
    """Active routes and known operators; a lower bound while a source is silent."""
    text = f"{count_of(side['offer_count'], 'route')}, {count_of(len(side['operators']), 'known operator')}"
    note = f"at least: {count_of(len(silent), 'source')} gave nothing tonight" if silent else ""
    return Cell(text, tuple(side["route_evidence"]), note=note)


def shared_cells(page: Row) -> list[Cell]:
    """Comparable and indicative rows, the same for both sides."""
    benchmarks = page["benchmarks"]
    text = f"{len(benchmarks['comparable'])} comparable, {len(benchmarks['indicative'])} indicative"
    return [Cell(text, note=f"of {count_of(number, 'score')}") for number in benchmarks["scores"]]


def refs(ref: Row | None) -> tuple[Row, ...]:
    """A citation, or none."""
    return () if ref is None else (ref,)
