"""schema.org description of a model: only known values that may be passed on."""

import json
from collections.abc import Container, Mapping, Sequence
from typing import TypedDict

from llmpairs.warehouse.control_characters import escape_harmful


class DescribedModel(TypedDict):
    """Columns of `models` that are described, dates as ISO text."""

    model_id: str
    slug: str
    display_name: str
    developer_id: str
    released_date: str | None
    released_precision: str | None
    released_basis: str | None
    license_spdx: str | None
    context_tokens: int | None
    parameters_total: int | None
    parameters_active: int | None
    is_compared: bool


class DescribedOffer(TypedDict):
    """The cheapest eligible offer of a model, prices in USD per 1,000,000 tokens."""

    model_id: str
    provider_name: str
    input_usd_per_mtok: float
    output_usd_per_mtok: float


DATE_LENGTHS = {"day": len("2026-06-08"), "month": len("2026-06"), "year": len("2026")}


def describe_model(
    model: DescribedModel,
    developer: str,
    capabilities: Sequence[str],
    offer: DescribedOffer | None,
    withheld: Container[str] = (),
) -> str:
    """One model as a JSON object on one line, safe inside a <script> element.

    `capabilities` are the known ones; `withheld` names columns of the model that may not be passed on. Unknown values
    are left out.
    """
    known = {name: value for name, value in model.items() if value is not None and name not in withheld}
    spdx = model["license_spdx"] if "license_spdx" in known else None
    description = {
        "@type": ["Product", "SoftwareApplication"],
        "name": model["display_name"],
        "identifier": model["model_id"],
        "author": {"@type": "Organization", "name": developer},
        "datePublished": format_release_date(known),
        "license": f"https://spdx.org/licenses/{spdx}.html" if spdx and not spdx.startswith("LicenseRef-") else None,
        "featureList": list(capabilities),
        "additionalProperty": [
            {"@type": "PropertyValue", "name": name, "value": known[name]}
            for name in ("context_tokens", "parameters_total", "parameters_active")
            if name in known
        ],
        "offers": _describe_offer(offer) if offer else None,
    }
    return escape_json({name: value for name, value in description.items() if value})


def format_release_date(known: Mapping[str, object]) -> str | None:
    """The declared release date in its precision."""
    if "released_date" not in known or known.get("released_basis") != "declared":
        return None
    return str(known["released_date"])[: DATE_LENGTHS[str(known.get("released_precision", "year"))]]


def _describe_offer(offer: DescribedOffer) -> dict[str, object]:
    prices = [
        {
            "@type": "UnitPriceSpecification",
            "price": price,
            "priceCurrency": "USD",
            "referenceQuantity": {"@type": "QuantitativeValue", "value": 1_000_000, "unitText": f"{side} tokens"},
        }
        for side, price in (("input", offer["input_usd_per_mtok"]), ("output", offer["output_usd_per_mtok"]))
    ]
    seller = {"@type": "Organization", "name": offer["provider_name"]}
    return {"@type": "Offer", "seller": seller, "priceSpecification": prices}


def escape_json(value: Mapping[str, object]) -> str:
    """JSON that cannot end a script element and has no invisible characters."""
    return escape_script(json.dumps(value, ensure_ascii=False))


def escape_script(text: str) -> str:
    """JSON of the same value that cannot end a script element and has no invisible characters."""
    return escape_harmful(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
