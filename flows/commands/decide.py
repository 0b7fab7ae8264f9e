"""Commands of the reviewer: what waits for a decision, and deciding it."""

import json
import re
from dataclasses import asdict
from datetime import date
from getpass import getuser
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmpairs.flows.commands.console import USAGE, Format, Warehouse, leave, one_line_errors
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb

    from llmpairs.warehouse.decisions import Decision
    from llmpairs.warehouse.inbox import Case
    from llmpairs.warehouse.store import Store

KINDS = ("held", "disagreement", "alias")
NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


def inbox(
    case: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Show every value of this incident, hold or disagreement."),
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Only held, disagreement or alias.")] = None,
    limit: Annotated[int, typer.Option(help="Decisions to show.", min=1)] = 20,
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """List what waits for a decision, by the pairs it affects: both values, since when, why, and the command to type.

    Example: llmpairs inbox --kind held
    """
    from llmpairs.warehouse.inbox import UnknownCaseError, find_case, list_waiting
    from llmpairs.warehouse.query import connect

    if kind not in (None, *KINDS) or format_ not in ("text", "json"):
        raise leave(USAGE, f"--kind is one of {', '.join(KINDS)}, --format text or json")
    with one_line_errors():
        store, run_id, as_of = open_release(warehouse)
        with connect(store.name, run_id) as con:
            try:
                made = decisions_on(store, as_of)
                cases = [find_case(con, case)] if case else list_waiting(con, made)
            except UnknownCaseError as error:
                raise leave(USAGE, str(error)) from None
            unresolved = count_unresolved(con)
    shown = [one for one in cases if kind in (None, one.kind)]
    if format_ == "json":
        print(json.dumps([describe(one) for one in shown[:limit]], indent=1, ensure_ascii=False))
        return
    print_inbox(shown, limit, detailed=case is not None)
    if case is None:
        print_rest(cases, len(made), unresolved, as_of)


def open_release(warehouse: str | None) -> "tuple[Store, str, datetime]":
    """The warehouse, the run id of its current release, and that release's moment; exits when there is none."""
    from llmpairs.warehouse.releases import current_run_id, read_manifest
    from llmpairs.warehouse.store import open_store

    uri = warehouse_uri(warehouse)
    store = open_store(uri)
    run_id = current_run_id(store)
    if run_id is None:
        raise leave(USAGE, f"{uri} has no release yet; `llmpairs refresh` makes one")
    return store, run_id, read_manifest(store, run_id).as_of


def decisions_on(store: "Store", as_of: "datetime") -> "list[Decision]":
    """The decisions that were made on the release of that moment, which the next night sees first."""
    from llmpairs.warehouse.decisions import list_decisions

    made = [decision for decision in list_decisions(store) if decision.made_on_as_of >= as_of]
    return [decision for decision in made if decision.kind != "override"]


def count_unresolved(con: "duckdb.DuckDBPyConnection") -> int:
    """Keys that lead to no model."""
    found = con.execute("SELECT count(*) FROM identities WHERE model_id IS NULL").fetchall()
    return int(found[0][0])


def describe(case: "Case") -> dict[str, Any]:
    """A case as JSON."""
    return {**asdict(case), "command": case.command}


def print_inbox(cases: "list[Case]", limit: int, *, detailed: bool) -> None:
    """Each case in a few lines, the most pairs first."""
    if not cases:
        print("nothing waits for a decision")
    for case in cases[:limit]:
        size = f"{len(case.subjects)} subjects, {len(case.values)} values, " if len(case.subjects) > 1 else ""
        nights = f", held {case.nights} {'night' if case.nights == 1 else 'nights'}" if case.nights else ""
        print(f"{case.case_id}  {size}{case.pairs:,} pairs, since {case.since[:10]}{nights}")
        print(f"  {case.rule}")
        for line in tell_values(case, detailed=detailed):
            print(f"  {line}")
        print(f"  {case.command}\n")
    if len(cases) > limit:
        print(f"{len(cases) - limit:,} more: --limit {len(cases)} shows all\n")


def tell_values(case: "Case", *, detailed: bool) -> list[str]:
    """Both values of a case: what is published, and what waits or what others say."""
    if not case.holds:
        published = "nothing is" if case.published is None else f"{case.published} is"
        return [f"{case.subjects[0]} {case.field}: {published} published; {', '.join(case.candidates)}"]
    shown = case.holds if detailed else case.holds[:2]
    lines = [
        f"{hold.subject_id} {hold.field}: {'nothing' if hold.published_value is None else hold.published_value} "
        f"is published, {hold.candidate_value} "
        f"{'waits' if hold.state == 'held' else f'was rejected by {hold.decided_by}'} ({hold.hold_id})"
        for hold in shown
    ]
    if len(shown) < len(case.holds):
        lines.append(f"and {len(case.holds) - len(shown)} more: llmpairs inbox {case.case_id}")
    return lines


def print_rest(cases: "list[Case]", made: int, unresolved: int, as_of: "datetime") -> None:
    """How much waits in all, and what is not listed here."""
    counts = {kind: sum(case.kind == kind for case in cases) for kind in KINDS}
    values = sum(len(case.holds) for case in cases if case.kind == "held")
    told = [
        f"{counts['held']:,} incidents with {values:,} held values",
        f"{counts['disagreement']:,} disagreements",
        f"{counts['alias']:,} moved {'alias' if counts['alias'] == 1 else 'aliases'}",
    ]
    print(f"waiting on the release of {as_of:%Y-%m-%d %H:%M} UTC: {', '.join(told)}")
    if made:
        print(f"{made:,} decided already; they take effect with the next night")
    if unresolved:
        print(
            f"{unresolved:,} {'key leads' if unresolved == 1 else 'keys lead'} to no model: llmpairs review"
        )


def decide(
    case: Annotated[
        str, typer.Argument(metavar="ID", help='Incident, hold, disagreement, or "source|provider|key".')
    ],
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")],
    evidence: Annotated[str, typer.Option(help="Where you looked: an address, a capture, a document.")],
    verdict: Annotated[
        str | None,
        typer.Argument(
            metavar="accept|reject", help="Publish what waits, or keep it away.", show_default=False
        ),
    ] = None,
    value: Annotated[str | None, typer.Option(help="For a disagreement: the value that is right.")] = None,
    model: Annotated[
        str | None, typer.Option(help="For a key: the model that it is, developer/name.")
    ] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="For a key: it leads to no model.")] = False,
    expires: Annotated[str | None, typer.Option(help="Last day on which it counts, YYYY-MM-DD.")] = None,
    by: Annotated[
        str | None, typer.Option(help="Who decides; else the user of this machine.", show_default=False)
    ] = None,
    warehouse: Warehouse = None,
) -> None:
    """Decide what waits in the inbox, on the current release; it takes effect with the next night.

    Example: llmpairs decide models_dev/baseten/move/2026-06-09 accept --reason "new list price" --evidence URL
    """
    from llmpairs.warehouse.decisions import Decision, append_decision, list_decisions
    from llmpairs.warehouse.inbox import UnknownCaseError
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.rulings import RulingError, rule_on_case, rule_on_key

    if not reason.strip() or not evidence.strip():
        raise leave(USAGE, "a decision needs a reason and evidence: --reason and --evidence say them")
    with one_line_errors():
        store, run_id, as_of = open_release(warehouse)
        expires_on, decided_by = read_day(expires, as_of), by or current_user()
        with connect(store.name, run_id) as con:
            try:
                of_key = model is not None or nobody
                rulings = (
                    [rule_on_key(con, case, None if nobody else model)]
                    if of_key
                    else rule_on_case(con, case, verdict, value)
                )
            except (UnknownCaseError, RulingError) as error:
                raise leave(USAGE, str(error)) from None
        number = sum(decision.made_on_as_of == as_of for decision in list_decisions(store))
        for ruling in rulings:
            number += 1
            decision = Decision(
                # Numbered, so that the later of two decisions on one release goes over the earlier.
                decision_id=f"{number:04d}-{NOT_PLAIN.sub('-', ruling.subject)[:80]}",
                kind=ruling.kind,
                subject=ruling.subject,
                verdict=ruling.verdict,
                reason=reason.strip(),
                evidence=evidence.strip(),
                decided_by=decided_by,
                made_on_as_of=as_of,
                values=ruling.values,
                expires_on=expires_on,
            )
            print(f"{ruling.told}\nrecorded as {append_decision(store, decision)} by {decided_by}")
    until = f" and counts up to {expires_on}" if expires_on else ""
    print(
        f"takes effect with the next night after {as_of:%Y-%m-%d %H:%M} UTC{until}; replays up to it do not see it"
    )


def read_day(given: str | None, as_of: "datetime") -> date | None:
    """The last day on which a decision counts; it may not lie before the release."""
    if given is None:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise leave(USAGE, f"--expires {given!r} is no day; write 2026-12-31") from None
    if day < as_of.date():
        raise leave(
            USAGE, f"--expires {given} lies before the release of {as_of.date()}: it would never count"
        )
    return day


def current_user() -> str:
    """Who is at work on this machine."""
    try:
        return getuser()
    except (KeyError, OSError, ImportError):
        raise leave(USAGE, "nobody is logged in here by name; say who decides with --by") from None
