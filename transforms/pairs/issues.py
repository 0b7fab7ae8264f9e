"""How many open questions each model has."""

import pandas as pd


def count_open_issues(
    coverage_gaps: pd.DataFrame, holds: pd.DataFrame, disagreements: pd.DataFrame, offers: pd.DataFrame
) -> pd.Series:
    """Coverage gaps, values still held and undecided disagreements by model_id.

    Holds and disagreements of an offer count for its model; those of unresolved offers for none.
    """
    offer_models = offers.set_index("offer_id")["model_id"]
    subjects = pd.concat(
        [holds[holds["state"] == "held"], disagreements[disagreements["decision"].isna()]],
        ignore_index=True,
    )[["subject_kind", "subject_id"]]
    is_offer = subjects["subject_kind"] == "offer"
    of_subjects = subjects["subject_id"].where(~is_offer, subjects["subject_id"].map(offer_models))
    of_gaps = coverage_gaps["model_id"]
    return pd.concat([of_gaps, of_subjects], ignore_index=True).dropna().value_counts().sort_index()
