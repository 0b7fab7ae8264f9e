"""Prices over time as people see them, and as they were known on an earlier day."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from llmpairs.flows.cli import app
from llmpairs.price_history import find_price_history, render_price_history
from llmpairs.warehouse.contracts.offers import PRICE_HISTORY
from llmpairs.warehouse.query import connect
from tests.flows.priced import ROUTE, day, publish_priced, span
from tests.warehouse.samples import RUN, frame


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> str:
    return publish_priced(tmp_path_factory.mktemp("priced") / "w")


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_each_changed_price_is_plotted_with_its_spans_and_superseded_values(priced: str) -> None:
    output = ask("history", "gpt-oss-120b", "--warehouse", priced)
    assert output.exit_code == 0
    lines = output.stdout.splitlines()
    assert lines[0] == "openai/gpt-oss-120b: prices in USD per million tokens, 2026-05-01 to 2026-06-08"
    place = lines.index(f"{ROUTE}  input")
    drawn = lines[place + 1].split()
    assert (drawn[0], drawn[2]) == ("2026-05-01", "2026-06-08")
    assert drawn[1].rstrip("▁") == "█" * 11
    assert len(drawn[1]) == 48
    assert [" ".join(line.split()) for line in lines[place + 2 : place + 6]] == [
        "0.4 before 2026-05-01 to 2026-05-10 (openrouter, corrected 2026-06-01)",
        "0.04 2026-05-10 to 2026-05-20 (decision d1, start stated, corrected 2026-06-01)",
        "0.05 2026-05-20 to now (openrouter)",
        "recorded until 2026-06-01: 0.4 before 2026-05-01 to 2026-05-20 (openrouter)",
    ]
    assert f"  {ROUTE}  output 0.18, since 2026-05-01" in lines


def test_before_the_correction_nothing_is_marked(priced: str) -> None:
    output = ask(
        "history", "gpt-oss-120b", "--field", "input", "--known-at", "2026-05-31", "--warehouse", priced
    ).stdout
    assert "correct" not in output
    assert "0.04" not in output
    assert "0.4 " in output


def test_csv_and_json_hold_every_span(priced: str) -> None:
    arguments = ("history", "gpt-oss-120b", "--field", "input_usd_per_mtok", "--warehouse", priced, "--format")
    rows = list(csv.DictReader(io.StringIO(ask(*arguments, "csv").stdout)))
    assert list(rows[0]) == PRICE_HISTORY.column_names
    assert [row["usd_per_mtok"] for row in rows] == ["0.4", "0.4", "0.4", "0.04", "0.05"]
    assert [row["known_to"] for row in rows] == ["2026-05-20T00:00:00Z", "2026-06-01T00:00:00Z", "", "", ""]
    page = json.loads(ask(*arguments, "json").stdout)
    assert page["fields"] == ["input_usd_per_mtok"]
    assert [span["decision_id"] for span in page["spans"]] == [None, None, None, "d1", None]


def test_an_invalid_option_is_an_error_with_the_valid_values(priced: str) -> None:
    for arguments, message in (
        (("gpt-oss-12b",), "nearest: openai/gpt-oss-120b"),
        (("gpt-oss-120b", "--field", "price"), "known: input, output, cache_read, cache_write"),
        (("gpt-oss-120b", "--format", "xml"), "is not one of"),
        (("gpt-oss-120b", "--known-at", "yesterday"), "write 2026-06-10"),
    ):
        refused = ask("history", *arguments, "--warehouse", priced)
        assert (refused.exit_code, message in refused.stderr) == (2, True), refused.stderr


def test_a_null_is_shown_with_its_reason_without_block_characters_too(tmp_path: Path) -> None:
    gap = span(None, day(10), day(20), price_missing_reason="zero_of_unknown_kind")
    rows = frame("price_history", span(0.2, day(1), day(10)), gap, span(0.1, day(20)))
    with connect(publish_priced(tmp_path / "w", rows)) as con:
        page = find_price_history(con, "openai/gpt-oss-120b", ("input_usd_per_mtok",))
    plain = render_price_history(page, blocks=False)
    assert plain.isascii()
    drawn = plain.splitlines()[3].split()[1]
    assert set(drawn) == {"@", "x", "_"}
    assert drawn == "".join(sorted(drawn, key="@x_".index))
    assert "none: zero of unknown kind 2026-05-10 to 2026-05-20" in " ".join(plain.split())


def test_a_model_without_a_price_has_a_message(priced: str) -> None:
    assert "no price of this model was ever published" in ask("history", "glm-5", "--warehouse", priced).stdout


def test_a_floating_name_of_no_known_model_has_the_prices_of_its_offers(tmp_path: Path) -> None:
    """DeepSeek sold `deepseek-chat` at 0.27, 0.57 and 0.28 (July 2025 to February 2026), each time another model."""
    offer_id = "deepseek/deepseek/deepseek-chat/-/standard"
    spans = ((0.27, day(1), day(10)), (0.57, day(10), day(20)), (0.28, day(20), None))
    prices = [span(price, start, end, offer_id=offer_id) for price, start, end in spans]
    floating = frame("offers", {"offer_id": offer_id, "model_id": None, "provider_model_key": "deepseek-chat"})
    store = publish_priced(tmp_path / "w", frame("price_history", *prices), floating)
    lines = ask("history", "DeepSeek-Chat", "--field", "input", "--warehouse", store).stdout.splitlines()
    assert lines[0].startswith("DeepSeek-Chat: prices in USD per million tokens")
    assert [line.split()[0] for line in lines[4:]] == ["0.27", "0.57", "0.28"]
    page = json.loads(ask("history", "deepseek-chat", "--warehouse", store, "--format", "json").stdout)
    assert (page["name"], page["model_id"], len(page["spans"])) == ("deepseek-chat", None, 3)


def test_sql_reads_an_earlier_release_or_what_was_known(priced: str) -> None:
    query = f"SELECT usd_per_mtok FROM price_history WHERE offer_id = '{ROUTE}' AND valid_from = '2026-05-10'"
    assert ask("sql", query, "--known-at", "2026-06-01", "--warehouse", priced).stdout.split() == [
        "usd_per_mtok",
        "0.04",
    ]
    assert "no rows" in ask("sql", query, "--known-at", "2026-05-31", "--warehouse", priced).stdout
    output = ask("sql", "SELECT as_of()::DATE AS day", "--as-of", "2026-06-08", "--warehouse", priced).stdout
    assert output.split() == ["day", "2026-06-08"]
    early = ask("sql", "SELECT 1", "--as-of", "2026-06-08T12:00", "--warehouse", priced)
    assert (early.exit_code, "no release yet on 2026-06-08 at 12:00 UTC" in early.stderr) == (1, True)
    both = ask("sql", "SELECT 1", "--as-of", "2026-06-08", "--release", RUN, "--warehouse", priced)
    assert (both.exit_code, "exclude each other" in both.stderr) == (2, True)
