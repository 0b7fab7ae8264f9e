"""Ranks of release dates: the best supported month first, then a day in it before the month alone."""

from pandas import DataFrame

MONTH_LENGTH, DAY_LENGTH = 7, 10
GROUP = ["subject_id", "field", "barred", "basis_rank", "is_copy"]
"""Claims within which votes are counted."""


def rank_release_months(claims: DataFrame) -> DataFrame:
    """Claims plus `month_votes`, the votes for the month of a release date, and `is_coarse`; 0 for other fields.

    "2025-04" and "2025-04-29" support the same month, and the day says more. A first of the month is coarse too where
    most votes for days of its month are for other days: then it stands for the month (mistral-large-2512 is 2025-12-01
    in two rows and 2025-12-02 in its maker's, 2026-05-18). `claims` have `votes` and GROUP.
    """
    dates = claims[claims["field"] == "released_date"].reset_index(names="claim")
    if dates.empty:
        return claims.assign(month_votes=0, is_coarse=False)
    dates = dates.assign(month=dates["value"].str[:MONTH_LENGTH])
    values = dates.drop_duplicates([*GROUP, "value"])
    of_month = values.groupby([*GROUP, "month"], sort=False)["votes"].sum().rename("month_votes")
    days = values[values["value"].str.len() == DAY_LENGTH]
    of_days = days.groupby([*GROUP, "month"], sort=False)["votes"].sum().rename("day_votes")
    dates = dates.join(of_month, on=[*GROUP, "month"]).join(of_days, on=[*GROUP, "month"])
    is_day = dates["value"].str.len() == DAY_LENGTH
    is_filler = is_day & dates["value"].str.endswith("-01") & (2 * dates["votes"] <= dates["day_votes"])
    found = DataFrame({"month_votes": dates["month_votes"], "is_coarse": ~is_day | is_filler}).set_axis(dates["claim"])
    found = found.reindex(claims.index)
    return claims.assign(
        month_votes=found["month_votes"].fillna(0).astype("int64"),
        is_coarse=found["is_coarse"].astype("boolean").fillna(False).astype(bool),
    )
