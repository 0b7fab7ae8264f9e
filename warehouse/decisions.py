"""Decisions of reviewers, one JSON line per file. Files are never changed; a later decision overrides an earlier one.

`decisions/<time>-<decision_id>.jsonl`, on disk and in a bucket alike, so that two reviewers never write to one file.
Files with several lines are read as well.
"""

import hashlib
import json
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import Any, Literal, get_args

from llmpairs.warehouse.errors import DecisionError
from llmpairs.warehouse.lease import describe_user, join_lease
from llmpairs.warehouse.manifest import format_timestamp
from llmpairs.warehouse.store import Store

DecisionKind = Literal["hold", "disagreement", "fact", "identity", "override", "correction"]
FOLDER = "decisions"
_OPTIONAL = ("quote", "recorded_by")
LEASE_WAIT_SECONDS = 60.0
"""How long a decision waits for a run to end."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One decision of a reviewer."""

    decision_id: str
    """Unique; letters, digits, '.', '_' and '-'."""
    kind: DecisionKind
    subject: str
    """Id of the hold, disagreement, key or run that is decided; `offer_id|field` for a correction, and
    `model|model_id|field` or `offer|offer_id|field` for a fact."""
    verdict: str
    """`accept`, `reject`, or the chosen value, model or check."""
    reason: str
    evidence: str
    """Evidence: an address, a capture, a document; the address of the page for a fact."""
    decided_by: str
    made_on_as_of: datetime
    """As-of time of the reviewed release; the decision applies to later runs."""
    values: Mapping[str, str]
    """The conflicting values at the time of the decision."""
    expires_on: date | None
    """Last day on which the decision applies; None for no expiry."""
    quote: str | None = None
    """Passage of the evidence that states the value; only a fact has one, and none is without."""
    recorded_by: str | None = None
    """User and host that ran the command, whatever `decided_by` says; `append_decision` sets it."""


def name_fact(subject_kind: str, subject_id: str, field: str) -> str:
    """Subject of a decision of kind `fact`."""
    return f"{subject_kind}|{subject_id}|{field}"


def append_decision(store: Store, decision: Decision) -> str:
    """Store a decision and return its file's name. DecisionError when it is incomplete or its id is taken.

    It takes the lease, so that no run publishes without a decision that its manifest claims to have applied.
    """
    if not _ID.fullmatch(decision.decision_id) or decision.kind not in get_args(DecisionKind):
        raise DecisionError(
            f"decision {decision.decision_id!r} of kind {decision.kind!r}: malformed id or unknown kind"
        )
    empty = [name for name in ("subject", "verdict", "reason", "evidence", "decided_by") if not getattr(decision, name)]
    if decision.kind == "fact" and not decision.quote:
        empty.append("quote")
    if empty:
        raise DecisionError(f"decision {decision.decision_id} lacks {', '.join(empty)}")
    made_on = decision.made_on_as_of.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"{FOLDER}/{made_on}-{decision.decision_id}.jsonl"
    with join_lease(store, f"decision {decision.decision_id}", LEASE_WAIT_SECONDS):
        if any(taken.endswith(f"Z-{decision.decision_id}.jsonl") for taken in store.list_files(FOLDER)):
            raise DecisionError(f"decision {decision.decision_id} exists already: use another id")
        store.write_bytes(name, _to_line(replace(decision, recorded_by=f"{describe_user()}@{platform.node()}")))
    return name


def _to_line(decision: Decision) -> bytes:
    record = {field.name: getattr(decision, field.name) for field in fields(decision)}
    record["made_on_as_of"] = format_timestamp(decision.made_on_as_of)
    record["expires_on"] = decision.expires_on and decision.expires_on.isoformat()
    record["values"] = dict(decision.values)
    for name in _OPTIONAL:
        if record[name] is None:
            del record[name]
    return (json.dumps(record, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _from_line(line: bytes, where: str) -> Decision:
    try:
        record = json.loads(line)
        record["made_on_as_of"] = datetime.fromisoformat(record["made_on_as_of"])
        record["expires_on"] = record["expires_on"] and date.fromisoformat(record["expires_on"])
        return Decision(**record)
    except (ValueError, KeyError, TypeError) as error:
        raise DecisionError(f"{where} is not a decision ({error}): correct the file") from error


def list_decisions(store: Store, before: datetime | None = None) -> list[Decision]:
    """Decisions that were made on releases older than `before`, oldest first; all of them without it."""
    found = [
        _from_line(line, f"{store.name}/{name}, line {number}")
        for name in store.list_files(FOLDER)
        if name.endswith(".jsonl")
        for number, line in enumerate(store.read_bytes(name).splitlines(), 1)
        if line.strip()
    ]
    found.sort(key=lambda decision: (decision.made_on_as_of, decision.decision_id))
    return [decision for decision in found if before is None or decision.made_on_as_of < before]


def list_overrides(store: Store, run_id: str) -> list[Decision]:
    """Decisions that overrode failed checks of a published run, one for each check."""
    return [made for made in list_decisions(store) if made.kind == "override" and made.values.get("run_id") == run_id]


def read_decisions(store: Store, before: datetime) -> Any:
    """The decisions that apply to a run with the as-of time `before`, as a frame of the fields of Decision.

    Oldest first. Expired ones are left out: those whose `expires_on` is earlier than the day of `before`.
    """
    today = before.astimezone(UTC).date()
    made = list_decisions(store, before)
    return frame_decisions([d for d in made if d.expires_on is None or d.expires_on >= today])


def frame_decisions(decisions: Sequence[Decision]) -> Any:
    """Decisions as a frame of their fields, in their order."""
    import pandas as pd

    columns = {field.name: [getattr(decision, field.name) for decision in decisions] for field in fields(Decision)}
    frame = pd.DataFrame(columns, dtype=object)
    frame["made_on_as_of"] = pd.to_datetime(frame["made_on_as_of"], utc=True).astype("datetime64[us, UTC]")
    frame["expires_on"] = pd.to_datetime(frame["expires_on"]).astype("datetime64[us]")
    texts = [name for name in columns if name not in ("made_on_as_of", "expires_on", "values")]
    return frame.astype(dict.fromkeys(texts, "str"))


def decisions_digest(frame: Any) -> str:
    """SHA-256 over the decisions in a frame of `read_decisions`, whatever the order of its rows."""
    records = frame.sort_values("decision_id").to_dict("records")
    lines = (_to_line(_of_record(record)) for record in records)
    return hashlib.sha256(b"".join(lines)).hexdigest()


def _of_record(record: dict[str, Any]) -> Decision:
    expires = record["expires_on"]
    day = None if expires != expires else expires.date()  # NaT differs from itself
    texts = {name: record[name] if isinstance(record[name], str) else None for name in _OPTIONAL}
    moment = record["made_on_as_of"].to_pydatetime()
    return Decision(**{**record, "made_on_as_of": moment, "expires_on": day, **texts})
