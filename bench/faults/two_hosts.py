"""Two hosts that publish into one warehouse in synchronised rounds, with the lease and without it."""

import logging
import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Literal
from unittest.mock import patch

from pandas import DataFrame

from bench.faults.check import find_damaged, find_lost
from bench.faults.publishing import run_id_of
from bench.faults.victim import run_row
from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.flows.nightly.stages import check_parent_is_live
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.errors import WarehouseError
from llmpairs.warehouse.lease import Lease, join_lease
from llmpairs.warehouse.log import append_log, read_log
from llmpairs.warehouse.manifest import Manifest, format_timestamp, parse_run_time
from llmpairs.warehouse.releases import (
    current_run_id,
    list_releases,
    publish,
    stage_table,
    verify_staged,
    withdraw,
    write_manifest,
)
from llmpairs.warehouse.retention import clean_staged
from llmpairs.warehouse.schema import contract_of
from llmpairs.warehouse.store import open_store

HOSTS = ("first", "second")
WAIT_SECONDS = 60.0
Mode = Literal["lease", "lost_lease", "cleaning"]
MODES: dict[Mode, str] = {
    "lease": "two publications, one after the other by the lease",
    "lost_lease": "two publications that both believe to have the lease",
    "cleaning": "a publication whose lease another host has taken, and that host's cleaning",
}


@dataclass
class Rounds:
    """Counts and problems of a series of rounds."""

    rounds: int = 0
    won: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HOSTS, 0))
    refused: int = 0
    problems: list[str] = field(default_factory=list)


def stage_release(plan: RunPlan) -> Manifest:
    """Stage a small release, one table without rows; returns its manifest, which is not written yet."""
    table = contract_of("models")
    stage_table(plan.store, plan.run_id, table, empty_frame(table))
    return Manifest(
        run_id=plan.run_id,
        as_of=plan.moment,
        parent_run_id=plan.parent,
        rules_version="1",
        code_version="1",
        decisions_digest="0" * 64,
        landings={},
        tables=verify_staged(plan.store, plan.run_id, [table]),
    )


def publish_round(plan: RunPlan, ready: Callable[[], Any], mode: Mode) -> str:
    """Publish a small release on the plan's parent while the other host is at work; returns the state of the run.

    Both are ready before the lease is asked for, before the manifest is written, or before `CURRENT` moves.
    """
    store = plan.store
    try:
        if mode == "lease":
            ready()
        with join_lease(store, plan.run_id, WAIT_SECONDS):
            over = check_parent_is_live(plan)
            manifest = stage_release(plan)
            if mode == "cleaning":
                ready()
            write_manifest(store, plan.run_id, manifest)
            if mode == "lost_lease":
                ready()
            publish(store, plan.run_id, over)
    except WarehouseError:
        withdraw(store, plan.run_id)
        return "failed"
    return "published"


class ForgetfulLease(Lease):
    """A lease that is believed to be held, whoever holds it."""

    def __init__(self) -> None:
        self.uses = 1

    def renew(self) -> None:
        """It is not checked."""

    def give_back(self) -> None:
        """Nobody else's lease is touched."""


def run_host(host: str, pipe: Connection, ready: Any, warehouse: str, mode: Mode) -> None:
    """A host: for each plan from the pipe publish, log and answer with the state; None ends it."""
    os.environ.update(pipe.recv())
    logging.disable(logging.WARNING)
    store = open_store(warehouse)
    with patch("platform.node", lambda: host):
        while (round_ := pipe.recv()) is not None:
            plan, cleans = round_
            believed = {} if mode == "lease" else {(os.getpid(), store.address): ForgetfulLease()}
            with patch("llmpairs.warehouse.lease._held", believed):
                if cleans:
                    ready.wait(WAIT_SECONDS)
                    clean_staged(store)
                    pipe.send("cleaned")
                    continue
                state = publish_round(plan, partial(ready.wait, WAIT_SECONDS), mode)
            append_log(store, "runs", plan.run_id, DataFrame([run_row(plan) | {"state": state}]))
            pipe.send(state)


def play_rounds(warehouse: str, count: int, mode: Mode) -> Rounds:
    """So many rounds of two hosts; each round is checked."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["bench.faults.two_hosts"])
    ready = context.Barrier(len(HOSTS))
    pipes, processes = {}, []
    for host in HOSTS:
        pipes[host], theirs = context.Pipe()
        processes.append(context.Process(target=run_host, args=(host, theirs, ready, warehouse, mode)))
        processes[-1].start()
        theirs.close()
        pipes[host].send(dict(os.environ))
    rounds = Rounds()
    for number in range(count):
        play_round(warehouse, number, mode, pipes, rounds)
    for pipe in pipes.values():
        pipe.send(None)
    for process in processes:
        process.join()
    log = read_log(open_store(warehouse), "runs")
    published = list(log.loc[log["state"] == "published", "run_id"])
    rounds.problems += find_lost(warehouse, published) + find_damaged(warehouse)
    rounds.problems += [f"{run_id} is kept and was never live" for run_id in find_unpublished(warehouse, published)]
    return rounds


def find_unpublished(warehouse: str, published: list[str]) -> list[str]:
    """Finished releases that the log does not have as published."""
    return sorted(set(list_releases(open_store(warehouse))) - set(published))


def play_round(warehouse: str, number: int, mode: Mode, pipes: dict[str, Connection], rounds: Rounds) -> None:
    """One round: both hosts begin at once; afterwards the log and CURRENT must agree on one winner."""
    store = open_store(warehouse)
    parent, states = current_run_id(store), {}
    run_ids = {host: f"{run_id_of(number)}-{place}" for place, host in enumerate(HOSTS, 1)}
    for host, pipe in pipes.items():
        as_of = format_timestamp(parse_run_time(run_ids[host]))
        plan = RunPlan(run_id=run_ids[host], as_of=as_of, mode="replay", warehouse=warehouse, parent=parent)
        pipe.send((plan, mode == "cleaning" and host == HOSTS[1]))
    for host, pipe in pipes.items():
        states[host] = pipe.recv()
    winners = [host for host, state in states.items() if state == "published"]
    rounds.rounds += 1
    rounds.refused += list(states.values()).count("failed")
    for host in winners:
        rounds.won[host] += 1
    live, kept = current_run_id(store), list_releases(store)
    expected: list[str | None] = [run_ids[host] for host in winners] or [parent]
    if len(winners) > 1 or (mode != "cleaning" and not winners) or live != expected[0]:
        rounds.problems.append(f"round {number}: {states}, but {live} is live")
    if live is not None and live not in kept:
        rounds.problems.append(f"round {number}: {live} is live and deleted")
