"""How fast a year of price history is maintained, run by run: `python -m bench.history [--runs 365 --offers 5000]`."""

import argparse
import resource
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.pricing.corrections import list_corrections
from llmpairs.transforms.pricing.history import extend_history
from llmpairs.warehouse.contracts.offers import PRICE_HISTORY
from llmpairs.warehouse.convert import empty_frame, from_arrow, to_arrow
from llmpairs.warehouse.parquet import read_rows, write_whole
from llmpairs.warehouse.store import Store, open_store
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

Result = TypeVar("Result")
FIRST_RUN = pd.Timestamp("2026-01-01T23:59:00Z")
CHANGES_PER_RUN = 106 / 38 / 341
"""Share of offers whose price changes in a run: 106 changes in 38 runs of about 341 (quality of OpenRouter's list)."""
REMOVALS_PER_RUN = 2 / 340
"""Share of offers that are delisted in a run; as many are added."""
LAPSES_PER_RUN = 2 / 38 / 341
"""Share of offers whose price goes to or from null in a run."""
SHARE_WITH = dict(zip(PRICE_FIELDS, (0.93, 0.93, 0.45, 0.15), strict=True))
"""Share of offers that print each price; models.dev, 2026-07-02."""
RUNS_PER_DECISION = 7
RETIRED_AFTER_RUNS = 7


@dataclass
class SimulatedOffers:
    """Simulated offers that are added, change price and are delisted; one row for each that ever existed."""

    offers: int
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(20260518))
    rows: DataFrame = field(default_factory=DataFrame)

    def __post_init__(self) -> None:
        self.rows = self._make(self.offers, 0)

    def _make(self, count: int, first: int) -> DataFrame:
        """New offers with prices of two digits."""
        number = np.arange(first, first + count)
        base = np.round(np.exp(self.rng.normal(-0.5, 1.5, count)), 2) + 0.01
        ratio = dict(zip(PRICE_FIELDS, (1.0, 4.0, 0.1, 1.25), strict=True))
        prices = {
            name: np.where(self.rng.random(count) < SHARE_WITH[name], np.round(base * ratio[name], 4), np.nan)
            for name in PRICE_FIELDS
        }
        ids = [f"provider-{n % 180}/operator-{n % 60}/developer%2Fmodel-{n}-instruct/-/standard" for n in number]
        return DataFrame({"offer_id": ids, **prices, "gone": -1, "lapsed": False, "printed": ""})

    def step(self, number: int) -> None:
        """The price changes, lapses, removals and additions of one run."""
        rows, listed = self.rows, (self.rows["gone"] < 0).to_numpy()
        roll = self.rng.random((3, len(rows)))
        changed = listed & (roll[0] < CHANGES_PER_RUN)
        factor = self.rng.choice([0.5, 0.8, 0.9, 1.1, 1.25, 1.4], len(rows))
        for name in PRICE_FIELDS:
            rows[name] = np.where(changed, np.round(rows[name] * factor, 4), rows[name])
        rows["lapsed"] ^= listed & (roll[1] < LAPSES_PER_RUN)
        removed = listed & (roll[2] < REMOVALS_PER_RUN)
        rows.loc[removed, "gone"] = number
        self.rows = pd.concat([rows, self._make(int(removed.sum()), len(rows))], ignore_index=True)

    def publish(self, number: int) -> tuple[DataFrame, DataFrame, DataFrame]:
        """Price bundles, offers and chosen claims of a run, with the columns that the history reads."""
        rows = self.rows
        captured = FIRST_RUN + pd.Timedelta(days=number, hours=-1)
        listed = rows[rows["gone"] < 0]
        shown = listed[list(PRICE_FIELDS)].mask(listed["lapsed"])
        printed = "input " + shown["input_usd_per_mtok"].astype("str") + " USD per 1000000 token"
        nothing = pd.Series(None, index=listed.index, dtype="str")
        bundles = shown.assign(
            row_id=np.arange(len(listed)), offer_id=listed["offer_id"], source_id="models_dev", printed=printed,
            capture_id=f"c{number:019x}", captured_at=captured, prices_since=nothing,
            price_missing_reason=nothing.mask(shown[PRICE_FIELDS[0]].isna(), "not_listed"),
        )  # fmt: skip
        absent = number - rows["gone"].where(rows["gone"] >= 0, number)
        offers = rows[["offer_id"]].assign(
            offer_status=np.where(absent >= RETIRED_AFTER_RUNS, "retired", "active"),
            retire_on=pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us]"),
            price_observed_at=captured - pd.to_timedelta(absent, unit="D"),
        )
        facts = bundles.melt(
            ["offer_id", "source_id", "printed", "capture_id"], list(PRICE_FIELDS), var_name="field"
        ).dropna(subset="value")
        return bundles, offers, facts.rename(columns={"offer_id": "subject_id"}).assign(is_chosen=True)


@dataclass
class Clock:
    """Wall-clock and processor seconds, and those of the last call."""

    wall: float = 0.0
    cpu: float = 0.0
    last: float = 0.0

    def time(self, work: Callable[[], Result]) -> Result:
        """The result of the work; its time is added."""
        start, used = perf_counter(), process_time()
        done = work()
        self.last = perf_counter() - start
        self.wall, self.cpu = self.wall + self.last, self.cpu + process_time() - used
        return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=365, help="how many runs (default 365)")
    parser.add_argument("--offers", type=int, default=5000, help="how many listed offers (default 5000)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-history-") as folder:
        print("\n".join(run(options.runs, options.offers, open_store(folder))))


def run(runs: int, offers: int, store: Store) -> Iterator[str]:
    """Lines of a Markdown table."""
    simulated = SimulatedOffers(offers)
    extend, compare, keep = Clock(), Clock(), Clock()
    previous = {name: empty_frame(name) for name in ("price_history", "offers", "facts", "holds")}
    decisions: list[dict[str, Any]] = []
    corrections = 0
    for number in range(runs):
        bundles, table, facts = simulated.publish(number)
        moment = (FIRST_RUN + pd.Timedelta(days=number)).to_pydatetime()
        decided = DataFrame(decisions)
        history = extend.time(partial(extend_history, bundles, table, previous, decided, moment))
        found = compare.time(partial(list_corrections, history, previous["price_history"]))
        kept = keep.time(partial(_store, store, number, history))
        corrections += len(found)
        previous = {"price_history": kept, "offers": table, "facts": facts, "holds": empty_frame("holds")}
        if number % RUNS_PER_DECISION == RUNS_PER_DECISION - 1 and kept["valid_to"].notna().any():
            decisions.append(_decide(kept, number))
        simulated.step(number + 1)
    yield f"| {runs} runs of {offers:,} listed offers | seconds | processor seconds | last run |"
    yield "| --- | ---: | ---: | ---: |"
    yield _line("history: new prices, and the rows that they supersede", extend)
    yield _line("corrections for the log of changes", compare)
    yield _line("the table written to Parquet and read again", keep)
    size = (store.local_path(f"releases/{runs - 1}.parquet") or Path()).stat().st_size
    known = int(kept["known_to"].isna().sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield ""
    yield f"{len(kept):,} rows, {known:,} of them current, of {kept['offer_id'].nunique():,} offers; {corrections} "
    yield f"corrections; {size / 1e6:.1f} MB on disk; {peak:,.0f} MB peak memory."


def _store(store: Store, number: int, history: DataFrame) -> DataFrame:
    """The history through a Parquet file, as between two releases."""
    name = f"releases/{number}.parquet"
    write_whole(store, name, PRICE_HISTORY, to_arrow(history, PRICE_HISTORY))
    kept: DataFrame = from_arrow(read_rows(store, name))
    return kept


def _decide(history: DataFrame, number: int) -> dict[str, Any]:
    """A reviewer's correction of the span that ended nearest to a month ago."""
    month_ago = FIRST_RUN + pd.Timedelta(days=number - 30)
    ended = history[history["known_to"].isna() & history["valid_to"].notna() & history["usd_per_mtok"].notna()]
    row = ended.loc[(ended["valid_to"] - month_ago).abs().idxmin()]
    values = {"valid_from": row["valid_from"].isoformat(), "valid_to": row["valid_to"].isoformat()}
    return {
        "decision_id": f"d{number}", "kind": "correction", "subject": f"{row['offer_id']}|{row['field']}",
        "verdict": repr(round(float(row["usd_per_mtok"]) / 10, 5)), "values": values,
        "made_on_as_of": FIRST_RUN + pd.Timedelta(days=number),
    }  # fmt: skip


def _line(name: str, clock: Clock) -> str:
    return f"| {name} | {clock.wall:.1f} | {clock.cpu:.1f} | {clock.last:.2f} |"


if __name__ == "__main__":
    main()
