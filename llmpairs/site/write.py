"""A browsable static site of a release: index, a page for every model, pages of chosen pairs."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmpairs.pages.layout.model import lay_out_model
from llmpairs.pages.layout.pair import Links, lay_out_pair, pair_key
from llmpairs.pages.queries import Selection, model_pages_of, pages_of, select_models
from llmpairs.progress import Stages
from llmpairs.render.html import environment, render_html
from llmpairs.site.metadata import slug_of
from llmpairs.site.pages import pair_slug, render_index, render_redirect, render_site_map
from llmpairs.warehouse.control_characters import show_harmful

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]
MANIFEST = "site.json"
"""Names every file of the last export, so that the next one can take away what it no longer has."""


@dataclass(frozen=True)
class Site:
    """Where the site goes, and under which address it will stand."""

    out: Path
    base_url: str

    def canonical(self, name: str) -> str:
        """The full address of a page; empty where no base address is given."""
        return f"{self.base_url.rstrip('/')}/{name}" if self.base_url else ""

    def write(self, name: str, text: str) -> str:
        """One file; returns its name."""
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(show_harmful(text), encoding="utf-8")
        return name


def export_site(
    con: "duckdb.DuckDBPyConnection",
    run_id: str,
    pairs: Sequence[tuple[str, str]],
    site: Site,
    stages: Stages,
    *,
    include_restricted: bool = False,
) -> dict[str, int]:
    """Writes the site of a release with the pages of those pairs; returns the numbers of pages.

    What may not be passed on is named, and shown only where `include_restricted`.

    ValueError where the folder holds files that no export wrote.
    """
    old = read_manifest(site.out)
    with stages.stage("read the release"):
        everything = [
            str(row[0]) for row in con.execute("SELECT model_id FROM models ORDER BY model_id").fetchall()
        ]
        ids = sorted({id_ for pair in pairs for id_ in pair}, key=str.encode)
        chosen = select_models(con, run_id, everything, ids, include_restricted=include_restricted)
    ordered = sorted({tuple(sorted(pair, key=str.encode)) for pair in pairs})
    links = link_pages(chosen, ordered)
    written = [site.write("style.css", environment().get_template("style.css").render())]
    with stages.stage(f"write {len(ordered):,} pairs"):
        written += write_pairs(con, chosen, ordered, links, site, stages)
    with stages.stage(f"write {len(everything):,} models"):
        written += write_models(con, chosen, links, site, stages)
    sides = [(chosen.profiles[left], chosen.profiles[right]) for left, right in ordered]
    index = render_index(
        chosen.around.release, list(chosen.profiles.values()), sides, site.canonical("index.html")
    )
    written.append(site.write("index.html", index))
    if site.base_url:
        listed = [name for name in written if name.endswith(".html")]
        written.append(site.write("sitemap.xml", render_site_map([site.canonical(name) for name in listed])))
    redirects = list(write_redirects(find_former_slugs(con), chosen, ordered, site))
    for name in sorted(old - {*written, *redirects}):
        (site.out / name).unlink(missing_ok=True)
    site.write(MANIFEST, json.dumps({"files": sorted([*written, *redirects])}, indent=0) + "\n")
    return {"models": len(everything), "pairs": len(ordered)}


def read_manifest(out: Path) -> set[str]:
    """Files of the last export into a folder; ValueError where it holds something else."""
    if not out.exists() or not any(out.iterdir()):
        return set()
    manifest = out / MANIFEST
    if not manifest.is_file():
        raise ValueError(f"{out} is not empty and holds no site of ours; choose another folder")
    names = {str(name) for name in json.loads(manifest.read_text(encoding="utf-8"))["files"]}
    outside = sorted(name for name in names if not (out / name).resolve().is_relative_to(out.resolve()))
    if outside:
        raise ValueError(
            f"{manifest} names {outside[0]!r}, which is not in the folder; choose another folder"
        )
    return names


def choose_pairs(ids: Iterable[str]) -> list[tuple[str, str]]:
    """Every pair of some models."""
    return list(combinations(ids, 2))


def link_pages(chosen: Selection, pairs: Iterable[tuple[str, ...]]) -> Links:
    """Addresses of all pages, as seen from the folder of another page."""
    links = {id_: f"../models/{profile['slug']}.html" for id_, profile in chosen.profiles.items()}
    for left, right in pairs:
        slug = pair_slug(chosen.profiles[left], chosen.profiles[right])
        links[pair_key(left, right)] = f"../pairs/{slug}.html"
    return links


def write_pairs(
    con: "duckdb.DuckDBPyConnection",
    chosen: Selection,
    pairs: Sequence[tuple[str, ...]],
    links: Links,
    site: Site,
    stages: Stages,
) -> Iterator[str]:
    """One page for each pair; it proposes only pairs of models that are chosen too."""
    compared = set(chosen.compared)
    models = [model for model in chosen.around.models if model["model_id"] in compared]
    near = replace(chosen, around=replace(chosen.around, models=models))
    for number, page in enumerate(pages_of(con, near, [(left, right) for left, right in pairs]), 1):
        name = f"pairs/{pair_slug(*page['sides'])}.html"
        around = {"home": "../index.html", "style_href": "../style.css", "canonical": site.canonical(name)}
        document = lay_out_pair(page, links)
        yield site.write(name, render_html(document, noindex=not page["record"]["indexable"], **around))
        stages.detail(f"pair {number:,} of {len(pairs):,}")


def write_models(
    con: "duckdb.DuckDBPyConnection", chosen: Selection, links: Links, site: Site, stages: Stages
) -> Iterator[str]:
    """One page for each model."""
    for number, page in enumerate(model_pages_of(con, chosen), 1):
        name = f"models/{page['model']['slug']}.html"
        around = {"home": "../index.html", "style_href": "../style.css", "canonical": site.canonical(name)}
        yield site.write(name, render_html(lay_out_model(page, links), **around))
        stages.detail(f"model {number:,} of {len(chosen.profiles):,}")


def find_former_slugs(con: "duckdb.DuckDBPyConnection") -> dict[str, list[str]]:
    """Slugs that readers may still hold, by the model that they lead to."""
    former: dict[str, list[str]] = defaultdict(list)
    for old, new in con.execute("SELECT old_model_id, model_id FROM model_redirects ORDER BY ALL").fetchall():
        former[new].append(slug_of(old))
    return former


def write_redirects(
    former: Mapping[str, Sequence[str]], chosen: Selection, pairs: Iterable[tuple[str, ...]], site: Site
) -> Iterator[str]:
    """Pages that lead on: of models by their former slugs, of pairs by those and with the sides the other way round."""
    for id_, profile in chosen.profiles.items():
        name = f"{profile['slug']}.html"
        for slug in former.get(id_, ()):
            leading = render_redirect(profile["display_name"], name, site.canonical(f"models/{name}"))
            yield site.write(f"models/{slug}.html", leading)
    for left, right in pairs:
        sides = chosen.profiles[left], chosen.profiles[right]
        title, name, address = redirect_to(*sides, site)
        slugs = [[side["slug"], *former.get(side["model_id"], ())] for side in sides]
        for first, second in product(*slugs):
            for stem in (f"{second}-vs-{first}", f"{first}-vs-{second}"):
                if f"{stem}.html" != name:
                    yield site.write(f"pairs/{stem}.html", render_redirect(title, name, address))


def redirect_to(left: Row, right: Row, site: Site) -> tuple[str, str, str]:
    """Title, relative and full address of a pair's page."""
    slug = pair_slug(left, right)
    title = f"{left['display_name']} vs {right['display_name']}"
    return title, f"{slug}.html", site.canonical(f"pairs/{slug}.html")
