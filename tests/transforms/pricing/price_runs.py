"""Prices of offers over consecutive runs."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.pricing.candidates import check_candidates
from llmpairs.transforms.pricing.price_holds import publish_prices
from llmpairs.warehouse.convert import empty_frame
from tests.transforms.frames import AS_OF, run_context

MODEL = "openai/gpt-oss-120b"
NONE = float("nan")
OFFERS = empty_frame("offers").columns
NOTHING_DECIDED = DataFrame(columns=["subject_id", "field", "value"], dtype="str")


def candidates(*rows: dict[str, Any]) -> DataFrame:
    """Candidates of one model; defaults are those of a metered direct offer in models.dev."""
    full = [
        {
            "row_id": number, "offer_id": f"p{number}", "model_id": MODEL, "provider_id": "p",
            "route_kind": "direct", "service_tier": "standard", "source_id": "models_dev", "lineage": "models_dev",
            "basis": "declared", "authority": 3, "expired": False, "capture_id": "c", "captured_at": AS_OF,
            "locator": "/", "model_key": "k", "cache_read_usd_per_mtok": None, "cache_write_usd_per_mtok": None,
            "price_tiers": None, "price_kind": "metered", "price_missing_reason": None, "currency": "USD",
            "printed": "", "printed_tiers": None, "operator_id": row.get("provider_id", "p"), "route_tag": "-",
            "region": None, "quantization": None, "discount": None, "is_stale": False, **row,
        }
        for number, row in enumerate(rows)
    ]  # fmt: skip
    frame = DataFrame(full)
    for name in [name for name in full[0] if name.endswith("_usd_per_mtok")]:
        frame[name] = frame[name].astype("float64")
    texts = ("price_missing_reason", "region", "quantization", "discount", "model_id")
    return frame.astype(dict.fromkeys(texts, "str"))


def price(input_: float, output: float, **more: Any) -> dict[str, Any]:
    """A row with both prices."""
    return {"input_usd_per_mtok": input_, "output_usd_per_mtok": output, **more}


def metered(name: str, input_: float, output: float, **more: Any) -> dict[str, Any]:
    """A metered offer by its name."""
    return price(input_, output, offer_id=name, **more)


def free(name: str) -> dict[str, Any]:
    """An offer with printed zeros that are not stated to be free."""
    return price(NONE, NONE, offer_id=name, price_kind="unknown", price_missing_reason="zero_of_unknown_kind")


def one_sided(name: str, input_: float) -> dict[str, Any]:
    """An offer with a price on one side and a zero on the other."""
    return price(input_, NONE, offer_id=name, price_missing_reason="one_side_missing")


@dataclass
class PriceRuns:
    """Published prices of consecutive runs, each built on the one before."""

    text_models: tuple[str, ...] = (MODEL,)
    offers: DataFrame = field(default_factory=lambda: empty_frame("offers"))
    holds: DataFrame = field(default_factory=lambda: empty_frame("holds"))
    decisions: DataFrame = field(default_factory=DataFrame)
    decided: DataFrame = field(default_factory=lambda: NOTHING_DECIDED)
    number: int = 0

    def add(self, *rows: dict[str, Any]) -> DataFrame:
        """Add a run; returns its published prices by offer_id."""
        as_of = AS_OF + pd.Timedelta(days=self.number)
        stamps = {"captured_at": as_of, "capture_id": f"c{self.number}"}
        checked = check_candidates(candidates(*({**stamps, **row} for row in rows)), self.text_models)
        context = run_context(
            {"offers": self.offers, "holds": self.holds}, as_of=as_of.to_pydatetime(), decisions=self.decisions
        )
        published = publish_prices(checked, self.decided, context)
        stamped = published.prices.rename(
            columns={
                "source_id": "price_source_id",
                "capture_id": "price_capture_id",
                "captured_at": "price_observed_at",
            }
        )
        self.offers = stamped.reindex(columns=OFFERS)
        self.holds = published.holds
        self.number += 1
        return published.prices.set_index("offer_id")

    def decide(self, subject: str, verdict: str) -> None:
        """Decide a hold or an incident, with the candidates that it has now."""
        named = (self.holds["hold_id"] == subject) | (self.holds["incident"] == subject)
        rows = self.holds[named]
        values = dict(zip(rows["hold_id"], rows["candidate_value"], strict=True))
        row = {"kind": "hold", "subject": subject, "verdict": verdict, "decided_by": "ana", "values": values}
        self.decisions = DataFrame([row])
