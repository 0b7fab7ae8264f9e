"""The index of the site: a chooser of two models, all models to filter and sort, a plot, and the whole comparisons."""

from collections.abc import Iterable, Sequence
from typing import TypedDict

from llmpairs.pages.content.figures import find_general_quality
from llmpairs.pages.content.schema import Profile, ReleaseTime, Side
from llmpairs.render.html import environment
from llmpairs.render.labels import CAPABILITY_LABELS, UNKNOWN, format_blended, format_date, format_tokens

SHOWN_PAIRS = 40


class ExplorerRow(TypedDict):
    """A model in the table; `numbers` are quality, best price, list price, context and offers as text."""

    name: str
    slug: str
    developer: str
    kind: str
    capabilities: str
    """A letter for each of CAPABILITY_LABELS: y where it is known to be supported, else a dash."""
    numbers: list[str]
    inputs: str
    licence: str


def render_index(
    release: ReleaseTime,
    models: Sequence[Profile],
    pairs: Sequence[tuple[Profile, Profile]],
    canonical: str,
    dataset: str,
) -> str:
    """The index: every model, most offered first, and the pairs that have a whole page.

    `models` are profiles, `pairs` the profiles of both sides, `dataset` the JSON-LD of the site. The data of the
    chooser is part of the page.
    """
    ordered = sorted(models, key=lambda model: (-model["offer_count"], model["model_id"]))
    rows = [describe_row(model) for model in ordered]
    compared = [model for model in ordered if model["is_live"] and model["is_text_generating"]]
    position = {model["model_id"]: number for number, model in enumerate(compared)}
    data = {
        "models": [[model["model_id"], model["display_name"], model["slug"]] for model in compared],
        "pairs": [[position[left["model_id"]], position[right["model_id"]]] for left, right in pairs],
    }
    shown = [
        {"title": f"{left['display_name']} vs {right['display_name']}", "slug": f"{left['slug']}-vs-{right['slug']}"}
        for left, right in sorted(pairs, key=sort_by_offers)[:SHOWN_PAIRS]
    ]
    return environment().get_template("index.html").render(
        when=f"Last updated {format_date(release['as_of'])}", rows=rows, data=data, shown=shown, pairs=len(pairs),
        canonical=canonical, dataset=dataset, capabilities=list(CAPABILITY_LABELS.values()), **list_choices(rows),
    )  # fmt: skip


def describe_row(model: Profile) -> ExplorerRow:
    """The row of one model."""
    quality, context = find_general_quality(model), model["specs"]["context_tokens"]["value"]
    estimated = " est." if quality and quality["basis"] == "estimated" else ""
    inputs, licence = model["specs"]["input_modalities"]["value"], model["specs"]["license_class"]["value"]
    return {
        "name": model["display_name"],
        "slug": model["slug"],
        "developer": model["developer"],
        "kind": model["kind"],
        "capabilities": "".join(
            "y" if model["capabilities"][name]["state"] == "yes" else "-" for name in CAPABILITY_LABELS
        ),
        "numbers": [
            f"{quality['index']:.0f}{estimated}" if quality else UNKNOWN,
            format_blended(model["best_blended_usd_per_mtok"]),
            format_blended(model["list_price"]["blended_3to1_usd_per_mtok"]),
            format_tokens(context if isinstance(context, int) else None),
            str(model["offer_count"]),
        ],
        "inputs": ", ".join(inputs) if isinstance(inputs, list) else UNKNOWN,
        "licence": str(licence or UNKNOWN),
    }


def list_choices(rows: Iterable[ExplorerRow]) -> dict[str, list[str]]:
    """Values of the filters, each in alphabetical order."""
    found = list(rows)
    return {
        "developers": sorted({row["developer"] for row in found}, key=str.casefold),
        "inputs": sorted({name for row in found for name in row["inputs"].split(", ")}),
        "licences": sorted({row["licence"] for row in found}),
        "kinds": sorted({row["kind"] for row in found}),
    }


def sort_by_offers(pair: tuple[Side, Side]) -> tuple[int, int, str, str]:
    """Order of pairs: by the offers of the less offered side."""
    counts = sorted(model["offer_count"] for model in pair)
    return -counts[0], -counts[1], pair[0]["model_id"], pair[1]["model_id"]
