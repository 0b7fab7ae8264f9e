"""A reviewer corrects a price of the past."""

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from llmpairs.flows.cli import app
from llmpairs.transforms.pricing.history import extend_history
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.decisions import list_decisions, read_decisions
from llmpairs.warehouse.releases import read_table
from llmpairs.warehouse.store import open_store
from tests.flows.priced import IN, ROUTE, day, publish_priced, span
from tests.warehouse.samples import AS_OF, frame

WHY = ("--reason", "read per thousand", "--evidence", "https://example.org/pricing", "--by", "ana")


@pytest.fixture
def uri(tmp_path: Path) -> str:
    rows = frame("price_history", span(0.4, day(1), day(20)), span(0.05, day(20)))
    return publish_priced(tmp_path / "w", rows)


def correct(uri: str, price: str, start: str, *more: str, offer: str = ROUTE, field: str = "input") -> Result:
    arguments = ["review", "correct", offer, field, "--usd-per-mtok", price, "--valid-from", start, *WHY, *more]
    return CliRunner().invoke(app, [*arguments, "--warehouse", uri])


def extend_by_one_run(uri: str) -> pd.DataFrame:
    """The history after a run in which no source answers, with the decisions that apply to it."""
    store = open_store(uri)
    as_of = AS_OF + pd.Timedelta(days=1)
    previous = {name: empty_frame(name) for name in ("offers", "facts", "holds")}
    previous["price_history"] = read_table(store, "20260608T235900Z", "price_history")
    silent = pd.DataFrame(
        columns=["row_id", "offer_id", "source_id", "capture_id", "captured_at", "printed", "prices_since",
                 "price_missing_reason", IN, "output_usd_per_mtok", "cache_read_usd_per_mtok",
                 "cache_write_usd_per_mtok"]
    ).astype({IN: "float64", "output_usd_per_mtok": "float64", "cache_read_usd_per_mtok": "float64",
              "cache_write_usd_per_mtok": "float64"})  # fmt: skip
    decisions = read_decisions(store, as_of)
    return extend_history(silent, empty_frame("offers"), previous, decisions, as_of)


def test_a_correction_is_kept_with_its_reason_and_is_in_the_next_release(uri: str) -> None:
    done = correct(uri, "0.04", "2026-05-10")
    assert (done.exit_code, "was 0.04, not 0.4, from 2026-05-10 00:00 to 2026-05-20 00:00 UTC" in done.stdout) == (
        0,
        True,
    )
    (made,) = list_decisions(open_store(uri))
    assert (made.kind, made.subject, made.verdict) == ("correction", f"{ROUTE}|{IN}", "0.04")
    assert (made.decided_by, made.reason, made.made_on_as_of) == ("ana", "read per thousand", AS_OF)
    history = extend_by_one_run(uri)
    now = history[history["known_to"].isna()].sort_values("valid_from")
    assert list(now["usd_per_mtok"]) == [0.4, 0.04, 0.05]
    assert list(now["decision_id"].dropna()) == [made.decision_id]


def test_a_correction_may_record_that_no_usable_price_applied(uri: str) -> None:
    assert correct(uri, "unknown", "2026-05-10", "--valid-to", "2026-05-12T06:00").exit_code == 0
    history = extend_by_one_run(uri)
    now = history[history["known_to"].isna()].sort_values("valid_from")
    assert list(now["price_missing_reason"].dropna()) == ["decision"]
    assert list(now["valid_to"].dropna().dt.strftime("%d %H")) == ["10 00", "12 06", "20 00"]


def test_the_live_price_is_not_corrected_and_a_line_states_it(uri: str) -> None:
    done = correct(uri, "0.04", "2026-05-25")
    assert "to 2026-06-08 23:59 UTC" in done.stdout
    assert "0.05 is still published" in done.stdout


@pytest.mark.parametrize(
    ("price", "start", "more", "message"),
    [
        ("0.4", "2026-05-02", {}, "recorded already"),
        ("-1", "2026-05-02", {}, "is not a price"),
        ("cheap", "2026-05-02", {}, "is not a price"),
        ("0.04", "2026-06-09", {}, "only past prices can be corrected"),
        ("0.04", "soon", {}, "--valid-from: 'soon' is not a time"),
        ("0.04", "2026-05-02", {"offer": "openrouter/groq/gpt-oss-20b/-/standard"}, f"nearest offers: {ROUTE}"),
        ("0.04", "2026-05-02", {"field": "output"}, "has no recorded output_usd_per_mtok"),
    ],
)
def test_an_invalid_correction_is_refused(uri: str, price: str, start: str, more: dict[str, str], message: str) -> None:
    refused = correct(uri, price, start, **more)
    assert (refused.exit_code, message in refused.stderr) == (2, True), refused.stderr
    assert not list_decisions(open_store(uri))


def test_the_same_correction_twice_is_reported(uri: str) -> None:
    assert correct(uri, "0.04", "2026-05-10").exit_code == 0
    again = correct(uri, "0.04", "2026-05-10")
    assert (again.exit_code, "exists already" in again.stderr) == (1, True)
