"""Print both curves of the weekly runs: plants held or unused, and honest holds that four more runs contradict.

    python -m bench.false_data --captures DIR [--every N]

Runs of all transforms over the landed claims of `DIR/year/*.warc.gz`, about eight CPU seconds each; every N-th run of
the middle is made a second time with false data. Exits with 1 where a target is missed.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from pandas import DataFrame

from bench.false_data.landings import land_archive
from bench.false_data.plants import judge, plant_week
from bench.false_data.runs import Run, replay_weeks
from bench.recorded_run import default_captures

RUNS_LATER = 4
"""A value that its source still prints so many runs later was held wrongly."""
LEAST_CAUGHT = 0.95
MOST_FALSE_HOLDS = 1.0
"""On average over the runs after the first."""


def main() -> None:
    options = parse_arguments()
    weeks = [land_archive(path) for path in sorted((options.captures / "year").glob("*.warc.gz"))]
    opened: dict[str, DataFrame] = {}
    printed: dict[str, set[tuple[str, ...]]] = {}
    judged: list[DataFrame] = []
    before: Run | None = None
    for number, week in enumerate(weeks):
        in_middle = len(weeks) // 4 <= number < 3 * len(weeks) // 4
        if before is not None and in_middle and number % options.every == 0:
            planted = plant_week(week, before.tables)
            [run] = replay_weeks([planted.week], before)
            judged.append(judge(planted.plants, run.tables).assign(day=week.day))
            print(format_plants(judged[-1], week.day), flush=True)
        [before] = replay_weeks([week], before)
        opened[week.day], printed[week.day] = list_opened(before), list_printed(before)
    false = count_false_holds(opened, printed)
    rate = false["false"].iloc[1:].mean()
    print("\nHonest runs: incidents that a run opened, and those of them that were false\n")
    print(false.to_string(index=False))
    print(f"\nfalse holds a run, the first apart: {rate:.2f} (at most {MOST_FALSE_HOLDS:g})")
    plants = pd.concat(judged, ignore_index=True)
    caught = 1 - plants["is_used"].mean()
    print("\nPlants held or unused, by kind\n")
    print((1 - plants.groupby("kind")["is_used"].mean()).map("{:.1%}".format).to_string())
    print(f"\nof {len(plants)} plants {caught:.1%} are held or unused (at least {LEAST_CAUGHT:.0%})")
    sys.exit(int(caught < LEAST_CAUGHT or rate > MOST_FALSE_HOLDS))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=Path, default=default_captures())
    parser.add_argument("--every", type=int, default=3)
    options = parser.parse_args()
    if options.captures is None or not (options.captures / "year").is_dir():
        parser.error("no weekly captures: give their folder with --captures")
    return options


def list_opened(run: Run) -> DataFrame:
    """Holds that the run opened."""
    holds = run.tables["holds"]
    return holds[(holds["state"] == "held") & (holds["nights"] == 1)]


def list_printed(run: Run) -> set[tuple[str, ...]]:
    """Every value that a source states in the run: subject, field, value, source."""
    facts = run.tables["facts"][["subject_id", "field", "value", "source_id"]]
    return set(facts.astype("str").itertuples(index=False, name=None))


def count_false_holds(opened: dict[str, DataFrame], printed: dict[str, set[tuple[str, ...]]]) -> DataFrame:
    """Incidents by run, and the number of those whose every held value its source still prints four runs later."""
    days = list(opened)
    rows = []
    for number, day in enumerate(days[:-RUNS_LATER]):
        holds = opened[day]
        later = printed[days[number + RUNS_LATER]]
        keys = holds[["subject_id", "field", "candidate_value", "source_id"]].astype("str")
        stays = pd.Series([key in later for key in keys.itertuples(index=False, name=None)], index=holds.index)
        by_incident = stays.astype(bool).groupby(holds["incident"]).all()
        rows.append({"run": day, "incidents": len(by_incident), "false": int(by_incident.sum())})
    return pd.DataFrame(rows)


def format_plants(judged: DataFrame, day: str) -> str:
    """One line on the plants of a run."""
    used = judged[judged["is_used"]]
    named = "; used: " + ", ".join(used["kind"] + " " + used["subject"]) if len(used) else ""
    return f"{day}: {len(judged) - len(used)} of {len(judged)} plants held or unused{named}"


if __name__ == "__main__":
    main()
