"""Drafts of facts that a reviewer records: subject, field and value checked, with the values of the sources."""

import duckdb
from rapidfuzz import fuzz, process

from llmpairs.explain.claims import select_frame
from llmpairs.explain.subject import CAPABILITY, Subject, UnknownFieldError, find_subject, read_values
from llmpairs.model_lookup import MAX_SUGGESTIONS
from llmpairs.transforms.normalise.entered_values import InvalidValueError, parse_entered_state, parse_entered_value
from llmpairs.transforms.normalise.fields import MODEL_FIELDS, OFFER_FIELDS, PRICE_BUNDLE_FIELDS
from llmpairs.transforms.reconcile.reviewed_facts import list_group_values
from llmpairs.transforms.reference_data import load_reference_data
from llmpairs.warehouse.contract import Column
from llmpairs.warehouse.decisions import name_fact
from llmpairs.warehouse.review import DecisionDraft
from llmpairs.warehouse.vocabulary import CAPABILITIES

STATED_FIELDS: dict[str, dict[str, Column]] = {
    kind: {field.name: field.column for field in fields if field.column is not None}
    for kind, fields in (("model", MODEL_FIELDS), ("offer", OFFER_FIELDS))
}
"""Columns that can be recorded, by kind of subject; capabilities apart."""
CLAIMS = """
    SELECT $1 AS subject_kind, $2 AS subject_id, field, value, lineage, basis, source_id, provider_model_key, locator,
      capture_id, CASE WHEN subject_kind = $1 OR authority > 0 THEN authority ELSE 4 END AS authority
    FROM facts WHERE field = $3 AND (subject_kind = $1 AND subject_id = $2
"""
OF_OFFERS = "OR subject_kind = 'offer' AND subject_id IN (SELECT offer_id FROM offers WHERE model_id = $2)"
"""Claims on the offers of a model count for its capabilities; a provider's about its own offer as an aggregator's."""


def draft_fact(con: duckdb.DuckDBPyConnection, name: str, field: str, text: str, quote: str) -> DecisionDraft:
    """A decision that records the value of a field of a model (any of its names) or an offer.

    LookupError for an unknown subject or field, with the nearest names; InvalidValueError for a value that the field
    cannot have, or a field that is computed or priced.
    """
    subject = find_subject(con, name)
    full = find_recordable_field(subject, field)
    if full.startswith(CAPABILITY):
        value = parse_entered_state(text)
    else:
        value = parse_entered_value(text, STATED_FIELDS[subject.kind][full], load_reference_data().licences)
    published = read_values(con, subject).get(full)
    return DecisionDraft(
        kind="fact",
        subject=name_fact(subject.kind, subject.id, full),
        verdict=value,
        values=read_group_values(con, subject, full),
        quote=quote,
        summary=f"{subject.id} {full} is {value}; {'nothing' if published is None else published} is published",
    )


def find_recordable_field(subject: Subject, name: str) -> str:
    """The full name of a stated column or a capability: `vision` is `capability:vision`."""
    wanted = name.strip().lower()
    if wanted in PRICE_BUNDLE_FIELDS and subject.kind == "offer":
        raise InvalidValueError(
            f"{wanted}: prices are not recorded here. `llmpairs review decide` chooses the present price among those "
            "that sources state; `llmpairs review correct` corrects a past price"
        )
    short = wanted.removeprefix(CAPABILITY)
    if short in CAPABILITIES:
        return CAPABILITY + short
    if wanted in STATED_FIELDS[subject.kind]:
        return wanted
    computed = {column.name: column.rests_on for column in subject.table.columns if column.rests_on}
    if wanted in computed:
        raise InvalidValueError(f"{wanted} is computed, from {', '.join(computed[wanted])}: record what it rests on")
    known = [*STATED_FIELDS[subject.kind], *CAPABILITIES]
    close = process.extract(wanted, known, scorer=fuzz.WRatio, limit=MAX_SUGGESTIONS, score_cutoff=60)
    raise UnknownFieldError(subject.id, name, tuple(match[0] for match in close))


def read_group_values(con: duckdb.DuckDBPyConnection, subject: Subject, field: str) -> dict[str, str]:
    """Value of each independent source group in the release, which the fact is recorded against."""
    is_lifted = subject.kind == "model" and field.startswith(CAPABILITY)
    claims = select_frame(con, CLAIMS + (OF_OFFERS if is_lifted else "") + ")", [subject.kind, subject.id, field])
    stated = list_group_values(claims)
    return dict(zip(stated["lineage"], stated["value"], strict=True))
