"""Explanations as plain text for a terminal."""

import json
from collections.abc import Iterator, Sequence
from operator import itemgetter

from llmpairs.explain.page import (
    Claim,
    ExplainedDisagreement,
    ExplainedHold,
    ExplainedScore,
    Explanation,
    Input,
    Reread,
    ResolvedKey,
    ReviewDecision,
)
from llmpairs.render.text import format_section, format_table
from llmpairs.warehouse.vocabulary import REVIEW_SOURCE

PRIORITIES = ("first party", "card or live endpoint", "catalogue on the first party", "catalogue", "aggregator")
"""Labels of `authority`, 0 first."""
REASONS = {
    "chosen": "published",
    "decision": "published: a reviewer decided",
    "agrees": "has the published value; another claim with it was chosen",
    "lower_authority": "a copy; a first-hand claim wins",
    "fewer_witnesses": "fewer independent sources",
    "tie_breaker": "equally supported; the value published last time, or the tie-breaker of the field, wins",
    "tied": "another value is supported equally, and nothing decides between them",
    "older": "older, or equal and later in the order",
    "not_declared": "computed by its source, and another source declares the value",
    "default_never_published": "a default that its source filled in",
    "implausible": "implausible",
    "held": "held until it is confirmed",
}
OUTCOMES = {
    "same": "the same",
    "other_value": "NOT THE SAME",
    "other_model": "ITS KEY RESOLVES TO ANOTHER MODEL",
    "not_said": "NO LONGER STATED THERE",
    "unreadable": "COULD NOT BE READ",
}
SCORE_HEADS = (
    "value", "source", "version", "metric", "harness", "effort", "evaluator_class", "unit", "provider_model_key", "age",
)  # fmt: skip
CLAIM_GROUP = itemgetter("value", "printed", "source_id", "lineage", "basis", "authority", "age_hours", "reason")
"""Claims with the same values of these are shown in one line."""


def render_explanation(page: Explanation) -> str:
    """The whole page: value, claims, inputs, disagreements, holds, decisions, and the archived captures."""
    sections = {
        "Claims": _claim_lines(page["claims"]),
        "Results": _score_lines(page.get("scores", [])),
        "Workload": _cost_lines(page),
        "Offers": _route_lines(page),
        "Computed from": _input_lines(page["rests_on"]),
        "Sources disagree": _disagreement_lines(page["disagreements"]),
        "Held": _hold_lines(page["holds"]),
        "Decisions": _decision_lines(page.get("decisions", [])),
        "Read again from the archive": _archive_lines(page),
    }
    filled = {title: found for title, lines in sections.items() if (found := list(lines))}
    blocks = [_head_lines(page), *(format_section(title, lines) for title, lines in filled.items())]
    return "\n\n".join(map("\n".join, blocks)) + "\n"


def _head_lines(page: Explanation) -> list[str]:
    unit = f" {page['unit']}" if page.get("unit") and page["value"] is not None else ""
    lines = [f"{page['subject_id']}  {page['field']}"]
    if "scores" not in page:
        lines.append(f"{_format_value(page['value'])}{unit}, as of {page['as_of']}")
    if page["value"] is None and page.get("null_means"):
        lines.append(f"unknown means: {page['null_means']}")
    lines.append(page["about"])
    if "rule" in page:
        rule = page["rule"]
        disputed = "; disputed" if rule["is_disputed"] else ""
        counts = f"{rule['witnesses_for']} independent for, {rule['witnesses_against']} against"
        lines.append(f"Rule {rule['rule']}: {counts}{disputed}.")
    return lines


def _format_value(value: object) -> str:
    """A value in one line; None is unknown."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(json.dumps(each) if isinstance(each, dict) else str(each) for each in value)
    return str(value)


def _claim_lines(claims: list[Claim]) -> Iterator[str]:
    """Equal claims with the same reason in one line, with their number and the first key."""
    groups: dict[tuple[object, ...], list[Claim]] = {}
    for claim in claims:
        groups.setdefault(CLAIM_GROUP(claim), []).append(claim)
    rows = [
        ("*" if claim["is_chosen"] else "", f"{count}x", _cut(claim["value"]), claim["source_id"],
         claim["lineage"], claim["basis"], _priority(claim), _age(claim["age_hours"]),
         _reason(claim), _cut(claim["provider_model_key"]))
        for claim, count in ((group[0], len(group)) for group in groups.values())
    ]  # fmt: skip
    if rows:
        heads = ("", "", "value", "source", "lineage", "basis", "priority", "age", "reason", "first key")
        yield from format_table([heads, *rows])


def _reason(claim: Claim) -> str:
    is_overruled = claim["reason"] == "decision" and not claim["is_chosen"]
    return "a reviewer decided on another value" if is_overruled else REASONS[claim["reason"]]


def _priority(claim: Claim) -> str:
    return "reviewer" if claim["source_id"] == REVIEW_SOURCE else PRIORITIES[claim["authority"]]


def _cut(text: str) -> str:
    return text if len(text) <= 48 else f"{text[:45]}..."


def _age(hours: float) -> str:
    if hours < 0:
        return f"{-hours / 24:.0f} d after"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.0f} d"


def _score_lines(scores: list[ExplainedScore]) -> Iterator[str]:
    rows = [
        (str(row["value"]), row["source_id"], row["version"], row["metric"], row["harness"], row["effort"],
         row["evaluator_class"], row["unit"], row["provider_model_key"], _age(row["age_hours"]))
        for row in scores
    ]  # fmt: skip
    if rows:
        yield from format_table([SCORE_HEADS, *rows])


def _cost_lines(page: Explanation) -> Iterator[str]:
    if "cost" not in page:
        return
    work, row = page["workload"], page["cost"]
    yield (
        f"{work['prompt_tokens']:,} prompt tokens, {work['cached_tokens']:,} of them cached, "
        f"{work['output_tokens']:,} output tokens, {work['requests_per_month']:,} requests a month"
    )
    yield page["formula"]
    if "formula_version" in row:
        reason = "" if row["eligible"] else f" ({row['ineligible_reason']})"
        yield f"eligible: {_format_value(row['eligible'])}{reason}; formula version {row['formula_version']}"
    if row.get("cheapest_offer_id"):
        yield f"cheapest: {row['cheapest_usd']} by {row['cheapest_offer_id']}"
    if row.get("cheapest_direct_offer_id"):
        yield f"cheapest direct: {row['cheapest_direct_usd']} by {row['cheapest_direct_offer_id']}"
    if row.get("dearest_offer_id"):
        yield f"most expensive: {row['dearest_usd']} by {row['dearest_offer_id']}"
    if row.get("median_usd") is not None:
        yield f"median: {row['median_usd']} over {row['eligible_offer_count']} eligible offers"
    if row.get("state", "known") != "known":
        yield f"state: {row['state']}"
    if page["computed_again"] is not None:
        verdict = "the same" if page["computed_again"] == page["value"] else "NOT THE SAME"
        yield f"computed again from the prices below: {page['computed_again']}, {verdict}"


def _route_lines(page: Explanation) -> Iterator[str]:
    if routes := page.get("routes"):
        yield f"median of {len(routes)} offers, basis {page['basis']}"
        yield from _first_lines([f"{row['blended_3to1_usd_per_mtok']}  {row['offer_id']}" for row in routes], 5)


def _first_lines(lines: Sequence[str], most: int) -> Iterator[str]:
    """The first lines, indented, and the number of those left out."""
    yield from (f"  {line}" for line in lines[:most])
    if len(lines) > most:
        yield f"  and {len(lines) - most} more"


def _input_lines(inputs: list[Input]) -> Iterator[str]:
    """The inputs of a computed value, with the published claim behind each."""
    for each in inputs:
        if "keys" in each:
            yield from _key_lines(each["keys"])
            continue
        from_ = f", from {', '.join(each['computed_from'])}" if each.get("computed_from") else ""
        yield f"{each['name']}{': ' + _format_value(each['value']) if 'value' in each else ''}{from_}"
        claims = each.get("claims", [])
        for claim in claims:
            if claim["is_chosen"]:
                rank = f"{claim['basis']}, {_priority(claim)}, {_age(claim['age_hours'])}"
                others = f"; {len(claims) - 1} other claims" if len(claims) > 1 else ""
                yield f"  {claim['source_id']} ({rank}): {claim['printed']}{others}"


def _key_lines(keys: list[ResolvedKey]) -> Iterator[str]:
    yield f"identities: {len(keys)} keys"
    lines = []
    for key in keys:
        result = f"{key['model_id']} by {key['method']}, {key['confidence']:.2f}" if key["model_id"] else key["reason"]
        lines.append(f"{key['source_id']} {key['provider_id']} {key['provider_model_key']} -> {result}")
    yield from _first_lines(lines, 10)


def _disagreement_lines(rows: list[ExplainedDisagreement]) -> Iterator[str]:
    for row in rows:
        yield f"{row['disagreement_id']}, since {row['first_seen_at']}: {'; '.join(row['claimed_values'])}"
        yield f"  decision: {row['decision'] or 'none yet; `llmpairs review list` lists it'}"


def _hold_lines(rows: list[ExplainedHold]) -> Iterator[str]:
    for row in rows:
        yield f"{row['hold_id']}, {row['rule']}, since {row['since']}: {row['candidate_value']} from {row['source_id']}"
        stays = row["published_value"] if row["published_value"] is not None else "nothing"
        yield f"  published meanwhile: {stays}; {row['state']}{' by ' + row['decided_by'] if row['decided_by'] else ''}"


def _decision_lines(rows: list[ReviewDecision]) -> Iterator[str]:
    for row in rows:
        yield f"{row['decision_id']}: {row['verdict']}, by {row['decided_by']} on the release of {row['made_on_as_of']}"
        yield f"  {row['reason']} ({row['evidence']})"
        if row["quote"]:
            yield f"  quote: {row['quote']}"


def _archive_lines(page: Explanation) -> Iterator[str]:
    """Where each claim was captured, and its value there now; claims at one position are listed together."""
    parts: list[tuple[str, Claim | ExplainedScore]] = [(page["field"], claim) for claim in page["claims"]]
    parts += [(each["name"], claim) for each in page["rests_on"] for claim in each.get("claims", [])]
    parts += [(f"{page['field']} {score['source_id']}", score) for score in page.get("scores", [])]
    positions: dict[tuple[object, ...], list[tuple[str, Reread]]] = {}
    for field, row in parts:
        if reread := row.get("again"):
            name = f"{field} (held)" if row.get("reason") == "held" else field
            where = reread.get("archive_path"), reread.get("warc_offset"), reread["locator"], reread["said_printed"]
            positions.setdefault(where, []).append((name, reread))
    for number, fields in enumerate(positions.values()):
        if number:
            yield ""
        yield from _position_lines(fields)


def _position_lines(fields: list[tuple[str, Reread]]) -> Iterator[str]:
    """One position: address, record, digest, locator, the printed text, and the value that it gives each field."""
    reread = fields[0][1]
    if "archive_path" in reread:
        late = ", later than the as-of time" if reread["late"] else ""
        yield f"url      {reread['url']}, captured {reread['captured_at']}{late}"
        yield f"record   archive/{reread['archive_path']} at byte {reread['warc_offset']}, {reread['warc_record_id']}"
        if reread["body_archive_path"]:
            body = f"archive/{reread['body_archive_path']} at byte {reread['body_warc_offset']}"
            yield f"body     {body}, unchanged since"
        digest = "see below" if reread["outcome"] == "unreadable" else "as it was captured"
        yield f"digest   sha256 {reread['payload_sha256']}: {digest}"
    yield f"locator  {reread['locator']}"
    if reread["said_printed"] is not None:
        yield f"printed  {reread['said_printed']}"
    for name, each in fields:
        found = f"{each['said']}: " if each["said"] is not None else ""
        detail = f" ({each['detail']})" if each["detail"] else ""
        yield f"value    {name} = {found}{OUTCOMES[each['outcome']]}{detail}"
