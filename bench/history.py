"""How fast a year of price history is kept, night by night: `python -m bench.history [--nights 365 --offers 5000]`."""

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
FIRST_NIGHT = pd.Timestamp("2026-01-01T23:59:00Z")
MOVES_PER_NIGHT = 106 / 38 / 341
"""Share of routes whose price moves in a night: 106 moves in 38 nights of about 341 (quality of OpenRouter's list)."""
LEAVES_PER_NIGHT = 2 / 340
"""Share of routes that are taken off the list in a night; as many are added."""
LAPSES_PER_NIGHT = 2 / 38 / 341
"""Share of routes whose price goes to or from null in a night."""
SHARE_WITH = dict(zip(PRICE_FIELDS, (0.93, 0.93, 0.45, 0.15), strict=True))
"""Share of routes that print each price; models.dev, 2026-07-02."""
NIGHTS_PER_DECISION = 7
RETIRED_AFTER_NIGHTS = 7


@dataclass
class World:
    """Routes that come, move and go; one row of `routes` for each that ever was."""

    offers: int
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(20260518))
    routes: DataFrame = field(default_factory=DataFrame)

    def __post_init__(self) -> None:
        self.routes = self._make(self.offers, 0)

    def _make(self, count: int, first: int) -> DataFrame:
        """New routes with prices of two digits."""
        number = np.arange(first, first + count)
        base = np.round(np.exp(self.rng.normal(-0.5, 1.5, count)), 2) + 0.01
        ratio = dict(zip(PRICE_FIELDS, (1.0, 4.0, 0.1, 1.25), strict=True))
        prices = {
            name: np.where(self.rng.random(count) < SHARE_WITH[name], np.round(base * ratio[name], 4), np.nan)
            for name in PRICE_FIELDS
        }
        ids = [
            f"provider-{n % 180}/operator-{n % 60}/developer%2Fmodel-{n}-instruct/-/standard" for n in number
        ]
        return DataFrame({"offer_id": ids, **prices, "gone": -1, "lapsed": False, "printed": ""})

    def step(self, night: int) -> None:
        """One night's moves, lapses, removals and additions."""
        routes, listed = self.routes, (self.routes["gone"] < 0).to_numpy()
        roll = self.rng.random((3, len(routes)))
        moves = listed & (roll[0] < MOVES_PER_NIGHT)
        factor = self.rng.choice([0.5, 0.8, 0.9, 1.1, 1.25, 1.4], len(routes))
        for name in PRICE_FIELDS:
            routes[name] = np.where(moves, np.round(routes[name] * factor, 4), routes[name])
        routes["lapsed"] ^= listed & (roll[1] < LAPSES_PER_NIGHT)
        leaves = listed & (roll[2] < LEAVES_PER_NIGHT)
        routes.loc[leaves, "gone"] = night
        self.routes = pd.concat([routes, self._make(int(leaves.sum()), len(routes))], ignore_index=True)

    def publish(self, night: int) -> tuple[DataFrame, DataFrame, DataFrame]:
        """Tonight's bundles, offers and chosen claims, with the columns that the history reads."""
        routes = self.routes
        captured = FIRST_NIGHT + pd.Timedelta(days=night, hours=-1)
        listed = routes[routes["gone"] < 0]
        shown = listed[list(PRICE_FIELDS)].mask(listed["lapsed"])
        printed = "input " + shown["input_usd_per_mtok"].astype("str") + " USD per 1000000 token"
        nothing = pd.Series(None, index=listed.index, dtype="str")
        bundles = shown.assign(
            row_id=np.arange(len(listed)), offer_id=listed["offer_id"], source_id="models_dev", printed=printed,
            capture_id=f"c{night:019x}", captured_at=captured, prices_since=nothing,
            price_missing_reason=nothing.mask(shown[PRICE_FIELDS[0]].isna(), "not_listed"),
        )  # fmt: skip
        absent = night - routes["gone"].where(routes["gone"] >= 0, night)
        offers = routes[["offer_id"]].assign(
            offer_status=np.where(absent >= RETIRED_AFTER_NIGHTS, "retired", "active"),
            retire_on=pd.Series(pd.NaT, index=routes.index, dtype="datetime64[us]"),
            price_observed_at=captured - pd.to_timedelta(absent, unit="D"),
        )
        facts = bundles.melt(
            ["offer_id", "source_id", "printed", "capture_id"], list(PRICE_FIELDS), var_name="field"
        ).dropna(subset="value")
        return bundles, offers, facts.rename(columns={"offer_id": "subject_id"}).assign(is_chosen=True)


@dataclass
class Clock:
    """Seconds on the wall and of the processor, and those of the last round."""

    wall: float = 0.0
    cpu: float = 0.0
    last: float = 0.0

    def time(self, work: Callable[[], Result]) -> Result:
        """The result of the work, whose time is added up."""
        start, used = perf_counter(), process_time()
        done = work()
        self.last = perf_counter() - start
        self.wall, self.cpu = self.wall + self.last, self.cpu + process_time() - used
        return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=365, help="how many nights (default 365)")
    parser.add_argument("--offers", type=int, default=5000, help="how many listed offers (default 5000)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-history-") as folder:
        print("\n".join(run(options.nights, options.offers, open_store(folder))))


def run(nights: int, offers: int, store: Store) -> Iterator[str]:
    """Lines of a Markdown table."""
    world = World(offers)
    extend, compare, keep = Clock(), Clock(), Clock()
    previous = {name: empty_frame(name) for name in ("price_history", "offers", "facts", "holds")}
    decisions: list[dict[str, Any]] = []
    corrections = 0
    for night in range(nights):
        bundles, table, facts = world.publish(night)
        moment = (FIRST_NIGHT + pd.Timedelta(days=night)).to_pydatetime()
        decided = DataFrame(decisions)
        history = extend.time(partial(extend_history, bundles, table, previous, decided, moment))
        found = compare.time(partial(list_corrections, history, previous["price_history"]))
        kept = keep.time(partial(_store, store, night, history))
        corrections += len(found)
        previous = {"price_history": kept, "offers": table, "facts": facts, "holds": empty_frame("holds")}
        if night % NIGHTS_PER_DECISION == NIGHTS_PER_DECISION - 1 and kept["valid_to"].notna().any():
            decisions.append(_decide(kept, night))
        world.step(night + 1)
    yield f"| {nights} nights of {offers:,} listed offers | seconds | of the processor | last night |"
    yield "| --- | ---: | ---: | ---: |"
    yield _line("history: tonight's words, what they supersede", extend)
    yield _line("corrections for the log of changes", compare)
    yield _line("the table written to Parquet and read again", keep)
    size = (store.local_path(f"releases/{nights - 1}.parquet") or Path()).stat().st_size
    known = int(kept["known_to"].isna().sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield ""
    yield f"{len(kept):,} rows, {known:,} of them known now, of {kept['offer_id'].nunique():,} offers; {corrections} "
    yield f"corrections; {size / 1e6:.1f} MB on disk; {peak:,.0f} MB of memory at the most."


def _store(store: Store, night: int, history: DataFrame) -> DataFrame:
    """The history through a Parquet file, as between two releases."""
    name = f"releases/{night}.parquet"
    write_whole(store, name, PRICE_HISTORY, to_arrow(history, PRICE_HISTORY))
    kept: DataFrame = from_arrow(read_rows(store, name))
    return kept


def _decide(history: DataFrame, night: int) -> dict[str, Any]:
    """A reviewer's correction of the span that ended nearest to a month ago."""
    month_ago = FIRST_NIGHT + pd.Timedelta(days=night - 30)
    ended = history[
        history["known_to"].isna() & history["valid_to"].notna() & history["usd_per_mtok"].notna()
    ]
    row = ended.loc[(ended["valid_to"] - month_ago).abs().idxmin()]
    values = {"valid_from": row["valid_from"].isoformat(), "valid_to": row["valid_to"].isoformat()}
    return {
        "decision_id": f"d{night}", "kind": "correction", "subject": f"{row['offer_id']}|{row['field']}",
        "verdict": repr(round(float(row["usd_per_mtok"]) / 10, 5)), "values": values,
        "made_on_as_of": FIRST_NIGHT + pd.Timedelta(days=night),
    }  # fmt: skip


def _line(name: str, clock: Clock) -> str:
    return f"| {name} | {clock.wall:.1f} | {clock.cpu:.1f} | {clock.last:.2f} |"


if __name__ == "__main__":
    main()
