"""What is held and why, with both values; what sources contradict each other in; names that lead nowhere."""

from typing import Any

import pandas as pd

from llmpairs.render.document import Block, Cell
from llmpairs.report.layout import (
    MOST_ROWS,
    MOST_VALUABLE,
    NOT_REACHED,
    code,
    day,
    grid,
    more_than,
    number,
    plural,
    rows_of,
    say,
    share,
)
from llmpairs.report.run_data import Attempt
from llmpairs.warehouse.vocabulary import IDENTITY_BASES

HOLD_COLUMNS = (
    "subject_id", "field", "published_value", "candidate_value", "rule", "since", "nights", "pairs_affected",
)  # fmt: skip


def tell_holds(attempt: Attempt) -> list[Block]:
    """Values that this attempt holds back, with the one that is published instead."""
    if attempt.holds is None:
        return [say(NOT_REACHED)]
    held = attempt.holds[attempt.holds["state"] == "held"]
    if held.empty:
        return [say("None.")]
    blank = int(held["published_value"].isna().sum())
    kept = len(held) - blank
    said = [f"{plural(len(held), 'value')} held in {plural(held['incident'].nunique(), 'incident')}."]
    if kept:
        said.append(f"For {number(kept)} the last good value stays published.")
    if blank:
        said.append(f"For {number(blank)} there is no good value before: nothing is published.")
    ordered = held.sort_values(
        ["pairs_affected", "incident", "subject_id", "field"], ascending=[False, True, True, True]
    )
    rows = [
        (
            code(subject), code(field), code(old) if old else Cell("nothing", tone="unknown"), code(new), rule,
            day(since), number(nights), number(pairs),
        )
        for subject, field, old, new, rule, since, nights, pairs in rows_of(ordered.head(MOST_ROWS), HOLD_COLUMNS)
    ]  # fmt: skip
    heads = ["Subject", "Field", "Published", "Held back", "Rule", "#since", "#nights", "#pairs"]
    return [
        say(" ".join(said)),
        grid("Held values, most pairs first", heads, rows),
        *more_than(MOST_ROWS, len(held), f"llmpairs inbox --kind held --limit {len(held)}"),
    ]


def tell_disagreements(attempt: Attempt) -> list[Block]:
    """Contradictions between independent sources, by the pairs they touch."""
    if attempt.disagreements is None:
        return [say(NOT_REACHED)]
    frame = attempt.disagreements
    waiting = frame[frame["state"] != "settled"]
    settled = len(frame) - len(waiting)
    said = [f"{plural(len(waiting), 'disagreement')} between independent sources"]
    said.append(f", {number(settled)} more settled by a decision." if settled else ".")
    if waiting.empty:
        return [say("".join(said))]
    counts = waiting["field"].astype("object").value_counts().rename_axis("field").reset_index(name="count")
    counts = counts.sort_values(["count", "field"], ascending=[False, True])
    by_field = [(code(field), number(count)) for field, count in rows_of(counts, ("field", "count"))]
    worst = waiting.sort_values(
        ["pairs_affected", "ratio", "subject_id", "field"], ascending=[False, False, True, True]
    ).head(MOST_VALUABLE)
    columns = (
        "subject_id",
        "field",
        "chosen_value",
        "claimed_values",
        "ratio",
        "first_seen_at",
        "pairs_affected",
    )
    rows = [
        (
            code(subject), code(field), chosen or Cell("nothing", tone="unknown"), ", ".join(claimed),
            "" if ratio is None else f"{ratio:.3g}", day(since), number(pairs),
        )
        for subject, field, chosen, claimed, ratio, since, pairs in rows_of(worst, columns)
    ]  # fmt: skip
    heads = ["Subject", "Field", "Published", "Who says what", "#ratio", "#since", "#pairs"]
    return [
        say("".join(said)),
        grid("Disagreements by field", ["Field", "#disagreements"], by_field),
        grid("Those that touch most pairs, the furthest apart first", heads, rows, prose=(3,)),
        *more_than(len(rows), len(waiting), "llmpairs inbox --kind disagreement"),
    ]


def tell_identities(attempt: Attempt) -> list[Block]:
    """Names that lead to no model by what hangs on them, and what the identities of models and pairs rest on."""
    models, identities = attempt.models, attempt.identities
    if models is None or identities is None:
        return [say(NOT_REACHED)]
    unresolved = identities[identities["model_id"].isna()]
    told = f"{number(len(unresolved))} of {plural(len(identities), 'key')} are unresolved"
    blocks: list[Block] = [say(f"{told} ({share(len(unresolved), len(identities)) or '0.0%'}).")]
    if len(unresolved):
        reasons = _most_first(unresolved["reason"].astype("object").value_counts().to_frame("keys"))
        blocks.append(grid("Why keys are unresolved", ["Reason", "#keys"], reasons))
    if attempt.questions is not None and len(attempt.questions):
        worst = attempt.questions.head(MOST_VALUABLE)
        rows = [
            (
                code(name),
                reason,
                number(offers),
                number(pairs),
                ", ".join(one for one in providers if one != "-"),
            )
            for name, reason, offers, pairs, providers in rows_of(
                worst, ("name", "reason", "offers", "pairs", "providers")
            )
        ]
        heads = ["Name", "Reason", "#offers", "#pairs", "Sold by"]
        blocks.append(grid("Unresolved names on which most offers and pairs hang", heads, rows, prose=(4,)))
        blocks += more_than(len(rows), len(attempt.questions), "llmpairs review")
    return [*blocks, *_bases(models)]


def _bases(models: pd.DataFrame) -> list[Block]:
    """Models and pairs by what their identity rests on."""
    compared = models["is_live"].astype("boolean") & models["is_text_generating"].astype("boolean")
    bases = models["identity_basis"].astype("object")
    counts = pd.DataFrame({"models": bases.value_counts(), "compared": bases[compared].value_counts()})
    counts["pairs"] = _pairs_by_basis(counts["compared"])
    heads = ["Basis", "#models", "#in pairs", "#pairs"]
    caption = "What identities rest on; a pair rests on the weaker one of its two models"
    return [grid(caption, heads, _most_first(counts))]


def _pairs_by_basis(compared: pd.Series) -> pd.Series:
    """Pairs by the weaker basis of their two models: those among all models that are no weaker, less the stronger."""
    ordered = compared.reindex(list(IDENTITY_BASES)).fillna(0).cumsum()
    among = ordered * (ordered - 1) / 2
    return among.diff().fillna(among)


def _most_first(counts: pd.DataFrame) -> list[list[Any]]:
    """Counts by word, most first, equal ones by word."""
    first = counts.columns[0]
    named = counts.fillna(0).astype("int64").rename_axis("word").reset_index()
    ordered = named.sort_values([first, "word"], ascending=[False, True])
    return [[word, *map(number, figures)] for word, *figures in ordered.to_numpy(dtype=object)]
