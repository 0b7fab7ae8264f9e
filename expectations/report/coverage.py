"""What is missing, contradicted, old or held, and what it costs."""

import pandas as pd

from expectations.report.layout import NOT_REACHED, number, plural, table

MOST_VALUABLE = 10
PRICE_FIELDS = ("price", "offer_price")
STATES = ("missing", "conflict", "stale", "held", "unverified")


def tell_holds(holds: pd.DataFrame | None) -> list[str]:
    """Open holds: how many, by incident, and the oldest."""
    if holds is None:
        return ["## Held values", "", NOT_REACHED, ""]
    held = holds[holds["state"] == "held"]
    if held.empty:
        return ["## Held values", "", "None.", ""]
    grouped = held.groupby("incident").agg(
        values=("hold_id", "size"), nights=("nights", "max"), pairs=("pairs_affected", "max")
    )
    ordered = grouped.sort_values(["values", "nights"], ascending=False, kind="stable").reset_index()
    rows = [
        (incident, number(values), number(nights), number(pairs))
        for incident, values, nights, pairs in ordered.head(MOST_VALUABLE).to_numpy(dtype=object)
    ]
    said = (
        f"{plural(len(held), 'value')} held in {plural(len(grouped), 'incident')}; the last good ones stay."
    )
    lines = [said, "", *table(["Incident", "#values", "#nights", "#pairs"], rows)]
    return ["## Held values", "", *lines, "", "Decide with `llmpairs inbox`.", ""]


def tell_gaps(gaps: pd.DataFrame | None) -> list[str]:
    """Gaps counted by field, missing prices first, and the ten most valuable."""
    if gaps is None:
        return ["## Coverage gaps", "", NOT_REACHED, ""]
    if gaps.empty:
        return ["## Coverage gaps", "", "None.", ""]
    return ["## Coverage gaps", "", *_prices(gaps), "", *_by_field(gaps), "", *_most_valuable(gaps), ""]


def _prices(gaps: pd.DataFrame) -> list[str]:
    missing = gaps[gaps["field"].isin(PRICE_FIELDS)]
    models = missing.loc[missing["subject_kind"] == "model", "subject_id"].nunique()
    offers = missing.loc[missing["subject_kind"] == "offer", "subject_id"].nunique()
    lines = [
        f"Missing prices: {plural(models, 'model')} without any, {plural(offers, 'offer')} of their own."
    ]
    counts = missing.loc[missing["subject_kind"] == "offer", "model_id"].value_counts()
    worst = counts.rename_axis("model_id").reset_index(name="offers")
    worst = worst.sort_values(["offers", "model_id"], ascending=[False, True]).head(MOST_VALUABLE)
    if worst.empty:
        return lines
    rows = [(model_id, number(count)) for model_id, count in worst.to_numpy(dtype=object)]
    return [*lines, "", *table(["Model", "#offers without a price"], rows)]


def _by_field(gaps: pd.DataFrame) -> list[str]:
    """One row per kind of subject and field, prices first, then by number."""
    kinds = ["subject_kind", "field"]
    plain = gaps.assign(**{name: gaps[name].astype("object") for name in [*kinds, "state"]})
    counts = plain.groupby([*kinds, "state"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(STATES), fill_value=0)
    ordered = counts.assign(all=counts.sum(axis=1)).reset_index()
    ordered["later"] = ~ordered["field"].isin(PRICE_FIELDS)
    ordered = ordered.sort_values(["later", "all", *kinds], ascending=[True, False, True, True])
    rows = [
        (kind, field, *(number(count) if count else "" for count in states))
        for kind, field, *states in ordered[[*kinds, *STATES]].to_numpy(dtype=object)
    ]
    return table(["Of", "Field", *(f"#{state}" for state in STATES)], rows)


def _most_valuable(gaps: pd.DataFrame) -> list[str]:
    """The gaps that touch most, with what to do."""
    worst = gaps.sort_values(["rank_score", "gap_id"], ascending=[False, True]).head(MOST_VALUABLE)
    columns = ["subject_id", "field", "state", "detail", "pairs_affected", "owner", "action"]
    rows = [
        (subject, field, state, detail, number(pairs), owner, action)
        for subject, field, state, detail, pairs, owner, action in worst[columns].to_numpy(dtype=object)
    ]
    heads = ["Subject", "Field", "State", "Known", "#pairs", "Owner", "What to do"]
    return [f"The {len(rows)} most valuable:", "", *table(heads, rows)]
