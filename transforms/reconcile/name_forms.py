"""Display names of models: ranks of the claims, the developer's spelling, and names that two models share.

Names of one form differ in case, blanks and hyphens only ("Qwen3.5-4B", "Qwen3.5 4b"): votes for one support all.
"""

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.display_names import clean_repository_names, count_differences, fold_names, is_slug
from llmpairs.transforms.reconcile.tie_breakers import RANKS
from llmpairs.warehouse.vocabulary import REVIEW_SOURCE

GROUP = ["subject_id", "field", "barred", "basis_rank", "is_copy"]
"""Claims within which votes are counted."""
MAKERS_AUTHORITY = 2
"""Authority up to which a spelling is the developer's: its page, its card, or a catalogue's row of its own offer."""
NAME_RANKS = {"is_bare_key": True, "form_votes": False, "differences": True, "spelling_rank": True}
"""Ranks of display names from best to worst; true for ascending."""


def rank_name_forms(claims: DataFrame) -> DataFrame:
    """Claims plus NAME_RANKS, which are 0 for fields other than the display name of a model.

    A form that is only printed as a bare key comes last. Among spellings of one form the developer's own is first, and
    a bare key last. `claims` have `authority` and GROUP.
    """
    names = claims[(claims["field"] == "display_name") & (claims["subject_kind"] == "model")]
    if names.empty:
        return claims.assign(**dict.fromkeys(NAME_RANKS, 0))
    slug = is_slug(names["value"])
    names = names.assign(form=fold_names(names["value"]), slug=slug, voter=names["operator_id"].fillna("-"))
    form, voter = [*GROUP, "form"], [*GROUP, "lineage", "voter"]
    rows = names.groupby([*voter, "form"], sort=False).size().rename("rows").reset_index()
    rows = rows[rows["rows"] == rows.groupby(voter, sort=False)["rows"].transform("max")]
    ranked = names.join(rows.groupby(form, sort=False).size().rename("form_votes"), on=form)
    closest = count_differences(names["value"], names["subject_id"])
    makers = (
        names["authority"]
        .le(MAKERS_AUTHORITY)
        .groupby([names[column] for column in [*GROUP, "value"]])
        .transform("any")
    )
    ranked = ranked.assign(
        is_bare_key=ranked.groupby(form, sort=False)["slug"].transform("all").astype("int64"),
        differences=closest.groupby([names[column] for column in form]).transform("min"),
        spelling_rank=(~makers).astype("int64") + slug.astype("int64"),
    )
    found = ranked[list(NAME_RANKS)].reindex(claims.index).fillna(0).astype("int64")
    return claims.assign(**{name: found[name] for name in NAME_RANKS})


def apply_repository_names(stated: DataFrame, identified: DataFrame) -> Series:
    """Chosen names in the spelling of the developer's repository; its name, else the model's, where no source has one.

    `stated` are the claims on display names with is_chosen and reason, `identified` has hugging_face_id and name by
    model_id. What a reviewer chose keeps its spelling, and a repository in lower case spells a name only where a source
    prints it so (gpt-oss-120b; Phi-4 of microsoft/phi-4).
    """
    claims = stated[stated["is_chosen"]].set_index("subject_id").reindex(identified.index)
    chosen = claims["value"].astype("str")
    is_reviewed = (claims["reason"] == "decision") | (claims["source_id"] == REVIEW_SOURCE)
    repository = clean_repository_names(identified["hugging_face_id"])
    is_printed = pd.MultiIndex.from_arrays([identified.index, repository]).isin(
        pd.MultiIndex.from_frame(stated[["subject_id", "value"]])
    )
    is_same = (fold_names(chosen) == fold_names(repository)).fillna(False) & (~is_slug(repository) | is_printed)
    return repository.where(is_same & ~is_reviewed, chosen).fillna(repository).fillna(identified["name"])


def separate_names(names: Series, stated: DataFrame) -> Series:
    """Display names by model_id, each of one model.

    A name of two models stays with the one whose id it resembles most; another takes the closest name that sources
    state of it and no model has, else its id is added. `stated` are the claims on display names.
    """
    moved = Series(find_shared(names), dtype="str")
    claims = stated.loc[stated["subject_id"].isin(moved), ["subject_id", "value"]].drop_duplicates()
    taken = set(fold_names(names))
    free = claims[~fold_names(claims["value"]).isin(taken) & ~is_slug(claims["value"])]
    free = free.assign(differences=count_differences(free["value"], free["subject_id"]), form=fold_names(free["value"]))
    free = free[free["differences"] == free.groupby("subject_id")["differences"].transform("min")]
    is_sole = free.groupby("subject_id")["form"].transform("nunique") == 1
    own = free[is_sole & (free.groupby("form")["subject_id"].transform("nunique") == 1)]
    rank = RANKS["written"](own["value"])
    own = own[rank == rank.groupby(own["subject_id"]).transform("min")]
    others = own.drop_duplicates("subject_id", keep=False).set_index("subject_id")["value"]
    with_id = names[moved] + " (" + moved.set_axis(moved) + ")"
    return others.reindex(moved).fillna(with_id).combine_first(names)


def find_shared(names: Series) -> list[str]:
    """model_id of every model whose name another model has that it fits better, or as well."""
    ids = names.index.to_series()
    form = fold_names(names)
    repeated = names[form.duplicated(keep=False)]
    if repeated.empty:
        return []
    differences = count_differences(repeated, ids[repeated.index])
    by_form = differences.groupby(form[repeated.index])
    is_closest = differences == by_form.transform("min")
    is_sole = is_closest.groupby(form[repeated.index]).transform("sum") == 1
    return list(repeated.index[~(is_closest & is_sole)])
