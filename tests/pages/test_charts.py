"""Charts of pages: positions of marks, and price histories."""

from typing import cast

import pytest

from llmpairs.pages.content.schema import Offer, PriceLine
from llmpairs.pages.layout.charts import linear, log_ticks, logarithmic
from llmpairs.pages.layout.price_history import change_table, chart_history
from llmpairs.render.document import Document, Section
from llmpairs.render.html import render_html

AS_OF = "2026-06-14T00:00:00Z"
OFFERS = cast("list[Offer]", [
    {"offer_id": "a", "provider": "Azure", "operator": "Azure", "monthly_usd": {"seed_chat": 40.0}},
    {"offer_id": "b", "provider": "OpenRouter", "operator": "DekaLLM", "monthly_usd": {}},
])  # fmt: skip


def line(offer_id: str, field: str, *spans: tuple[str, float | None]) -> PriceLine:
    starts = [f"2026-06-{day}T00:00:00Z" for day, _ in spans]
    return {
        "offer_id": offer_id,
        "field": field,
        "spans": [
            {"from": start, "to": end, "usd_per_mtok": usd, "start": "first_seen", "evidence": None}
            for start, end, (_, usd) in zip(starts, [*starts[1:], None], spans, strict=True)
        ],
    }


def test_positions_keep_their_order_and_stay_on_the_axis() -> None:
    even, log = linear(0, 200), logarithmic(10, 1000)
    assert [even(0), even(100), even(200)] == [1.0, 49.0, 97.0]
    assert log(100) == pytest.approx((log(10) + log(1000)) / 2)


@pytest.mark.parametrize(
    ("low", "high", "ticks"), [(48, 800, [50, 100, 200, 500]), (1, 1e9, [1, 100, 1e4, 1e6, 1e8]), (7, 8, [])]
)
def test_ticks_are_round_and_few(low: float, high: float, ticks: list[float]) -> None:
    assert log_ticks(low, high) == pytest.approx(ticks)


def test_a_history_without_a_change_has_neither_chart_nor_table() -> None:
    still = [line("a", "output_usd_per_mtok", ("08", 0.5)), line("b", "output_usd_per_mtok", ("09", 0.6))]
    assert chart_history(still, OFFERS, AS_OF) is None
    assert change_table(still, OFFERS) is None


def test_changes_are_newest_first_with_both_prices() -> None:
    history = [
        line("a", "output_usd_per_mtok", ("08", 0.5), ("10", 2.0), ("12", None), ("13", 0.5)),
        line("b", "input_usd_per_mtok", ("08", 0.1), ("11", 0.2)),
    ]
    table = change_table(history, OFFERS)
    assert table
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["2026-06-13", "Azure", "Azure", "Output price", "unknown", "$0.5"],
        ["2026-06-12", "Azure", "Azure", "Output price", "$2", "unknown"],
        ["2026-06-11", "OpenRouter", "DekaLLM", "Input price", "$0.1", "$0.2"],
        ["2026-06-10", "Azure", "Azure", "Output price", "$0.5", "$2"],
    ]


def test_a_price_is_at_its_day_and_a_higher_price_is_higher() -> None:
    chart = chart_history([line("a", "output_usd_per_mtok", ("08", 0.5), ("11", 2.0))], OFFERS, AS_OF)
    assert chart
    (step,) = chart.steps
    assert [x for x, _ in step.points] == [0.0, 50.0, 100.0]
    assert step.points[0][1] > step.points[1][1] == step.points[2][1]
    assert (step.tone, step.title) == ("a", "Azure: $2 from 2026-06-11")
    written = render_html(Document("t", "s", "a", [Section("history", "History", [chart])], {}))
    assert f'd="M0.0,{step.points[0][1]}H50.0V{step.points[1][1]}H100.0V{step.points[1][1]}"' in written


def test_no_line_is_drawn_while_no_price_is_known() -> None:
    gap = line("b", "output_usd_per_mtok", ("08", 0.5), ("10", None), ("12", 0.5))
    chart = chart_history([gap], OFFERS, AS_OF)
    assert chart
    assert [[x for x, _ in step.points] for step in chart.steps] == [[0.0, 33.33], [66.67, 100.0]]
