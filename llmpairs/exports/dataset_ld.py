"""A release as a dataset in JSON-LD: one node that is a schema.org Dataset and a DCAT 3 Dataset."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from llmpairs.exports.descriptor import own_licence
from llmpairs.exports.feeds import ATOM, CALENDAR, JSON_FEED
from llmpairs.pages.content.schema import ReleaseTime
from llmpairs.warehouse.query import fetch_rows

if TYPE_CHECKING:
    import duckdb

DATASET = "dataset.jsonld"
CONTEXT = {
    "@vocab": "https://schema.org/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "dcat:downloadURL": {"@type": "@id"},
    "dct:license": {"@type": "@id"},
    "dct:source": {"@type": "@id"},
}
DESCRIPTION = (
    "Public model cards and prices of large language models, and one comparison record for every pair of models. "
    "What llmpairs computes is under the licence named; values of sources remain under the terms of each."
)


@dataclass(frozen=True, kw_only=True)
class Download:
    """A file of the dataset."""

    path: str
    media_type: str


SITE_DOWNLOADS = (
    Download(path="api/v1/index.json", media_type="application/json"),
    Download(path=ATOM, media_type="application/atom+xml"),
    Download(path=JSON_FEED, media_type="application/feed+json"),
    Download(path=CALENDAR, media_type="text/calendar"),
)
SOURCES = """
    SELECT title, homepage AS path FROM sources
    WHERE run_id = $1 AND redistributable IS DISTINCT FROM false ORDER BY source_id
"""


class NamedSource(TypedDict):
    """A source: its title and its page for people."""

    title: str
    path: str


def describe_dataset(
    release: ReleaseTime, sources: Sequence[NamedSource], downloads: Iterable[Download], base_url: str = ""
) -> dict[str, object]:
    """The description; `sources` are those whose values are in it. Without a base address, addresses are relative."""
    base = f"{base_url.rstrip('/')}/" if base_url else ""
    distribution = [_describe_download(f"{base}{each.path}", each.media_type) for each in downloads]
    title = f"llmpairs, release {release['run_id']}"
    return {
        "@context": CONTEXT,
        "@id": f"{base}{DATASET}",
        "@type": ["Dataset", "dcat:Dataset"],
        **_both("name", "dct:title", title),
        **_both("description", "dct:description", DESCRIPTION),
        **_both("version", "dcat:version", release["run_id"]),
        **_both("dateModified", "dct:modified", release["as_of"]),
        **_both("license", "dct:license", own_licence()["path"]),
        **_both("keywords", "dcat:keyword", ["large language models", "prices", "benchmarks"]),
        "isAccessibleForFree": True,
        "isBasedOn": [{"@type": "CreativeWork", "name": each["title"], "url": each["path"]} for each in sources],
        "dct:source": sorted({each["path"] for each in sources}),
        "distribution": distribution,
        "dcat:distribution": [{"@id": each["@id"]} for each in distribution],
    }


def describe_site(con: "duckdb.DuckDBPyConnection", release: ReleaseTime, base_url: str) -> dict[str, object]:
    """The description of a static site: its files for programs, and the sources that may be passed on."""
    sources: list[NamedSource] = fetch_rows(con, SOURCES, [release["run_id"]])
    return describe_dataset(release, sources, SITE_DOWNLOADS, base_url)


def _both(schema_org: str, dcat: str, value: str | Sequence[str]) -> dict[str, str | Sequence[str]]:
    return {schema_org: value, dcat: value}


def _describe_download(address: str, media_type: str) -> dict[str, object]:
    return {
        "@id": address,
        "@type": ["DataDownload", "dcat:Distribution"],
        **_both("contentUrl", "dcat:downloadURL", address),
        **_both("encodingFormat", "dcat:mediaType", media_type),
    }
