"""The commands `front` and `coverage`: what a chart shows, and that it is plain text."""

from pathlib import Path

import pandas as pd
from typer.testing import CliRunner

from llmpairs.flows.cli import app
from llmpairs.terminal_charts import PricedModel, find_front, list_coverage, render_coverage, render_front
from llmpairs.warehouse.store import open_store
from tests.warehouse.samples import publish_sample


def priced(name: str, usd: float, quality: float) -> PricedModel:
    return {"model_id": f"x/{name}", "display_name": name, "usd_per_mtok": usd, "quality": quality,
            "low95": quality - 5, "high95": quality + 5}  # fmt: skip


def test_the_front_has_the_models_that_none_beats_in_both() -> None:
    models = [
        priced("Small", 0.05, 80),
        priced("Same price", 0.05, 79),
        priced("Worse", 0.5, 78),
        priced("Big", 5, 110),
    ]
    assert [each["display_name"] for each in find_front(models)] == ["Small", "Big"]
    text = render_front(models, "general")
    assert "4 models" in text
    plot, table = text.split("Model on the front")
    assert (plot.count("o"), plot.split("both")[1].count("o")) >= (2, 1)
    assert "$0.1" in plot
    assert [line.split("  ")[0] for line in table.splitlines()[1:]] == ["Small", "Big"]
    assert table.splitlines()[-1].split() == ["Big", "5", "110", "105", "to", "115"]
    assert "\x1b" not in text
    assert render_front([], "coding") == "no model has both a price and a measured index of coding quality\n"


def test_coverage_draws_what_changed_and_lists_every_field() -> None:
    rows = [
        ("r1", "model", "-", "price", 10, 9), ("r2", "model", "-", "price", 10, 6), ("r1", "offer", "-", "price", 4, 4),
        ("r2", "offer", "-", "price", 4, 4), ("r2", "offer", "groq", "price", 4, 0),
        ("r2", "offer", "-", "quality", 0, 0),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["run_id", "subject_kind", "provider_id", "field", "subjects", "known"])
    lines = list_coverage(frame, {"r1": "2026-05-18T20:24:18", "r2": "2026-05-19T20:19:59"})
    assert lines == {
        "Price, models": [("2026-05-18", 90.0), ("2026-05-19", 60.0)],
        "Price, offers": [("2026-05-18", 100.0), ("2026-05-19", 100.0)],
    }
    text = render_coverage(lines)
    assert "18 May 2026 to 19 May 2026" in text
    plot, table = text.split("Known values ")
    assert "Price, models" in plot
    assert "Price, offers" not in plot, "a line that does not move is left out"
    assert "Price, models  90.0%   60.0%   -30.0" in table
    assert "\x1b" not in text
    assert "no release has figures" in render_coverage({})


def test_a_release_without_scores_or_coverage_is_one_clear_line(tmp_path: Path) -> None:
    publish_sample(open_store(tmp_path))
    for command, message in (("front", "no model has both"), ("coverage", "no release has figures")):
        shown = CliRunner().invoke(app, [command, "--warehouse", str(tmp_path)])
        assert (shown.exit_code, message in shown.stdout) == (0, True), shown.output
