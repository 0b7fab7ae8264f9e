"""Price pages that print a model's name instead of its id speak of a route that other sources know by its key."""

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.normalise.providers import ProviderBook
from llmpairs.transforms.normalise.routes import name_offers

PLACE = ["provider_id", "operator_id", "model_id"]


def adopt_keys(routes: DataFrame, book: ProviderBook) -> DataFrame:
    """Routes with model_id; a row whose key is a display name takes the key that its provider has for the model.

    A key with a space in it is a name, no key ("Claude Opus 4.5", seen on Anthropic's price page). Of several keys
    the shortest is taken, the one without a date; where the provider has none the name stays.
    """
    is_name = routes["provider_model_key"].str.contains(r"\s", regex=True) & routes["model_id"].notna()
    keys = routes[~is_name & routes["model_id"].notna() & (routes["route_tag"] == "-")]
    keys = keys.assign(length=keys["provider_model_key"].str.len()).sort_values(
        ["length", "provider_model_key"]
    )
    known = keys.drop_duplicates(PLACE).set_index(PLACE)["provider_model_key"]
    found = known.reindex(pd.MultiIndex.from_frame(routes[PLACE])).set_axis(routes.index)
    out = routes.assign(provider_model_key=routes["provider_model_key"].where(~is_name | found.isna(), found))
    return out.assign(offer_id=name_offers(out, book))
