"""Checklist of `sources`: an empty crawl is a failure with a cause, and old values are flagged."""

from collections.abc import Collection
from typing import Any

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import Suite, Summary, critical, info, only_where, references, rows_at_least, warning
from llmpairs.warehouse.contracts.log import SOURCES

NOT_REQUESTED = ("not_configured",)
UNAVAILABLE = (*NOT_REQUESTED, "not_archived")
"""Also sources without a capture in the replayed archive; a live run has none."""
MIN_PARSED_SHARE = 0.9
MIN_ANSWERED_SHARE = 0.9
RUNS = 7
MIN_USUAL_SHARE = 0.2
MIN_REMAINING_SHARE = 0.5
LARGE_SOURCE = 100
"""From this number of items on, one item is at most a hundredth of them."""


def ok_parsed_entries(sources: pd.DataFrame) -> pd.Series:
    """A source in state ok parsed at least nine tenths of its entries."""
    entries = sources["items"] + sources["rejected_entries"]
    return only_where((sources["state"] == "ok") & (entries > 0), sources["items"] >= MIN_PARSED_SHARE * entries)


def was_idle(sources: pd.DataFrame) -> pd.Series:
    """Whether no page of a source was due."""
    return (sources["pages_asked"] == 0) & (sources["pages_not_due"] > 0)


def catalogue_answers(sources: pd.DataFrame) -> pd.Series:
    """Nine tenths of the pages of a requested catalogue answered."""
    requested = (sources["kind"] == "catalogue") & ~sources["state"].isin(UNAVAILABLE)
    nearly = (sources["state"] == "partial") & (
        sources["pages_answered"] >= MIN_ANSWERED_SHARE * sources["pages_asked"]
    )
    return only_where(requested, (sources["state"] == "ok") | nearly)


def items_as_usual(sources: pd.DataFrame, parent_sources: pd.DataFrame) -> pd.Series:
    """A source in state ok has 0.95 to 1.2 times its median items of seven runs; a small one 0.8 to 1.5 times."""
    earlier = parent_sources[parent_sources["run_id"] < sources["run_id"].iloc[0]]
    is_whole = (earlier["state"] == "ok") & ~(earlier["pages_not_due"] > 0)
    good = earlier[is_whole].sort_values("run_id").groupby("source_id").tail(RUNS)
    usual = sources["source_id"].map(good.groupby("source_id")["items"].median())
    ratio = sources["items"] / usual
    large = usual >= LARGE_SOURCE
    fits = (large & ratio.between(0.95, 1.2)) | (~large & ratio.between(0.8, 1.5))
    return only_where((sources["state"] == "ok") & ~(sources["pages_not_due"] > 0) & usual.notna(), fits)


def fills_as_usual(sources: pd.DataFrame, parent_sources: pd.DataFrame) -> pd.Series:
    """A source in state ok fills each field at least half as often as in its last good run.

    Counted are fields that at least a fifth of its claims had; a share is of the claims of the field's kind.
    """
    earlier = parent_sources[parent_sources["run_id"] < sources["run_id"].iloc[0]]
    is_read = (earlier["state"] == "ok") & ~was_idle(earlier)
    good = earlier[is_read].sort_values("run_id").groupby("source_id").tail(1)
    usual = {row.source_id: read_shares(row.filled_fields) for row in good.itertuples()}
    current = zip(sources["source_id"], sources["filled_fields"], strict=True)
    emptied = [has_emptied(usual.get(source_id, {}), read_shares(filled)) for source_id, filled in current]
    return only_where(sources["state"] == "ok", ~pd.Series(emptied, index=sources.index, dtype=bool))


def read_shares(filled: Any) -> dict[str, float]:
    """The share of claims with each field, by field; empty for a run before this was counted."""
    counts = {each["field"]: each["items"] for each in filled} if isinstance(filled, Collection) else {}
    totals = {name: counts.get(f"{name.partition('.')[0]}.model_key", 0) for name in counts}
    return {name: counts[name] / totals[name] for name in counts if totals[name]}


def has_emptied(usual: dict[str, float], current: dict[str, float]) -> bool:
    """Whether a field that was usually filled no longer is."""
    known = [name for name, share in usual.items() if share >= MIN_USUAL_SHARE and name in current]
    return any(current[name] < MIN_REMAINING_SHARE * usual[name] for name in known)


def sources_of_last_run(sources: pd.DataFrame, parent_sources: pd.DataFrame) -> pd.DataFrame:
    """One row per source of the previous run; none in the first run."""
    earlier = parent_sources[parent_sources["run_id"] < sources["run_id"].iloc[0]]
    return earlier.loc[earlier["run_id"] == earlier["run_id"].max(), ["source_id"]].drop_duplicates()


def is_after_run(times: pd.Series, run: pd.DataFrame) -> pd.Series:
    """Whether a known time is not before the as-of time."""
    return only_where(times.notna(), times >= run["as_of"].iloc[0])


def some_catalogue_is_in_use(sources: pd.DataFrame) -> pd.Series:
    """Some catalogue's values are in use, current or carried forward."""
    catalogues = sources[sources["kind"] == "catalogue"]
    in_use = (catalogues["items"] + catalogues["carried_items"]).sum() > 0
    return only_where(sources["kind"] == "catalogue", pd.Series(in_use, index=sources.index))


SOURCES_SUITE = Suite(
    name="sources",
    table="sources",
    key=SOURCES.key,
    rules=(
        *from_contract(SOURCES),
        critical(rows_at_least(1), why="a run without a source has no data"),
        critical(
            "some catalogue is in use",
            some_catalogue_is_in_use,
            sources=("kind", "items", "carried_items"),
            why="without any catalogue the live release must stay",
        ),
        critical(
            "a source in state ok has items",
            lambda sources: only_where((sources["state"] == "ok") & ~was_idle(sources), sources["items"] > 0),
            sources=("state", "items", "pages_asked", "pages_not_due"),
            why="an empty crawl is a failure, unless no page was due",
            check_id="Q04",
        ),
        warning(
            "a failure has a cause",
            lambda sources: only_where(sources["state"] != "ok", sources["cause"].notna()),
            sources=("state", "cause"),
        ),
        warning(
            "a requested catalogue answers",
            catalogue_answers,
            sources=("kind", "state", "pages_asked", "pages_answered"),
            why="5 of 348 endpoint pages are missing in an ordinary run",
            check_id="Q04",
        ),
        warning(
            "a source has its usual number of items",
            items_as_usual,
            sources=("run_id", "source_id", "state", "items", "pages_not_due"),
            parent_sources=("run_id", "source_id", "state", "items", "pages_not_due"),
            why="a catalogue of 340 loses 1 to 3 entries in an ordinary run, 11 at most",
            check_id="Q01",
        ),
        warning(
            "a first list has the registered number of items",
            lambda sources: only_where(
                (sources["state"] == "partial") & sources["fewest_items"].notna(),
                sources["items"] >= sources["fewest_items"],
            ),
            sources=("state", "items", "fewest_items"),
            why="without an earlier run, a list that is cut short cannot be told from an older, smaller one",
        ),
        warning(
            "a source fills its fields as usual",
            fills_as_usual,
            sources=("run_id", "source_id", "state", "filled_fields"),
            parent_sources=("run_id", "source_id", "state", "filled_fields", "pages_asked", "pages_not_due"),
            why="a renamed key leaves the number of claims, with one of their fields empty",
        ),
        info(
            "every requested source is ok",
            lambda sources: only_where(~sources["state"].isin(NOT_REQUESTED), sources["state"] == "ok"),
            sources=("state",),
        ),
        warning(
            "nine tenths of the entries are parsed",
            ok_parsed_entries,
            sources=("state", "items", "rejected_entries"),
            why="a changed page loses some rows before it loses all",
            check_id="Q04",
        ),
        warning(
            "no value in use has expired",
            lambda sources, run: is_after_run(sources["expires_at"], run),
            sources=("expires_at",),
            run=("as_of",),
            why="expired values stop counting as prices",
            check_id="Q03",
        ),
        info(
            "no value in use is late",
            lambda sources, run: is_after_run(sources["late_after"], run),
            sources=("late_after",),
            run=("as_of",),
            check_id="Q03",
        ),
        warning(
            "the parser knows every key",
            lambda sources: sources["unknown_keys"].map(len) == 0,
            sources=("unknown_keys",),
            why="models.dev has 21 misspelt price keys, whose prices a strict parser would drop; ours knows them",
            check_id="Q06",
        ),
    ),
)

SOURCES_KEPT_SUITE = Suite(
    name="sources kept",
    table="sources",
    subject="last_sources",
    key=("source_id",),
    summary=Summary(
        compute=sources_of_last_run, reads={"sources": ("run_id",), "parent_sources": ("run_id", "source_id")}
    ),
    rules=(
        warning(
            references("source_id", "sources", "source_id"),
            why="a source that is no longer requested fails no check of its own",
            check_id="Q02",
        ),
    ),
)

SOURCE_SUITES = (SOURCES_SUITE, SOURCES_KEPT_SUITE)
