"""Static site of a release: index, any pair in the browser, models, providers, changes, whole pages of chosen pairs."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from llmpairs.exports.dataset_ld import DATASET, describe_site
from llmpairs.exports.feeds import write_feeds
from llmpairs.exports.terms import withhold_indexes
from llmpairs.pages.content.schema import Side
from llmpairs.pages.layout.model import lay_out_model
from llmpairs.pages.layout.pair import Links, lay_out_pair, pair_key
from llmpairs.pages.queries import Selection, build_model_pages, build_pair_pages, select_models
from llmpairs.progress import Progress
from llmpairs.render.document import Document
from llmpairs.render.html import environment, render_html
from llmpairs.render.labels import format_date
from llmpairs.site.api import Former, build_phrases, list_api_files
from llmpairs.site.changes_page import lay_out_changes
from llmpairs.site.explorer import render_index
from llmpairs.site.json_ld import escape_json
from llmpairs.site.metadata import slug_of
from llmpairs.site.provider_pages import lay_out_providers
from llmpairs.warehouse.control_characters import show_harmful

if TYPE_CHECKING:
    import duckdb

ASSETS = ("style.css", "chooser.js", "compare.js", "calculator.js")
COMPARE = "compare/index.html"
"""Shows any pair by its address, so it is no page of its own for a search engine."""
MANIFEST = "site.json"
"""Lists every file of the last export, so that the next one can delete files that it no longer has."""


@dataclass(frozen=True)
class Site:
    """Folder, address and options of a static site."""

    out: Path
    base_url: str
    include_restricted: bool = False
    """Whether to show values of sources whose terms forbid passing them on."""

    def canonical(self, name: str) -> str:
        """Full address of a page; empty without a base address."""
        return f"{self.base_url.rstrip('/')}/{name}" if self.base_url else ""

    def write(self, name: str, text: str) -> str:
        """Write one file; returns its name."""
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(show_harmful(text), encoding="utf-8")
        return name


@dataclass(frozen=True)
class SiteContext:
    """What every page of the site needs."""

    con: "duckdb.DuckDBPyConnection"
    site: Site
    selection: Selection
    links: Links
    """Addresses of all pages, relative to the folder of a page."""
    progress: Progress

    def write_page(self, name: str, document: Document, *, noindex: bool = False) -> str:
        """Write a document as a page; returns its name."""
        up = "../" * name.count("/")
        options = {"home": f"{up}index.html", "style_href": f"{up}style.css", "canonical": self.site.canonical(name)}
        return self.site.write(name, render_html(document, noindex=noindex, **options))


def write_site(
    con: "duckdb.DuckDBPyConnection", run_id: str, pairs: Sequence[tuple[str, str]], site: Site, progress: Progress
) -> dict[str, int]:
    """Write the site of a release with the pages of those pairs; returns the numbers of pages.

    Sources whose values may not be passed on are named. ValueError where the folder contains files of no export.
    """
    old = read_manifest(site.out)
    if not site.include_restricted:
        withhold_indexes(con)
    with progress.stage("read the release"):
        every_id = [str(row[0]) for row in con.execute("SELECT model_id FROM models ORDER BY model_id").fetchall()]
        selection = select_models(con, run_id, every_id, include_restricted=site.include_restricted)
    ordered = sorted({tuple(sorted(pair, key=str.encode)) for pair in pairs})
    former = read_former_slugs(con)
    context = SiteContext(con, site, selection, link_pages(selection, ordered), progress)
    written = [site.write(name, environment().get_template(name).render()) for name in ASSETS]
    with progress.stage("write the files of every pair"):
        written += [site.write(*file) for file in list_api_files(con, selection, former, ordered)]
    with progress.stage(f"write {len(ordered):,} pairs"):
        written += write_pairs(context, ordered)
    with progress.stage(f"write {len(every_id):,} models"):
        written += _write_models(context)
    with progress.stage("write the index, providers and changes"):
        written += _write_overviews(context, run_id, ordered)
    if site.base_url:
        listed = [name for name in written if name.endswith(".html") and name != COMPARE]
        written.append(site.write("sitemap.xml", render_site_map([site.canonical(name) for name in listed])))
    redirects = list(write_redirects(former, selection, ordered, site))
    for name in sorted(old - {*written, *redirects}):
        (site.out / name).unlink(missing_ok=True)
    manifest = {"made_from": describe_inputs(run_id, pairs, site), "files": sorted([*written, *redirects])}
    site.write(MANIFEST, json.dumps(manifest, indent=0) + "\n")
    return {"models": len(every_id), "pairs": len(ordered)}


def _write_overviews(context: SiteContext, run_id: str, pairs: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Write the pages that are about many models."""
    site, profiles, release = context.site, context.selection.profiles, context.selection.context.release
    sides = [(profiles[left], profiles[right]) for left, right in pairs]
    dataset = escape_json(describe_site(context.con, release, site.base_url))
    canonical = site.canonical("index.html")
    yield site.write("index.html", render_index(release, list(profiles.values()), sides, canonical, dataset))
    yield site.write(DATASET, f"{dataset}\n")
    phrases = build_phrases(context.selection.context.scenarios)
    when = f"Last updated {format_date(release['as_of'])}"
    yield site.write(COMPARE, environment().get_template("compare.html").render(phrases=phrases, when=when))
    yield from write_feeds(context.con, site.out, site.base_url, include_restricted=site.include_restricted)
    yield context.write_page("changes.html", lay_out_changes(context.con, run_id, release["as_of"]))
    for name, document in lay_out_providers(context.con, release["as_of"]):
        yield context.write_page(f"providers/{name}", document)


def read_former_slugs(con: "duckdb.DuckDBPyConnection") -> Former:
    """Former slugs of each model that was renamed or merged, by model_id."""
    former: dict[str, list[str]] = defaultdict(list)
    for old, new in con.execute("SELECT old_model_id, model_id FROM model_redirects ORDER BY ALL").fetchall():
        former[new].append(slug_of(old))
    return former


def describe_inputs(run_id: str, pairs: Sequence[tuple[str, str]], site: Site) -> str:
    """What an export is made from, as a digest: equal for the same release, pairs and options."""
    inputs = [run_id, sorted(sorted(pair) for pair in pairs), site.base_url, site.include_restricted]
    return sha256(json.dumps(inputs).encode()).hexdigest()


def is_written(run_id: str, pairs: Sequence[tuple[str, str]], site: Site) -> bool:
    """Whether the folder holds this export, complete."""
    manifest = site.out / MANIFEST
    if not manifest.is_file():
        return False
    found = json.loads(manifest.read_text(encoding="utf-8"))
    is_same = found.get("made_from") == describe_inputs(run_id, pairs, site)
    return is_same and all((site.out / name).is_file() for name in found["files"])


def read_manifest(out: Path) -> set[str]:
    """Files of the last export into a folder; ValueError where it contains something else."""
    if not out.exists() or not any(out.iterdir()):
        return set()
    manifest = out / MANIFEST
    if not manifest.is_file():
        raise ValueError(f"{out} is not empty and holds no exported site; choose another folder")
    names = {str(name) for name in json.loads(manifest.read_text(encoding="utf-8"))["files"]}
    outside = sorted(name for name in names if not (out / name).resolve().is_relative_to(out.resolve()))
    if outside:
        raise ValueError(f"{manifest} names {outside[0]!r}, which is not in the folder; choose another folder")
    return names


def choose_pairs(ids: Iterable[str]) -> list[tuple[str, str]]:
    """Every pair of some models."""
    return list(combinations(ids, 2))


def link_pages(selection: Selection, pairs: Iterable[tuple[str, ...]]) -> Links:
    """Addresses of all pages, relative to the folder of another page."""
    links = {id_: f"../models/{profile['slug']}.html" for id_, profile in selection.profiles.items()}
    for left, right in pairs:
        slug = _pair_slug(selection.profiles[left], selection.profiles[right])
        links[pair_key(left, right)] = f"../pairs/{slug}.html"
    return links


def write_pairs(context: SiteContext, pairs: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Write one page for each pair; it proposes only pairs of models that are selected too."""
    selection = context.selection
    compared = set(selection.compared)
    models = [model for model in selection.context.models if model["model_id"] in compared]
    near = replace(selection, context=replace(selection.context, models=models))
    pages = build_pair_pages(context.con, near, [(left, right) for left, right in pairs])
    for number, page in enumerate(pages, 1):
        name = f"pairs/{_pair_slug(*page['sides'])}.html"
        document = lay_out_pair(page, context.links)
        yield context.write_page(name, document, noindex=not page["record"]["indexable"])
        context.progress.update(f"pair {number:,} of {len(pairs):,}")


def _write_models(context: SiteContext) -> Iterator[str]:
    for number, page in enumerate(build_model_pages(context.selection), 1):
        name = f"models/{page['model']['slug']}.html"
        document = lay_out_model(page, context.links)
        yield context.write_page(name, document)
        context.progress.update(f"model {number:,} of {len(context.selection.profiles):,}")


def write_redirects(
    former: Former, selection: Selection, pairs: Iterable[tuple[str, ...]], site: Site
) -> Iterator[str]:
    """Write redirects: of models from former slugs, of pairs from former slugs and swapped sides."""
    for id_, profile in selection.profiles.items():
        name = f"{profile['slug']}.html"
        for slug in former.get(id_, ()):
            page = _render_redirect(profile["display_name"], name, site.canonical(f"models/{name}"))
            yield site.write(f"models/{slug}.html", page)
    for left, right in pairs:
        sides = selection.profiles[left], selection.profiles[right]
        title, name = f"{sides[0]['display_name']} vs {sides[1]['display_name']}", f"{_pair_slug(*sides)}.html"
        page = _render_redirect(title, name, site.canonical(f"pairs/{name}"))
        slugs = [[side["slug"], *former.get(side["model_id"], ())] for side in sides]
        for first, second in product(*slugs):
            for stem in (f"{second}-vs-{first}", f"{first}-vs-{second}"):
                if f"{stem}.html" != name:
                    yield site.write(f"pairs/{stem}.html", page)


def _pair_slug(left: Side, right: Side) -> str:
    return f"{left['slug']}-vs-{right['slug']}"


def _render_redirect(title: str, target: str, canonical: str) -> str:
    template = environment().get_template("redirect.html")
    return template.render(title=title, target=target, canonical=canonical or target)


def render_site_map(addresses: Sequence[str]) -> str:
    """Site map of indexable pages, in the format of sitemaps.org."""
    rows = "".join(f"<url><loc>{escape(address)}</loc></url>\n" for address in addresses)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
    )
