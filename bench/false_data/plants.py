"""False data planted in the landed lines of a run, and whether the run held it or left it unused.

Every plant is in models.dev, the one source of all recorded weeks. Subjects are taken in the order of a digest, so that
each week has others and every replay the same ones.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
from pandas import DataFrame

from bench.false_data.landings import Week
from bench.false_data.runs import Tables

SOURCE = "models_dev"
Record = dict[str, Any]
Key = tuple[str | None, str]
"""Provider and key of a landed line, as the source spells them."""
Rows = dict[Key, list[Record]]
PER_KIND = 4
INVENTED = ("openai/gpt-9-ultra", "anthropic/claude-quartz-7", "google/gemini-9-nova", "meta-llama/llama-9-70b")
HOSTILE = ("1+1", "=2*3", "7*6=42", "m" * 201)
NEW_HOST = "plausible-new-host"


@dataclass(frozen=True)
class Plant:
    """One false statement."""

    kind: str
    key: Key
    usd: float | None
    """False input price; None where the key itself is false."""


@dataclass(frozen=True)
class Planted:
    """A week with false data."""

    week: Week
    plants: list[Plant]


def plant_week(week: Week, before: Tables) -> Planted:
    """Plant every kind in a week; `before` are the tables of the run before it."""
    rows: Rows = {}
    for record in map(json.loads, week.lines[SOURCE]):
        rows.setdefault((record.get("provider_key"), record["model_key"]), []).append(record)
    offers = before["offers"]
    own = offers[(offers["price_source_id"] == SOURCE) & offers["eligible"] & offers["operator_known"]]
    own = own.assign(key=list(zip(own["provider_id"], own["provider_model_key"], strict=True)))
    own = own[own["key"].isin([key for key in rows if input_price(rows[key])])]
    own = own.iloc[own["offer_id"].map(lambda name: digest(week.day, name)).argsort(kind="stable")]
    sellers = own.groupby("model_id")["operator_id"].transform("nunique")
    price = own["blended_3to1_usd_per_mtok"]
    is_usual = price <= 1.2 * price.groupby(own["model_id"]).transform("median")
    crowded, first = own[(sellers >= 4) & is_usual & ~own["is_first_party"]], own[own["is_first_party"]]
    size = own.groupby("provider_id")["offer_id"].transform("size")
    scaled = own.loc[(size >= 5) & (size <= 25), "provider_id"].drop_duplicates().head(2).tolist()
    crowded, first = (part[~part["provider_id"].isin(scaled)]["key"].tolist() for part in (crowded, first))
    plants = [
        *change_prices(rows, crowded[:PER_KIND], "a fifth of its price", Decimal("0.2")),
        *change_prices(rows, first[:PER_KIND], "a developer's own price down by 40%", Decimal("0.6")),
        *(
            plant
            for name, factor in zip(scaled, (Decimal("0.7"), Decimal("0.9")), strict=False)
            for plant in change_prices(
                rows, own.loc[own["provider_id"] == name, "key"].tolist(), "a provider scaled by a factor", factor
            )
        ),
        *copy_rows(rows, crowded[PER_KIND : 2 * PER_KIND], "a new offer far below the median", resell(crowded), "0.2"),
        *copy_rows(rows, crowded[2 * PER_KIND : 3 * PER_KIND], "a new operator at half price", to_new_host, "0.5"),
        *copy_rows(rows, crowded[:PER_KIND], "an invented model", rename(INVENTED), "0.5"),
        *copy_rows(rows, crowded[:PER_KIND], "a formula or an overlong key", rename(HOSTILE), "0.5"),
    ]
    lines = [json.dumps(record).encode() for found in rows.values() for record in found]
    return Planted(Week(week.day, {**week.lines, SOURCE: lines}), plants)


def digest(*parts: str) -> str:
    """A reproducible order that has nothing to do with what is ordered."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def input_price(records: Iterable[Record]) -> Decimal | None:
    """The printed input price of a key; None where it has none above 0."""
    quotes = [quote for record in records for quote in record.get("prices", ()) if quote["use"] == "input"]
    amount = Decimal(quotes[0]["amount"]) if quotes else Decimal(0)
    return amount if amount > 0 else None


def scale_record(record: Record, factor: Decimal) -> Record:
    """A landed record with all prices times a factor."""
    prices = [{**quote, "amount": str(Decimal(quote["amount"]) * factor)} for quote in record.get("prices", ())]
    return {**record, "prices": prices} if prices else record


def change_prices(rows: Rows, keys: Iterable[Key], kind: str, factor: Decimal) -> list[Plant]:
    """Scale the prices of keys in place."""
    plants = []
    for key in keys:
        rows[key] = [scale_record(record, factor) for record in rows[key]]
        plants.append(Plant(kind, key, float(input_price(rows[key]) or 0)))
    return plants


def copy_rows(
    rows: Rows, keys: Iterable[Key], kind: str, move: Callable[[int, Key], Key | None], factor: str
) -> list[Plant]:
    """Copy keys to the key that `move` gives for their position, at their price times a factor."""
    plants = []
    for number, key in enumerate(keys):
        target = move(number, key)
        if target is None or target in rows:
            continue
        provider, name = target
        # A clone names its model by the key alone.
        shared = {"provider_key": provider, "model_key": name, "hugging_face_id": None, "name": None}
        copies = [scale_record(record, Decimal(factor)) | shared for record in rows[key]]
        rows[target] = [{field: value for field, value in copy.items() if value is not None} for copy in copies]
        is_name = name != key[1]
        plants.append(Plant(kind, target, None if is_name else float(input_price(rows[target]) or 0)))
    return plants


def resell(keys: list[Key]) -> Callable[[int, Key], Key | None]:
    """Another listed seller for a key."""
    sellers = list(dict.fromkeys(seller for seller, _ in keys))
    return lambda number, key: next(((s, key[1]) for s in sellers[number:] if (s, key[1]) not in keys), None)


def to_new_host(_number: int, key: Key) -> Key:
    """The same key at an operator that nobody has listed before."""
    return NEW_HOST, key[1]


def rename(names: tuple[str, ...]) -> Callable[[int, Key], Key | None]:
    """False names at the sellers of the keys."""
    return lambda number, key: (key[0], names[number]) if number < len(names) else None


def judge(plants: Iterable[Plant], tables: Tables) -> DataFrame:
    """Each plant with `is_used`: its price may be the best one of a model in pairs, or its name is such a model."""
    offers, models = tables["offers"], tables["models"]
    live = models.loc[models["is_live"] & models["is_text_generating"], "model_id"]
    usable = offers[offers["eligible"] & offers["operator_known"] & ~offers["is_price_outlier"]]
    usable = usable[usable["model_id"].isin(live)]
    prices = usable.groupby(["provider_id", "provider_model_key"])["input_usd_per_mtok"].agg(list).to_dict()
    found = []
    for plant in plants:
        seen = prices.get((plant.key[0] or "-", plant.key[1]), [])
        is_used = bool(seen) if plant.usd is None else any(abs(usd - plant.usd) <= 1e-9 for usd in seen)
        found.append({"kind": plant.kind, "subject": "/".join(map(str, plant.key)), "is_used": is_used})
    return pd.DataFrame(found, columns=["kind", "subject", "is_used"])
