"""Confirmation of new models: a name of a known developer that one reseller alone lists may be invented."""

from pandas import DataFrame, Series

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.identity.key_rows import KEY
from llmpairs.transforms.identity.source_keys import SourceKeys
from llmpairs.transforms.normalise.providers import ProviderReference
from llmpairs.transforms.normalise.reference_files import (
    ReferenceDataError,
    find_missing_provenance,
    read_reference_file,
)

UNCONFIRMED = "unconfirmed"
DECIDED = "decision"
"""Method of a key that a reviewer placed on its model."""
FILE = "identity/confirmation.toml"


def load_sole_names() -> int:
    """Names that one seller alone has from which they are suspect in a first release, from confirmation.toml."""
    entry = read_reference_file(FILE)["first_release"]
    if missing := find_missing_provenance(entry):
        raise ReferenceDataError(f"confirmation.toml [first_release]: {', '.join(missing)} is missing")
    return int(entry["sole_names"])


def mark_unconfirmed(models: DataFrame, identities: DataFrame, keys: SourceKeys, context: RunContext) -> DataFrame:
    """Models in which `identity_basis` is `unconfirmed` for those of a known developer that one reseller alone names.

    A second independent source group, the developer or a reviewer confirms a model for good. In a first release only
    the names of sellers are suspect that have dozens which no other seller has.
    """
    previous, reference = context.previous["models"], context.reference_data
    sole = find_sole_sellers(identities, keys, reference.providers)
    sellers = models["model_id"].map(sole)
    developer = models["developer_id"].astype("str")
    suspect = sellers.notna() & developer.isin(list(reference.identity.names)) & (sellers != developer)
    if previous.empty:
        suspect &= suspect.groupby(sellers).transform("sum").fillna(0) >= load_sole_names()
    else:
        confirmed = previous.loc[previous["identity_basis"] != UNCONFIRMED, "model_id"]
        suspect &= ~models["model_id"].isin(confirmed)
    return models.assign(identity_basis=models["identity_basis"].mask(suspect, UNCONFIRMED))


def find_sole_sellers(identities: DataFrame, keys: SourceKeys, providers: ProviderReference) -> Series:
    """Company by model_id of the models that one company's keys in one independent source group name, and no card.

    Keys of benchmarks name no model, and keys that a reviewer placed need no second source.
    """
    named = identities[identities["model_id"].notna()][[*KEY, "model_id", "method"]]
    named = named.merge(keys.keys[[*KEY, "lineage", "joins_only"]], on=KEY)
    named = named[~named["joins_only"].astype(bool)]
    owner = providers.column(named["provider_id"], "developer_id").fillna(
        providers.column(named["provider_id"], "brand")
    )
    named = named.assign(company=owner.fillna(named["provider_id"].astype("str")))
    found = named.groupby("model_id").agg(
        companies=("company", "nunique"), lineages=("lineage", "nunique"), company=("company", "first")
    )
    settled = named.loc[(named["method"] == DECIDED) | (named["provider_id"] == "-"), "model_id"]
    is_sole = (found["companies"] == 1) & (found["lineages"] == 1) & ~found.index.isin(settled)
    return found.loc[is_sole, "company"]
