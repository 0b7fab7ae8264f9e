"""An explained value as plain text for a terminal."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from llmpairs.render.text import block, table

STANDING = ("first party", "card", "catalogue on the first party", "catalogue", "aggregator")
"""Words for the ranks of authority, 0 first."""
REASONS = {
    "chosen": "published",
    "decision": "published: a reviewer decided",
    "agrees": "gives the published value; another claim of it stands first",
    "lower_authority": "a source of higher standing speaks",
    "fewer_witnesses": "fewer independent witnesses",
    "older": "older, or equal and later in the order",
    "not_declared": "computed by its source, and another one declares it",
    "default_never_published": "a blank that its source filled",
    "implausible": "cannot be true",
    "held": "held until it is confirmed",
}
OUTCOMES = {
    "same": "the same",
    "other_value": "NOT THE SAME",
    "other_model": "ITS KEY LEADS TO ANOTHER MODEL",
    "not_said": "NO LONGER SAID THERE",
    "unreadable": "COULD NOT BE READ",
}
SHOWN_KEYS = 10
SHOWN_ROUTES = 5


def render_claims(page: dict[str, Any]) -> str:
    """The whole page: value, why, claims, what stands against it, what it rests on, and the bytes behind it."""
    blocks = [
        head_lines(page),
        titled("Claims", claim_lines(page["claims"])),
        titled("Results", score_lines(page.get("scores", []))),
        titled("Workload", cost_lines(page)),
        titled("Routes", route_lines(page)),
        titled("Rests on", ground_lines(page["rests_on"])),
        titled("Sources disagree", disagreement_lines(page["disagreements"])),
        titled("Held", hold_lines(page["holds"])),
        titled("Decisions", decision_lines(page.get("decisions", []))),
        titled("Read again from the archive", archive_lines(page)),
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines) + "\n"


def titled(title: str, lines: Iterable[str]) -> list[str]:
    """A titled block; nothing where there is nothing to say."""
    found = list(lines)
    return block(title, found) if found else []


def head_lines(page: dict[str, Any]) -> list[str]:
    """Subject, field, value and what they mean."""
    unit = f" {page['unit']}" if page.get("unit") and page["value"] is not None else ""
    lines = [f"{page['subject_id']}  {page['field']}"]
    if "scores" not in page:
        lines.append(f"{show(page['value'])}{unit}, as of {page['as_of']}")
    if page["value"] is None and page.get("null_means"):
        lines.append(f"unknown means here: {page['null_means']}")
    lines.append(page["about"])
    if "rule" in page:
        rule = page["rule"]
        disputed = "; somebody contradicts" if rule["is_disputed"] else ""
        counts = f"{rule['witnesses_for']} independent for, {rule['witnesses_against']} against"
        lines.append(f"Rule {rule['rule']}: {counts}{disputed}.")
    return lines


def show(value: Any) -> str:
    """A value in a line; unknown is said as such."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(json.dumps(each) if isinstance(each, dict) else str(each) for each in value)
    return str(value)


def claim_lines(claims: list[dict[str, Any]]) -> Iterator[str]:
    """Claims that say the same for the same reason in one line, with their number and the first key."""
    names = ("value", "printed", "source_id", "lineage", "basis", "authority", "age_hours", "reason")
    counts = Counter(tuple(claim[name] for name in names) for claim in claims)
    first = {tuple(claim[name] for name in names): claim for claim in reversed(claims)}
    rows = [
        ("*" if first[said]["is_chosen"] else "", f"{count}x", cut(said[0]), *said[2:5], STANDING[said[5]],
         age(said[6]), REASONS[said[7]], cut(first[said]["provider_model_key"]))
        for said, count in counts.items()
    ]  # fmt: skip
    if rows:
        heads = ("", "", "value", "source", "lineage", "basis", "standing", "age", "why", "first key")
        yield from table([heads, *rows])


def cut(text: str) -> str:
    """A long text, cut."""
    return text if len(text) <= 48 else f"{text[:45]}..."


def age(hours: float) -> str:
    """How long before the night a claim was captured."""
    if hours < 0:
        return f"{-hours / 24:.0f} d after"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.0f} d"


def score_lines(scores: list[dict[str, Any]]) -> Iterator[str]:
    """Every result with its setting."""
    names = (
        "source_id",
        "version",
        "metric",
        "harness",
        "effort",
        "evaluator_class",
        "unit",
        "provider_model_key",
    )
    rows = [
        (str(score["value"]), *(score[name] for name in names), age(score["age_hours"])) for score in scores
    ]
    if rows:
        yield from table([("value", *(name.removesuffix("_id") for name in names), "age"), *rows])


def cost_lines(page: dict[str, Any]) -> Iterator[str]:
    """Workload, formula, and the figures with their offers."""
    if "cost" not in page:
        return
    work, row = page["workload"], page["cost"]
    yield (
        f"{work['prompt_tokens']:,} tokens of prompt, {work['cached_tokens']:,} of them cached, "
        f"{work['output_tokens']:,} of answer, {work['requests_per_month']:,} requests a month"
    )
    yield page["formula"]
    if "formula_version" in row:
        yield f"eligible: {show(row['eligible'])}{reason(row)}; formula version {row['formula_version']}"
    for name in ("cheapest", "cheapest_direct", "dearest"):
        if row.get(f"{name}_offer_id"):
            yield f"{name.replace('_', ' ')}: {row[f'{name}_usd']} by {row[f'{name}_offer_id']}"
    if row.get("median_usd") is not None:
        yield f"median: {row['median_usd']} over {row['eligible_offer_count']} eligible routes"
    if row.get("state", "known") != "known":
        yield f"state: {row['state']}"
    if page["computed_again"] is not None:
        verdict = "the same" if page["computed_again"] == page["value"] else "NOT THE SAME"
        yield f"computed again from the prices below: {page['computed_again']}, {verdict}"


def reason(row: dict[str, Any]) -> str:
    """Why an offer may not serve a workload, in brackets."""
    return "" if row["eligible"] else f" ({row['ineligible_reason']})"


def route_lines(page: dict[str, Any]) -> Iterator[str]:
    """The routes that a list price is the median of."""
    routes = page.get("routes", [])
    if routes:
        yield f"median of {len(routes)} routes, basis {page['basis']}"
        yield from (
            f"  {row['blended_3to1_usd_per_mtok']}  {row['offer_id']}" for row in routes[:SHOWN_ROUTES]
        )
    if len(routes) > SHOWN_ROUTES:
        yield f"  and {len(routes) - SHOWN_ROUTES} more"


def ground_lines(grounds: list[dict[str, Any]]) -> Iterator[str]:
    """What a computed value rests on, with the published claim behind each part."""
    for ground in grounds:
        if "keys" in ground:
            yield from key_lines(ground["keys"])
            continue
        from_ = f", from {', '.join(ground['computed_from'])}" if ground.get("computed_from") else ""
        yield f"{ground['name']}{': ' + show(ground['value']) if 'value' in ground else ''}{from_}"
        claims = ground.get("claims", [])
        for claim in claims:
            if claim["is_chosen"]:
                standing = f"{claim['basis']}, {STANDING[claim['authority']]}, {age(claim['age_hours'])}"
                others = f"; {len(claims) - 1} other claims" if len(claims) > 1 else ""
                yield f"  {claim['source_id']} ({standing}): {claim['printed']}{others}"


def key_lines(keys: list[dict[str, Any]]) -> Iterator[str]:
    """Keys of sources and where they lead."""
    yield f"identities: {len(keys)} keys"
    for key in keys[:SHOWN_KEYS]:
        leads = (
            f"{key['model_id']} by {key['method']}, {key['confidence']:.2f}"
            if key["model_id"]
            else key["reason"]
        )
        yield f"  {key['source_id']} {key['provider_id']} {key['provider_model_key']} -> {leads}"
    if len(keys) > SHOWN_KEYS:
        yield f"  and {len(keys) - SHOWN_KEYS} more"


def disagreement_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """What each lineage says, and what a reviewer said to it."""
    for row in rows:
        yield f"{row['disagreement_id']}, since {row['first_seen_at']}: {'; '.join(row['claimed_values'])}"
        yield f"  decision: {row['decision'] or 'none yet; `llmpairs inbox` lists it'}"


def hold_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Candidates that are not published, and why."""
    for row in rows:
        yield f"{row['hold_id']}, {row['rule']}, since {row['since']}: {row['candidate_value']} from {row['source_id']}"
        stays = row["published_value"] if row["published_value"] is not None else "nothing"
        yield f"  published meanwhile: {stays}; {row['state']}{' by ' + row['decided_by'] if row['decided_by'] else ''}"


def decision_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """What reviewers decided about this value."""
    for row in rows:
        yield f"{row['decision_id']}: {row['verdict']}, by {row['decided_by']} on the release of {row['made_on_as_of']}"
        yield f"  {row['reason']} ({row['evidence']})"


def archive_lines(page: dict[str, Any]) -> Iterator[str]:
    """Where each published claim stands, and what its bytes say now; what stands at one place is told together."""
    parts = [(page["field"], claim) for claim in page["claims"]]
    parts += [(ground["name"], claim) for ground in page["rests_on"] for claim in ground.get("claims", [])]
    parts += [(f"{page['field']} {score['source_id']}", score) for score in page.get("scores", [])]
    places: dict[tuple[Any, ...], list[tuple[str, dict[str, Any]]]] = {}
    for field, row in parts:
        if again := row.get("again"):
            name = f"{field} (held)" if row.get("reason") == "held" else field
            place = (
                again.get("archive_path"),
                again.get("warc_offset"),
                again["locator"],
                again["said_printed"],
            )
            places.setdefault(place, []).append((name, again))
    for number, said in enumerate(places.values()):
        if number:
            yield ""
        yield from place_lines(said)


def place_lines(said: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """One place: address, record, digest, locator, what is printed there, and the value that it gives each field."""
    again = said[0][1]
    if "archive_path" in again:
        late = ", younger than the night" if again["late"] else ""
        yield f"url      {again['url']}, captured {again['captured_at']}{late}"
        yield f"record   archive/{again['archive_path']} at byte {again['warc_offset']}, {again['warc_record_id']}"
        if again["body_archive_path"]:
            yield f"body     archive/{again['body_archive_path']} at byte {again['body_warc_offset']}, unchanged since"
        digest = "see below" if again["outcome"] == "unreadable" else "as it was captured"
        yield f"digest   sha256 {again['payload_sha256']}: {digest}"
    yield f"locator  {again['locator']}"
    if again["said_printed"] is not None:
        yield f"printed  {again['said_printed']}"
    for name, each in said:
        found = f"{each['said']}: " if each["said"] is not None else ""
        detail = f" ({each['detail']})" if each["detail"] else ""
        yield f"value    {name} = {found}{OUTCOMES[each['outcome']]}{detail}"
