"""Checklist of `sources`: an empty crawl is a failure with a reason, and old values say so."""

from collections.abc import Collection
from typing import Any

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import (
    Suite,
    Summary,
    critical,
    info,
    known_in,
    only,
    rows_at_least,
    that,
    warning,
)
from llmpairs.warehouse.contracts.log import SOURCES

NOT_ASKED = ("not_configured",)
NOT_THERE = (*NOT_ASKED, "not_archived")
"""Also: the archive that is replayed holds nothing of the source, which no live night says and nobody can mend."""
ENTRIES_READ = 0.9
ANSWERED = 0.9
NIGHTS = 7
USUALLY_FILLED = 0.2
STILL_FILLED = 0.5
MANY_ITEMS = 100
"""From here on one item is within a hundredth of the whole."""


def ok_has_items(sources: pd.DataFrame) -> pd.Series:
    """A source that is ok landed something."""
    return only(sources["state"] == "ok", sources["items"] > 0)


def failure_has_cause(sources: pd.DataFrame) -> pd.Series:
    """A source that is not ok says what happened."""
    return only(sources["state"] != "ok", sources["cause"].notna())


def ok_read_entries(sources: pd.DataFrame) -> pd.Series:
    """A source that is ok read at least nine tenths of its entries."""
    seen = sources["items"] + sources["rejected_entries"]
    return only((sources["state"] == "ok") & (seen > 0), sources["items"] >= ENTRIES_READ * seen)


def catalogue_answers(sources: pd.DataFrame) -> pd.Series:
    """Of a catalogue that was asked, nine tenths of the pages answered."""
    asked = (sources["kind"] == "catalogue") & ~sources["state"].isin(NOT_THERE)
    nearly = (sources["state"] == "partial") & (
        sources["pages_answered"] >= ANSWERED * sources["pages_asked"]
    )
    return only(asked, (sources["state"] == "ok") | nearly)


def yields_as_usual(sources: pd.DataFrame, parent_sources: pd.DataFrame) -> pd.Series:
    """A source that is ok lands 0.95 to 1.2 times its median of seven nights; a small one 0.8 to 1.5 times."""
    earlier = parent_sources[parent_sources["run_id"] < sources["run_id"].iloc[0]]
    well = earlier[earlier["state"] == "ok"].sort_values("run_id").groupby("source_id").tail(NIGHTS)
    usual = sources["source_id"].map(well.groupby("source_id")["items"].median())
    ratio = sources["items"] / usual
    large = usual >= MANY_ITEMS
    fits = (large & ratio.between(0.95, 1.2)) | (~large & ratio.between(0.8, 1.5))
    return only((sources["state"] == "ok") & usual.notna(), fits)


def fills_as_usual(sources: pd.DataFrame, parent_sources: pd.DataFrame) -> pd.Series:
    """A source that is ok fills each field at least half as often as on its last good night.

    Fields that a fifth of its claims filled then count; a share is of the claims of the field's kind.
    """
    earlier = parent_sources[parent_sources["run_id"] < sources["run_id"].iloc[0]]
    well = earlier[earlier["state"] == "ok"].sort_values("run_id").groupby("source_id").tail(1)
    usual = {row.source_id: read_shares(row.filled_fields) for row in well.itertuples()}
    tonight = zip(sources["source_id"], sources["filled_fields"], strict=True)
    emptied = [has_emptied(usual.get(source_id, {}), read_shares(filled)) for source_id, filled in tonight]
    return only(sources["state"] == "ok", ~pd.Series(emptied, index=sources.index, dtype=bool))


def read_shares(filled: Any) -> dict[str, float]:
    """The share of claims that fill each field, by the field; none for a night before this was counted."""
    counts = {each["field"]: each["items"] for each in filled} if isinstance(filled, Collection) else {}
    whole = {name: counts.get(f"{name.partition('.')[0]}.model_key", 0) for name in counts}
    return {name: counts[name] / whole[name] for name in counts if whole[name]}


def has_emptied(usual: dict[str, float], tonight: dict[str, float]) -> bool:
    """Whether a field that was usually filled is so no longer."""
    known = [name for name, share in usual.items() if share >= USUALLY_FILLED and name in tonight]
    return any(tonight[name] < STILL_FILLED * usual[name] for name in known)


def sources_of_last_run(sources: pd.DataFrame, parent_sources: pd.DataFrame) -> pd.DataFrame:
    """One row per source of the run before; none on the first night."""
    earlier = parent_sources[parent_sources["run_id"] < sources["run_id"].iloc[0]]
    last = earlier[earlier["run_id"] == earlier["run_id"].max()]
    return last[["source_id"]].drop_duplicates()


def source_answers(sources: pd.DataFrame) -> pd.Series:
    """A source that was asked is ok."""
    return only(~sources["state"].isin(NOT_ASKED), sources["state"] == "ok")


def is_in_time(sources: pd.DataFrame, run: pd.DataFrame) -> pd.Series:
    """The values in use are not late."""
    due = sources["late_after"]
    return only(due.notna(), due >= run["as_of"].iloc[0])


def is_not_expired(sources: pd.DataFrame, run: pd.DataFrame) -> pd.Series:
    """The values in use have not expired."""
    end = sources["expires_at"]
    return only(end.notna(), end >= run["as_of"].iloc[0])


def keys_are_known(sources: pd.DataFrame) -> pd.Series:
    """The parser knows every key of the source."""
    return sources["unknown_keys"].map(len) == 0


def some_catalogue_is_in_use(sources: pd.DataFrame) -> pd.Series:
    """Some catalogue's values are in use, tonight's or carried."""
    catalogues = sources[sources["kind"] == "catalogue"]
    in_use = (catalogues["items"] + catalogues["carried_items"]).sum() > 0
    return only(sources["kind"] == "catalogue", pd.Series(in_use, index=sources.index))


SOURCES_SUITE = Suite(
    name="sources",
    table="sources",
    key=SOURCES.key,
    rules=(
        *from_contract(SOURCES),
        critical(rows_at_least(1), why="a night without a source is no night"),
        critical(
            that(
                "some catalogue is in use",
                some_catalogue_is_in_use,
                sources=("kind", "items", "carried_items"),
            ),
            why="a night without any catalogue must leave last night's release in place",
        ),
        critical(
            that("a source that is ok landed something", ok_has_items, sources=("state", "items")),
            why="an empty crawl is a failure",
            check_id="Q04",
        ),
        warning(that("a failure has a cause", failure_has_cause, sources=("state", "cause"))),
        warning(
            that(
                "a catalogue that was asked answered",
                catalogue_answers,
                sources=("kind", "state", "pages_asked", "pages_answered"),
            ),
            why="5 of 348 endpoint pages are missing on an ordinary night",
            check_id="Q04",
        ),
        warning(
            that(
                "a source lands as much as usual",
                yields_as_usual,
                sources=("run_id", "source_id", "state", "items"),
                parent_sources=("run_id", "source_id", "state", "items"),
            ),
            why="a catalogue of 340 loses 1 to 3 entries on an ordinary night, 11 at most",
            check_id="Q01",
        ),
        warning(
            that(
                "a source fills its fields as usual",
                fills_as_usual,
                sources=("run_id", "source_id", "state", "filled_fields"),
                parent_sources=("run_id", "source_id", "state", "filled_fields"),
            ),
            why="a key that is renamed leaves as many claims as ever, with one of their fields empty",
        ),
        info(that("every source that was asked is ok", source_answers, sources=("state",))),
        warning(
            that(
                "nine tenths of the entries were read",
                ok_read_entries,
                sources=("state", "items", "rejected_entries"),
            ),
            why="a page that moved loses rows before it loses all",
            check_id="Q04",
        ),
        warning(
            that("no value in use has expired", is_not_expired, sources=("expires_at",), run=("as_of",)),
            why="expired values stop counting as prices",
            check_id="Q03",
        ),
        info(
            that("no value in use is late", is_in_time, sources=("late_after",), run=("as_of",)),
            check_id="Q03",
        ),
        warning(
            that("the parser knows every key", keys_are_known, sources=("unknown_keys",)),
            why="models.dev has 21 misspelt price keys, whose prices a strict reader drops in silence; ours knows them",
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
        compute=sources_of_last_run,
        reads={"sources": ("run_id",), "parent_sources": ("run_id", "source_id")},
    ),
    rules=(
        warning(
            known_in("source_id", "sources", "source_id"),
            why="a source that nobody asks for any more fails no check of its own",
            check_id="Q02",
        ),
    ),
)

SOURCE_SUITES = (SOURCES_SUITE, SOURCES_KEPT_SUITE)
