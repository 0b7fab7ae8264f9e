"""Pages of a static site other than those of pairs and models: index, redirects, site map."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from llmpairs.pages.content.schema import Profile, ReleaseTime, Side
from llmpairs.render.html import environment
from llmpairs.render.labels import format_derived_price, format_tokens

SHOWN_PAIRS = 40


def pair_slug(left: Side, right: Side) -> str:
    """Name of a pair's page."""
    return f"{left['slug']}-vs-{right['slug']}"


def render_index(
    release: ReleaseTime, models: Sequence[Profile], pairs: Sequence[tuple[Side, Side]], canonical: str
) -> str:
    """The index: every model with a search, and the pairs that have a page.

    `models` are profiles, `pairs` the profiles of both sides. The data of the search is part of the page.
    """
    rows = [
        {
            "id": model["model_id"],
            "name": model["display_name"],
            "slug": model["slug"],
            "developer": model["developer"],
            "kind": model["kind"],
            "context": format_tokens(context if isinstance(context, int) else None),
            "price": format_derived_price(model["list_price"]["blended_3to1_usd_per_mtok"]),
            "routes": model["offer_count"],
            "is_compared": model["is_live"] and model["is_text_generating"],
        }
        for model in sorted(models, key=lambda model: (-model["offer_count"], model["model_id"]))
        for context in (model["specs"]["context_tokens"]["value"],)
    ]
    position = {row["id"]: number for number, row in enumerate(row for row in rows if row["is_compared"])}
    data = {
        "models": [[row["id"], row["name"], row["slug"]] for row in rows if row["is_compared"]],
        "pairs": [[position[left["model_id"]], position[right["model_id"]]] for left, right in pairs],
    }
    shown = [
        {"title": f"{left['display_name']} vs {right['display_name']}", "slug": pair_slug(left, right)}
        for left, right in sorted(pairs, key=sort_by_offers)[:SHOWN_PAIRS]
    ]
    return environment().get_template("index.html").render(
        release=release, rows=rows, data=data, shown=shown, pairs=len(pairs), canonical=canonical
    )  # fmt: skip


def sort_by_offers(pair: tuple[Side, Side]) -> tuple[int, int, str, str]:
    """Order of pairs: by the offers of the less offered side."""
    counts = sorted(model["offer_count"] for model in pair)
    return -counts[0], -counts[1], pair[0]["model_id"], pair[1]["model_id"]


def render_redirect(title: str, target: str, canonical: str) -> str:
    """A page that redirects to another address."""
    template = environment().get_template("redirect.html")
    return template.render(title=title, target=target, canonical=canonical or target)


def render_site_map(addresses: Sequence[str]) -> str:
    """Site map of indexable pages, in the format of sitemaps.org."""
    rows = "".join(f"<url><loc>{escape(address)}</loc></url>\n" for address in addresses)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
    )
