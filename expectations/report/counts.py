"""Sources, changes, rows, identities and timings of an attempt, counted."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from expectations.report.layout import NOT_REACHED, number, plural, table
from warehouse.vocabulary import IDENTITY_BASES

NOT_ASKED = "not_configured"
LARGEST_MOVES = 10


def tell_sources(sources: pd.DataFrame | None) -> list[str]:
    """How many sources are well, and each of the others with its cause."""
    if sources is None:
        return ["## Sources", "", NOT_REACHED, ""]
    well = (sources["state"] == "ok").sum()
    idle = sorted(sources.loc[sources["state"] == NOT_ASKED, "source_id"])
    lines = [f"{number(well)} of {plural(len(sources) - len(idle), 'source')} that were asked are well."]
    if idle:
        lines.append(f"Not configured: {', '.join(idle)}.")
    amiss = sources[~sources["state"].isin(["ok", NOT_ASKED])].sort_values(["kind", "source_id"])
    columns = ["source_id", "kind", "state", "items", "carried_items", "captured_at", "cause"]
    rows = [
        (source, kind, state, number(items), number(carried), day(captured), cause)
        for source, kind, state, items, carried, captured, cause in amiss[columns].to_numpy(dtype=object)
    ]
    heads = ["Source", "Kind", "State", "#items", "#carried", "In use from", "Cause"]
    return ["## Sources", "", *lines, "", *([*table(heads, rows), ""] if rows else [])]


def day(moment: Any) -> str:
    """The day of a moment; empty for none."""
    stamp = pd.to_datetime(moment, utc=True)
    return "" if stamp is pd.NaT else str(stamp.date())


def tell_changes(changes: pd.DataFrame | None, is_first_night: bool) -> list[str]:
    """What is different from the parent release; a first night is a baseline."""
    title = ["## Changes", ""]
    if is_first_night:
        return [*title, "This is the first night: a baseline, with nothing to compare it with.", ""]
    if changes is None:
        return [*title, NOT_REACHED, ""]
    if changes.empty:
        return [*title, "None since the parent release.", ""]
    names = ["subject_kind", "kind", "cause"]
    plain = changes.assign(**{name: changes[name].astype("object") for name in names})
    counts = plain.groupby(names).agg(subjects=("subject_id", "nunique"), changes=("change_id", "size"))
    rows = [
        (subject, kind, cause, number(subjects), number(count))
        for subject, kind, cause, subjects, count in counts.reset_index().to_numpy(dtype=object)
    ]
    return [
        *title,
        *table(["Of", "Kind", "Cause", "#subjects", "#changes"], rows),
        "",
        *_largest_moves(changes),
    ]


def _largest_moves(changes: pd.DataFrame) -> list[str]:
    """Prices that moved furthest, up or down."""
    prices = changes[changes["field"].str.endswith("_usd_per_mtok") & (changes["ratio"] > 0)]
    if prices.empty:
        return []
    further = prices.assign(times=prices["ratio"].where(prices["ratio"] >= 1, 1 / prices["ratio"]))
    further = further.sort_values(["times", "subject_id", "field"], ascending=[False, True, True])
    rows = [
        (subject, field, old, new, f"{ratio:.2f}")
        for subject, field, old, new, ratio in further.head(LARGEST_MOVES)[
            ["subject_id", "field", "old_value", "new_value", "ratio"]
        ].to_numpy(dtype=object)
    ]
    heads = ["Offer", "Price", "#before", "#now", "#ratio"]
    return [f"{plural(len(prices), 'price')} moved; the furthest:", "", *table(heads, rows), ""]


def tell_counts(row_counts: Mapping[str, int]) -> list[str]:
    """Rows by table."""
    if not row_counts:
        return ["## Rows", "", NOT_REACHED, ""]
    rows = [(name, number(count)) for name, count in sorted(row_counts.items())]
    return ["## Rows", "", *table(["Table", "#rows"], rows), ""]


def tell_identities(models: pd.DataFrame | None, identities: pd.DataFrame | None) -> list[str]:
    """What the identities of models and pairs rest on, and why keys are unresolved."""
    lines = ["## Identities", ""]
    if models is None or identities is None:
        return [*lines, NOT_REACHED, ""]
    compared = models["is_live"].astype("boolean") & models["is_text_generating"].astype("boolean")
    bases = models["identity_basis"].astype("object")
    counts = pd.DataFrame({"models": bases.value_counts(), "compared": bases[compared].value_counts()})
    counts["pairs"] = _pairs_by_basis(counts["compared"])
    rows = [(basis, *map(number, row)) for basis, row in _rows(counts)]
    lines += [*table(["Basis", "#models", "#in pairs", "#pairs"], rows), ""]
    lines += ["A pair rests on the weaker identity of its two models.", ""]
    unresolved = identities[identities["model_id"].isna()]
    share = len(unresolved) / len(identities) if len(identities) else 0.0
    lines += [
        f"{number(len(unresolved))} of {plural(len(identities), 'key')} are unresolved ({share:.1%}).",
        "",
    ]
    if unresolved.empty:
        return lines
    reasons = unresolved["reason"].astype("object").value_counts().to_frame("keys")
    listed = [(reason, number(row[0])) for reason, row in _rows(reasons)]
    return [*lines, *table(["Reason", "#keys"], listed), "", "Review them with `llmpairs review`.", ""]


def _pairs_by_basis(compared: pd.Series) -> pd.Series:
    """Pairs by the weaker basis of their two models: those among all models that are no weaker, less the stronger."""
    ordered = compared.reindex(list(IDENTITY_BASES)).fillna(0).cumsum()
    among = ordered * (ordered - 1) / 2
    return among.diff().fillna(among)


def _rows(counts: pd.DataFrame) -> list[tuple[str, list[int]]]:
    """Counts by word, most first, equal ones by word."""
    first = counts.columns[0]
    named = counts.fillna(0).astype("int64").rename_axis("word").reset_index()
    ordered = named.sort_values([first, "word"], ascending=[False, True])
    return [(str(word), list(figures)) for word, *figures in ordered.to_numpy(dtype=object)]


def tell_timings(run: Mapping[str, Any]) -> list[str]:
    """Seconds by stage, and the largest memory."""
    stages = run.get("stage_seconds")
    rows = [] if stages is None else [(stage["stage"], f"{stage['seconds']:.1f}") for stage in stages]
    peak = run.get("peak_rss_bytes")
    memory = f", at most {int(peak) / 1e6:,.0f} MB of memory" if peak is not None and peak == peak else ""
    took = "Unknown" if pd.isna(run["seconds"]) else f"{run['seconds']:.1f} s"
    said = f"{took} in all{memory}."
    return ["## Timings", "", said, "", *([*table(["Stage", "#seconds"], rows), ""] if rows else [])]
