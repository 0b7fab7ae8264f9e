"""OFFERS and PROVIDERS: one row per offer, from chosen claims and the chosen price."""

from datetime import datetime

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.lifecycle import RETIRED_AFTER_NIGHTS, count_absence, stamp_retired
from llmpairs.transforms.lookup import look_up_previous, look_up_previous_time
from llmpairs.transforms.normalise.fields import OFFER_FIELDS, parse_column
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

IDENTITY = [
    "model_id", "provider_id", "operator_id", "provider_model_key", "route_tag", "route_kind", "service_tier",
]  # fmt: skip


def assemble_offers(
    offer_rows: DataFrame, prices: DataFrame, chosen: DataFrame, developers: Series, context: RunContext
) -> DataFrame:
    """OFFERS but for first_seen_at, retired_on and absent offers.

    `offer_rows` are landed offers with offer_id, model_id, authority, expired; `prices` one row per offer_id;
    `chosen` the published claim text by offer_id, one column per field; `developers` the developer by model_id.
    """
    best = offer_rows.sort_values(
        ["offer_id", "expired", "unresolved", "authority", "source_id", "model_key", "locator"], kind="stable"
    )
    rows = best.drop_duplicates("offer_id").set_index("offer_id")
    table = rows[IDENTITY].astype("str")
    own = context.reference_data.providers.column(table["provider_id"], "developer_id")
    table["is_first_party"] = (own.notna() & (own == table["model_id"].map(developers))).astype(bool)
    text = chosen.reindex(table.index)
    for field in OFFER_FIELDS:
        if field.column is not None:
            table[field.name] = parse_column(text, field.column)
    table["region"] = table["region"].fillna(rows["region"].astype("str"))
    table["quantization"] = table["quantization"].str.lower()
    table = table.join(select_price_columns(prices).reindex(table.index))
    grouped = offer_rows.groupby("offer_id")
    table["last_seen_at"] = grouped["captured_at"].max()
    expired = grouped["expired"].min().astype(bool)
    table["offer_status"] = derive_status(text["status"], table["retire_on"], expired, context.as_of)
    table["nights_absent"] = 0
    return mark_eligible(table.reset_index())


def select_price_columns(prices: DataFrame) -> DataFrame:
    """Price columns of OFFERS by offer_id; without a price there is no price source."""
    table = prices.set_index("offer_id")
    columns = [*PRICE_FIELDS, "price_tiers", "price_kind", "price_missing_reason", "currency", "held"]
    out = table[columns].copy()
    out["blended_3to1_usd_per_mtok"] = (3 * out["input_usd_per_mtok"] + out["output_usd_per_mtok"]) / 4
    has_price = out[list(PRICE_FIELDS)].notna().any(axis=1)
    out["price_source_id"] = table["source_id"].where(has_price)
    out["price_capture_id"] = table["capture_id"].where(has_price)
    out["price_observed_at"] = table["captured_at"].where(has_price)
    out["price_expired"] = table["expired"].astype("boolean").fillna(False).astype(bool)
    return out


def derive_status(stated: Series, retire_on: Series, expired: Series, as_of: datetime) -> Series:
    """active, deprecated, stale or retired, from the stated status, the day of retirement and the newest capture."""
    today = pd.Timestamp(as_of.replace(tzinfo=None))
    conditions = [
        (retire_on <= today).fillna(False).to_numpy(dtype=bool),
        expired.to_numpy(dtype=bool),
        (stated == "deprecated").fillna(False).to_numpy(dtype=bool),
    ]
    return Series(np.select(conditions, ["retired", "stale", "deprecated"], "active"), index=stated.index, dtype="str")


def mark_eligible(offers: DataFrame) -> DataFrame:
    """Offers plus eligible and ineligible_reason.

    An aggregator's list entry is not eligible where its endpoints for the model are known.
    """
    endpoints = offers[(offers["route_kind"] == "via_aggregator") & (offers["offer_status"] == "active")]
    covered = pd.MultiIndex.from_frame(endpoints[["provider_id", "model_id"]].drop_duplicates())
    own = pd.MultiIndex.from_frame(offers[["provider_id", "model_id"]])
    priced_both = offers[list(PRICE_FIELDS[:2])].notna().all(axis=1)
    rules = [
        (offers["model_id"].isna(), "model_unresolved"),
        (~offers["offer_status"].isin(["active"]), "not_active"),
        (offers["price_expired"], "expired"),
        (offers["price_hours_utc"].notna(), "some_hours_only"),
        (offers["service_tier"] != "standard", "not_standard_tier"),
        (~priced_both, "price_missing"),
        (offers["price_kind"] != "metered", "not_metered"),
        ((offers["route_kind"] == "aggregate") & own.isin(covered), "aggregate"),
    ]
    reason = np.select([rule[0].to_numpy(dtype=bool) for rule in rules], [rule[1] for rule in rules], default="")
    out = offers.drop(columns="price_expired")
    out["ineligible_reason"] = Series(reason, index=offers.index, dtype="str").replace("", None)
    out["eligible"] = out["ineligible_reason"].isna()
    return out


def carry_absent_offers(offers: DataFrame, previous: DataFrame, healthy: Series, as_of: datetime) -> DataFrame:
    """Offers plus those of the previous release that no source lists now: not eligible, retired in time.

    `healthy` states for each offer of `previous` whether all of its lists were read well in this run; adds retired_on
    and is_carried.
    """
    absent = previous.reindex(columns=[*offers.columns, "retired_on"])
    absent = absent[~previous["offer_id"].isin(offers["offer_id"])].copy()
    absent["nights_absent"] = count_absence(absent, healthy.reindex(absent.index))
    ended = (absent["retire_on"] <= pd.Timestamp(as_of.replace(tzinfo=None))).fillna(False)
    retired = ended | (absent["nights_absent"] >= RETIRED_AFTER_NIGHTS) | (absent["offer_status"] == "retired")
    absent["offer_status"] = np.where(retired, "retired", "stale")
    absent["held"] = False
    absent["eligible"] = False
    absent["ineligible_reason"] = absent["ineligible_reason"].fillna("not_active")
    table = pd.concat([offers, absent[offers.columns]], ignore_index=True)
    table = table.assign(is_carried=table["offer_id"].isin(absent["offer_id"]))
    return stamp_retired(table, table["offer_status"] == "retired", previous, "offer_id", as_of)


def stamp_first_seen(table: DataFrame, previous: DataFrame, key: str, as_of: datetime) -> DataFrame:
    """Table plus first_seen_at: that of the previous release, else the as-of time."""
    return table.assign(first_seen_at=look_up_previous_time(table[key], previous, key, "first_seen_at", as_of))


def tabulate_providers(offers: DataFrame, context: RunContext) -> DataFrame:
    """PROVIDERS of the offers and of the previous release; an unlisted spelling is of kind unknown."""
    reference, previous = context.reference_data.providers, context.previous["providers"]
    active = offers[offers["offer_status"] == "active"].groupby("provider_id").size()
    seen = offers.groupby("provider_id")["last_seen_at"].max()
    ids = pd.Index(sorted(set(offers["provider_id"]) | set(previous["provider_id"])))
    names = Series(ids, index=ids)
    table = DataFrame({"provider_id": names})
    table["name"] = reference.column(names, "name").fillna(names)
    table["kind"] = reference.column(names, "kind").fillna("unknown")
    table["developer_id"] = reference.column(names, "developer_id")
    table["country"] = reference.column(names, "country")
    table["offer_count"] = active.reindex(ids).fillna(0).astype("int64")
    last = look_up_previous(names, previous, "provider_id", "last_seen_at")
    table["last_seen_at"] = pd.to_datetime(seen.reindex(ids), utc=True).fillna(last)
    return stamp_first_seen(table.reset_index(drop=True), previous, "provider_id", context.as_of)
