"""A model in schema.org's words: what is established and may be passed on, and nothing else."""

import json
from collections.abc import Container, Mapping, Sequence
from typing import Any

from llmpairs.warehouse.control_characters import escape_harmful

Row = Mapping[str, Any]
DATE_LENGTHS = {"day": len("2026-06-08"), "month": len("2026-06"), "year": len("2026")}


def describe_model(
    model: Row,
    developer: str,
    capabilities: Sequence[str],
    offer: Row | None,
    withheld: Container[str] = (),
) -> str:
    """One model as a JSON object on one line, safe within a page's <script>.

    `model` is a row of `models` with its days as ISO text, `capabilities` are the established ones, `offer` is the
    cheapest route with `provider_name` and its prices; `withheld` names the columns of the model that may not be
    passed on. What is unknown is left out.
    """
    known = {name: value for name, value in model.items() if value is not None and name not in withheld}
    said = {
        "@type": ["Product", "SoftwareApplication"],
        "name": model["display_name"],
        "identifier": model["model_id"],
        "author": {"@type": "Organization", "name": developer},
        "datePublished": spell_release(known),
        "license": spell_license(known.get("license_spdx")),
        "featureList": list(capabilities),
        "additionalProperty": [
            {"@type": "PropertyValue", "name": name, "value": known[name]}
            for name in ("context_tokens", "parameters_total", "parameters_active")
            if name in known
        ],
        "offers": describe_offer(offer) if offer else None,
    }
    return escape_script(
        json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)
    )


def spell_release(known: Row) -> str | None:
    """The declared release date, as precise as it is."""
    if "released_date" not in known or known.get("released_basis") != "declared":
        return None
    return str(known["released_date"])[: DATE_LENGTHS[known.get("released_precision", "year")]]


def spell_license(spdx: str | None) -> str | None:
    """The address of a licence that SPDX lists."""
    return (
        None if spdx is None or spdx.startswith("LicenseRef-") else f"https://spdx.org/licenses/{spdx}.html"
    )


def describe_offer(offer: Row) -> dict[str, Any]:
    """A route with its prices per million tokens."""
    prices = [
        {
            "@type": "UnitPriceSpecification",
            "price": offer[f"{side}_usd_per_mtok"],
            "priceCurrency": "USD",
            "referenceQuantity": {
                "@type": "QuantitativeValue",
                "value": 1_000_000,
                "unitText": f"{side} tokens",
            },
        }
        for side in ("input", "output")
    ]
    seller = {"@type": "Organization", "name": offer["provider_name"]}
    return {"@type": "Offer", "seller": seller, "priceSpecification": prices}


def escape_script(text: str) -> str:
    """JSON of the same value that ends no script element and hides nothing."""
    return escape_harmful(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
