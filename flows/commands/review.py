"""The commands `review list|decide|override`: cases that need a reviewer's decision, and the decisions."""

import re
import shlex
from dataclasses import asdict
from datetime import date, datetime
from getpass import getuser
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from llmpairs.flows.commands.output import (
    BLOCKED,
    FAILED,
    USAGE,
    DecidedBy,
    Format,
    Warehouse,
    exit_with,
    one_line_errors,
    print_json,
)
from llmpairs.flows.runtime.settings import public_address, warehouse_uri

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from llmpairs.warehouse.decisions import Decision
    from llmpairs.warehouse.review import DecisionDraft
    from llmpairs.warehouse.review_cases import ReviewCase
    from llmpairs.warehouse.store import Store

KINDS = ("held", "disagreement", "alias")
EXAMPLES = 3
"""Disagreements of a group that a list shows."""
NOT_IN_IDS = re.compile(r"[^A-Za-z0-9._-]+")


def review_list(
    case: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Show every value of this incident, hold, disagreement or CAUSE/FIELD."),
    ] = None,
    kind: Annotated[
        Literal["held", "disagreement", "alias"] | None, typer.Option(help="Only this kind of case.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Cases to show.", min=1)] = 20,
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """List open cases, most affected pairs first: the values, since when, why, and the command that decides them.

    Disagreements are grouped by cause and field: one source group against the others, or the groups that differ.

    Example: llmpairs review list --kind held
    """
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.review_cases import UnknownCaseError, find_case, list_open_cases

    with one_line_errors():
        store, run_id, as_of = open_live_release(warehouse)
        with connect(store.name, run_id) as con:
            try:
                made = list_pending_decisions(store, as_of)
                cases = [find_case(con, case, made)] if case else list_open_cases(con, made)
            except UnknownCaseError as error:
                raise exit_with(USAGE, str(error)) from None
            unresolved = count_unresolved(con)
    shown = [each for each in cases if kind in (None, each.kind)]
    if format_ == "json":
        print_json([{**asdict(each), "command": each.command} for each in shown[:limit]])
        return
    print_cases(shown, limit, detailed=case is not None)
    if case is None:
        print_totals(cases, len(made), unresolved, as_of)


def open_live_release(warehouse: str | None) -> "tuple[Store, str, datetime]":
    """The warehouse, its live run id and that release's as-of time; exit 2 where there is no release."""
    from llmpairs.warehouse.releases import current_run_id, read_manifest
    from llmpairs.warehouse.store import open_store

    uri = warehouse_uri(warehouse)
    store = open_store(uri)
    run_id = current_run_id(store)
    if run_id is None:
        raise exit_with(USAGE, f"{uri} has no release yet; `llmpairs refresh` makes one")
    return store, run_id, read_manifest(store, run_id).as_of


def list_pending_decisions(store: "Store", as_of: datetime) -> "list[Decision]":
    """Decisions made on the release of that as-of time, which take effect with the next run."""
    from llmpairs.warehouse.decisions import list_decisions

    made = [decision for decision in list_decisions(store) if decision.made_on_as_of >= as_of]
    return [decision for decision in made if decision.kind != "override"]


def count_unresolved(con: "duckdb.DuckDBPyConnection") -> int:
    """Number of keys without a model."""
    found = con.execute("SELECT count(*) FROM identities WHERE model_id IS NULL").fetchall()
    return int(found[0][0])


def print_cases(cases: "Sequence[ReviewCase]", limit: int, *, detailed: bool) -> None:
    """Each case in a few lines."""
    if not cases:
        print("no open cases")
    for case in cases[:limit]:
        size = f"{len(case.subjects)} subjects, {len(case.values)} values, " if len(case.subjects) > 1 else ""
        size = f"{len(case.cases):,} disagreements, " if case.cases else size
        runs = f", held for {case.nights} {'run' if case.nights == 1 else 'runs'}" if case.nights else ""
        print(f"{case.case_id}  {size}{case.pairs:,} pairs, since {case.since[:10]}{runs}")
        print(f"  {case.rule}")
        for line in format_values(case, detailed=detailed):
            print(f"  {line}")
        print(f"  {case.command}\n")
    if len(cases) > limit:
        print(f"{len(cases) - limit:,} more: --limit {len(cases)} shows all\n")


def format_values(case: "ReviewCase", *, detailed: bool) -> list[str]:
    """The published value of a case, and the held values or the values of other sources."""
    if case.cases:
        return format_members(case, detailed=detailed)
    if not case.holds:
        published = "nothing is" if case.published is None else f"{case.published} is"
        return [f"{case.subjects[0]} {case.field}: {published} published; {', '.join(case.candidates)}"]
    shown = case.holds if detailed else case.holds[:2]
    lines = [
        f"{hold.subject_id} {hold.field}: {'nothing' if hold.published_value is None else hold.published_value} "
        f"is published, {hold.candidate_value} "
        f"{'is held' if hold.state == 'held' else f'was rejected by {hold.decided_by}'} ({hold.hold_id})"
        for hold in shown
    ]
    if len(shown) < len(case.holds):
        lines.append(f"and {len(case.holds) - len(shown)} more: llmpairs review list {case.case_id}")
    return lines


def format_members(group: "ReviewCase", *, detailed: bool) -> list[str]:
    """Disagreements of a group, most affected pairs first: the first as examples, or all with their ids."""
    shown = group.cases if detailed else group.cases[:EXAMPLES]
    lines = [f"{line} ({each.case_id})" for each in shown for line in format_values(each, detailed=detailed)]
    if len(shown) < len(group.cases):
        lines.append(f"and {len(group.cases) - len(shown):,} more: llmpairs review list {shlex.quote(group.case_id)}")
    return lines


def print_totals(cases: "Sequence[ReviewCase]", made: int, unresolved: int, as_of: datetime) -> None:
    """Open cases by kind, decisions that take effect with the next run, and unresolved keys."""
    counts = {kind: sum(case.kind == kind for case in cases) for kind in KINDS}
    values = sum(len(case.holds) for case in cases if case.kind == "held")
    single = sum(len(case.cases) or 1 for case in cases if case.kind == "disagreement")
    summary = [
        f"{count_noun(counts['held'], 'incident')} with {count_noun(values, 'held value')}",
        f"{count_noun(single, 'disagreement')} in {count_noun(counts['disagreement'], 'case')}",
        f"{counts['alias']:,} moved {'alias' if counts['alias'] == 1 else 'aliases'}",
    ]
    print(f"open in the release of {as_of:%Y-%m-%d %H:%M} UTC: {', '.join(summary)}")
    if made:
        print(f"{made:,} decided already; they take effect with the next run")
    if unresolved:
        keys = "key has" if unresolved == 1 else "keys have"
        print(f"{unresolved:,} {keys} no model: llmpairs review aliases")


def count_noun(count: int, noun: str) -> str:
    """A count with its noun: "1 case", "2 cases"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def review_decide(
    case: Annotated[
        str,
        typer.Argument(
            metavar="ID", help='Incident, hold, disagreement, CAUSE/FIELD of a group, or "source|provider|key".'
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")],
    evidence: Annotated[str, typer.Option(help="Where you looked: an address, a capture, a document.")],
    verdict: Annotated[
        str | None,
        typer.Argument(
            metavar="accept|reject",
            help="Publish the held value, or keep it out; of a group: the source group that stands alone is right, or "
            "the others are.",
            show_default=False,
        ),
    ] = None,
    value: Annotated[str | None, typer.Option(help="For a disagreement: the value that is right.")] = None,
    right: Annotated[
        str | None,
        typer.Option(
            metavar="GROUP", help="For a group of disagreements: the source group that is right.", show_default=False
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="For a key: its model, developer/name.")] = None,
    no_model: Annotated[bool, typer.Option("--no-model", "--nobody", help="For a key: it has no model.")] = False,
    expires: Annotated[str | None, typer.Option(help="Last day on which it counts, YYYY-MM-DD.")] = None,
    by: DecidedBy = None,
    warehouse: Warehouse = None,
) -> None:
    """Decide a case of the live release; the decision takes effect with the next run.

    A group of disagreements, such as litellm/context_tokens, is decided at once: each open one gets a decision of its
    own.

    Example: llmpairs review decide models_dev/baseten/move/2026-06-09 accept --reason "new price" --evidence URL
    """
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.review import CaseVerdict, InvalidVerdictError, draft_case_decisions, draft_key_decision
    from llmpairs.warehouse.review_cases import UnknownCaseError

    if not reason.strip() or not evidence.strip():
        raise exit_with(USAGE, "a decision needs --reason and --evidence")
    with one_line_errors():
        store, run_id, as_of = open_live_release(warehouse)
        expires_on, decided_by = parse_expiry(expires, as_of), by or current_user()
        typed = CaseVerdict(word=verdict, value=value, right=right)
        with connect(store.name, run_id) as con:
            try:
                drafts = (
                    [draft_key_decision(con, case, None if no_model else model)]
                    if model is not None or no_model
                    else draft_case_decisions(con, case, typed, list_pending_decisions(store, as_of))
                )
            except (UnknownCaseError, InvalidVerdictError) as error:
                raise exit_with(USAGE, str(error)) from None
        common = {"reason": reason.strip(), "evidence": evidence.strip(), "decided_by": decided_by}
        record_decisions(store, drafts, as_of, expires_on, common)
    until = f" and counts up to {expires_on}" if expires_on else ""
    print(f"takes effect with the next run after {as_of:%Y-%m-%d %H:%M} UTC{until}; replays up to it ignore it")


def record_decisions(
    store: "Store", drafts: "Sequence[DecisionDraft]", as_of: datetime, expires_on: date | None, common: dict[str, str]
) -> None:
    """Append the decisions; `common` holds reason, evidence and decided_by of all of them."""
    from llmpairs.warehouse.decisions import Decision, append_decision, list_decisions

    made = sum(decision.made_on_as_of == as_of for decision in list_decisions(store))
    # Numbered, so that the later of two decisions on one release wins.
    for number, draft in enumerate(drafts, made + 1):
        decision = Decision(
            decision_id=f"{number:04d}-{NOT_IN_IDS.sub('-', draft.subject)[:80]}",
            kind=draft.kind,
            subject=draft.subject,
            verdict=draft.verdict,
            made_on_as_of=as_of,
            values=draft.values,
            expires_on=expires_on,
            quote=draft.quote,
            **common,
        )
        print(f"{draft.summary}\nrecorded as {append_decision(store, decision)} by {common['decided_by']}")


def parse_expiry(text: str | None, as_of: datetime) -> date | None:
    """The last day on which a decision counts; exit 2 for a day before the release."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise exit_with(USAGE, f"--expires: {text!r} is not a day; write 2026-12-31") from None
    if day < as_of.date():
        raise exit_with(USAGE, f"--expires: {text} is before the release of {as_of.date()}, it would never count")
    return day


def current_user() -> str:
    """The user of this machine; exit 2 where the system has no name for it."""
    try:
        return getuser()
    except (KeyError, OSError, ImportError):
        raise exit_with(USAGE, "the system has no user name; give --by") from None


def review_override(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Run id of a blocked run.")],
    override: Annotated[
        list[str], typer.Option(help='A critical check that failed, "suite: check" as the report names it; repeatable.')
    ],
    reason: Annotated[str, typer.Option(help="Why its rows are right, in a sentence.")],
    evidence: Annotated[
        str | None, typer.Option(help="Where you looked; default: the report of the blocked run.", show_default=False)
    ] = None,
    by: DecidedBy = None,
    warehouse: Warehouse = None,
) -> None:
    """Publish a blocked run despite the named checks: built again from its landed lines and checked again.

    Any other critical failure still blocks. The decision is written to the log, the manifest and the report.

    Example: llmpairs review override 20260609T235900Z --override "offers: a price is in US dollars" --reason "checked"
    """
    from llmpairs.flows.commands.refresh import print_outcome
    from llmpairs.flows.nightly.override import OverrideError, StillBlockedError, publish_over
    from llmpairs.flows.nightly.plan import Override
    from llmpairs.flows.runtime.lock import RefreshRunningError
    from llmpairs.progress import Progress

    if not reason.strip():
        raise exit_with(USAGE, "an override needs --reason: why the rows are right")
    uri = warehouse_uri(warehouse)
    decision = Override(
        run_id=run,
        checks=tuple(dict.fromkeys(override)),
        reason=reason.strip(),
        evidence=(evidence or "").strip() or f"runs/{run}/report.html",
        decided_by=by or current_user(),
    )
    with one_line_errors():
        try:
            outcome = publish_over(uri, decision, Progress())
        except OverrideError as error:
            raise exit_with(USAGE, str(error)) from None
        except StillBlockedError as error:
            raise exit_with(BLOCKED, str(error)) from None
        except RefreshRunningError as error:
            raise exit_with(FAILED, str(error)) from None
    raise typer.Exit(print_outcome(public_address(uri), outcome, strict=False))
