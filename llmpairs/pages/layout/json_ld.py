"""schema.org description of a pair's page."""

from llmpairs.pages.content.pair_schema import PairPage
from llmpairs.pages.content.schema import names_of
from llmpairs.pages.rows import SpecValue
from llmpairs.site.json_ld import DATE_LENGTHS, DescribedModel, DescribedOffer, describe_model, escape_json
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

PRECISIONS = {length: precision for precision, length in DATE_LENGTHS.items()}


def describe_pair(page: PairPage) -> str:
    """The page with both models as JSON-LD, safe inside a script element; unknown values are left out."""
    about = ", ".join(_describe_side(page, at) for at in (0, 1))
    head = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "name": " vs ".join(names_of(page["sides"])),
        "description": page["headline"],
        "dateModified": page["release"]["as_of"],
    }
    return f'{escape_json(head)[:-1]}, "about": [{about}]}}'


def _describe_side(page: PairPage, at: int) -> str:
    side = page["sides"][at]
    specs = {row["field"]: (row["values"][at], row["basis"][at]) for row in page["specs"]}
    released, basis = specs["released_date"]
    model: DescribedModel = {
        "model_id": side["model_id"],
        "slug": side["slug"],
        "display_name": side["display_name"],
        "developer_id": side["developer_id"],
        "released_date": None if released is None else str(released),
        "released_precision": None if released is None else PRECISIONS[len(str(released))],
        "released_basis": basis,
        "license_spdx": None if specs["license_spdx"][0] is None else str(specs["license_spdx"][0]),
        "context_tokens": _number(specs["context_tokens"][0]),
        "parameters_total": _number(specs["parameters_total"][0]),
        "parameters_active": _number(specs["parameters_active"][0]),
        "is_compared": True,
    }
    known = sorted(
        row["capability"]
        for row in page["capabilities"]
        if row["sides"][at]["state"] == "yes" and not row["sides"][at]["is_disputed"]
    )
    return describe_model(model, side["developer"], known, _describe_best(page, at))


def _number(value: SpecValue) -> int | None:
    return value if isinstance(value, int) else None


def _describe_best(page: PairPage, at: int) -> DescribedOffer | None:
    """The best offer of a named operator in the detailed workload, unless a newer price of it is held."""
    side = page["sides"][at]
    best = side["costs"][DETAILED_SCENARIO]["best"]
    if best is None or best["held"] or best["input_usd_per_mtok"] is None or best["output_usd_per_mtok"] is None:
        return None
    return {
        "model_id": side["model_id"],
        "provider_name": best["provider"],
        "input_usd_per_mtok": best["input_usd_per_mtok"],
        "output_usd_per_mtok": best["output_usd_per_mtok"],
    }
