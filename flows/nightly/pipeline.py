"""The order of a run: its stages from crawl to publication, in plain Python.

`run_stages` is the only place that states the order. Prefect wraps each stage in a task (`flow.py`); an override and
the tests call the stages directly. A stage may be repeated at any point: each of its files is replaced as a whole, and
log tables take the same rows twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, Protocol, TypeVar

from llmpairs.flows.nightly.crawl_process import Crawl, do_nothing, wait_for_crawls
from llmpairs.flows.nightly.gate_process import GATE_LOG, CriticalFailure, Gate, Verdict, start_gate
from llmpairs.flows.nightly.landing import land_sources, reuse_landings
from llmpairs.flows.nightly.plan import FINISHED_CRAWL, Override, RunPlan, record_finished_crawl
from llmpairs.flows.nightly.second_wave import has_listing_answer, start_ready_groups
from llmpairs.flows.nightly.stages import (
    STATE_TABLES,
    append_override_decisions,
    build_gate_job,
    publish_run,
    record_results,
    stage_pairs,
    transform_run,
)
from llmpairs.progress import Progress

HOUR = 3600.0
T = TypeVar("T")


@dataclass
class ActiveRun:
    """What the stages of one run share: its plan, its progress and the processes at work for it."""

    plan: RunPlan
    progress: Progress
    gate: Gate
    crawls: list[Crawl] = field(default_factory=list)
    second_crawls: list[Crawl] = field(default_factory=list)
    """Crawls of the second wave that are started."""
    crawl_failures: dict[str, str] = field(default_factory=dict)
    """Reason by source, for sources whose crawl process failed."""
    is_first_wave_done: bool = False


@dataclass(frozen=True)
class Stage:
    """One stage of a run: its name in progress, logs and Prefect, its time limit, and when it is tried again."""

    name: str
    timeout_seconds: float = HOUR
    retry_on: Literal["nothing", "transient storage error", "dead gate"] = "transient storage error"
    is_timed: bool = True
    """Whether its seconds are a row of `runs.stage_seconds`."""


CRAWL_CATALOGUES = Stage("crawl catalogues", 2 * HOUR, "nothing")
CRAWL_NAMED_PAGES = Stage("crawl endpoints and cards", 2 * HOUR, "nothing")
LAND = Stage("land")
REUSE_LANDINGS = Stage("reuse landed claims", is_timed=False)
TRANSFORM = Stage("transform")
CHECK_STATE = Stage("check state", retry_on="dead gate")
PAIRS = Stage("pairs")
CHECK_PAIRS = Stage("check pairs", retry_on="dead gate")
RECORD_RESULTS = Stage("record results", 600.0, is_timed=False)
PUBLISH = Stage("publish")
NO_LISTING_VERDICT = Verdict(
    verdict="blocked",
    critical_failures=[
        CriticalFailure(
            suite="crawl",
            check="a listing source answered",
            outcome="failed",
            observed="no list of models or prices could be read; check the network, the proxy and `llmpairs sources`",
            failing_keys=[],
        )
    ],
)
"""The verdict of a run without news: a release of nothing but old values would look fresh."""
START_UP = "start up (crawl in background)"
"""Seconds from the start of the command to the first stage, such as the start of Prefect's server."""


@dataclass(frozen=True)
class StageResults:
    """What the stages of a run return: the gate's verdict and the row counts by table."""

    verdict: Verdict
    counts: dict[str, int]

    @property
    def is_published(self) -> bool:
        """Whether the gate passed the run."""
        return self.verdict["verdict"] == "pass"


class Execute(Protocol):
    """Calls the function of a stage and returns its result; may retry it and limit its time."""

    def __call__(self, stage: Stage, call: Callable[[], T]) -> T:  # noqa: D102 (the class says it)
        ...


def execute_directly(stage: Stage, call: Callable[[], T]) -> T:  # noqa: ARG001 (the protocol names it)
    """Call a stage in this process, once and without a time limit."""
    return call()


def run_stages(context: ActiveRun, execute: Execute = execute_directly) -> StageResults:
    """All stages of a planned run in order. The release is published where no critical check fails."""
    plan, progress = context.plan, context.progress

    def run(stage: Stage, call: Callable[[], T]) -> T:
        def timed_call() -> T:
            with progress.stage(stage.name):
                return call()

        return execute(stage, timed_call if stage.is_timed else call)

    if plan.override is None:
        progress.record_stage(START_UP)
        is_answered = plan.is_resumed or crawl_sources(context, run)
        landings = run(LAND, lambda: land_sources(plan, context.crawl_failures))
        if not is_answered:
            return StageResults(NO_LISTING_VERDICT, {})
    else:
        landings = run(REUSE_LANDINGS, lambda: reuse_landings(plan))
    counts = run(TRANSFORM, lambda: transform_run(plan, landings))
    state = [*(table.name for table in STATE_TABLES), "sources", "quarantine"]
    verdict = run(CHECK_STATE, lambda: check_tables(context, state, "state.json"))
    result_files = ["state.json"]
    if verdict["verdict"] == "pass":
        counts["pairs"] = run(PAIRS, lambda: stage_pairs(plan))
        verdict = run(CHECK_PAIRS, lambda: check_tables(context, ["pairs", "pair_changes"], "pairs.json"))
        result_files.append("pairs.json")
    results = run(RECORD_RESULTS, lambda: record_results(plan, result_files))
    if verdict["verdict"] == "pass":
        append_override_decisions(plan, results)
        counts = run(PUBLISH, lambda: publish_run(plan, landings))
        (plan.work / FINISHED_CRAWL).unlink(missing_ok=True)
    return StageResults(verdict, counts)


def crawl_sources(context: ActiveRun, run: Callable[[Stage, Callable[[], None]], None]) -> bool:
    """Crawl both waves and record that the crawl is done; False where no list of models or prices was read."""
    run(CRAWL_CATALOGUES, lambda: wait_for_first_wave(context))
    if not has_listing_answer(context.plan):
        return False
    run(CRAWL_NAMED_PAGES, lambda: crawl_second_wave(context))
    record_finished_crawl(context.plan, context.crawl_failures)
    return True


def wait_for_first_wave(context: ActiveRun) -> None:
    """Wait for the crawls that were started with the run; each has its own time limit and one retry.

    In a live run, pages of the second wave are started as soon as the lists that name them are read.
    """
    if not context.is_first_wave_done:
        step = partial(start_ready_pages, context) if context.plan.mode == "live" else do_nothing
        context.crawl_failures.update(wait_for_crawls(context.crawls, context.progress, step))
        context.is_first_wave_done = True


def start_second_wave_early(context: ActiveRun) -> None:
    """Start the second wave of a live run before Prefect, whose start takes 10 to 50 s."""
    wait_for_first_wave(context)
    if has_listing_answer(context.plan):
        start_ready_pages(context)


def start_ready_pages(context: ActiveRun) -> None:
    """Start the crawls of the endpoint pages and model cards whose lists are read."""
    context.second_crawls += start_ready_groups(
        context.plan, context.crawl_failures, context.second_crawls, context.is_first_wave_done
    )


def crawl_second_wave(context: ActiveRun) -> None:
    """Crawl the pages of the second wave, which a live run has started already."""
    start_ready_pages(context)
    context.crawl_failures.update(wait_for_crawls(context.second_crawls, context.progress))


def check_tables(context: ActiveRun, tables: list[str], out: str) -> Verdict:
    """The gate's verdict on staged tables, overridden checks left out; starts a new gate where it has died."""
    if not context.gate.is_alive():
        context.gate = start_gate(context.plan.work / GATE_LOG)
    plan = context.plan
    verdict = context.gate.check(build_gate_job(plan, tables, str(plan.work / out)))
    return verdict if plan.override is None else drop_overridden(verdict, plan.override)


def drop_overridden(verdict: Verdict, override: Override) -> Verdict:
    """The verdict without the critical failures that a reviewer decided over; a check that broke still blocks."""
    left = [
        check
        for check in verdict["critical_failures"]
        if check["outcome"] == "broken" or f"{check['suite']}: {check['check']}" not in override.checks
    ]
    return {**verdict, "critical_failures": left, "verdict": "blocked" if left else "pass"}
