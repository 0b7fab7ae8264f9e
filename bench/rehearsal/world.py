"""The pages of the loopback internet, from recorded captures and samples, with ETags and compression."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from bench.rehearsal.faults import Answer, Fault, pack, set_encoding
from llmpairs.spiders.archive import Archive
from llmpairs.spiders.crawling.causes import PageError
from llmpairs.spiders.registry import SOURCES
from llmpairs.spiders.samples import build_frozen_archive

ROBOTS = Answer(status=200, headers=(("Content-Type", "text/plain"),), body=b"User-agent: *\nAllow: /\n")
NOT_FOUND = Answer(status=404, body=b"no such page")
MIN_PACKED_BYTES = 256


@dataclass
class World:
    """What each host answers, and what it was asked."""

    archive: Archive
    faults: Mapping[str, Fault] = field(default_factory=dict)
    """Fault by source."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Key by source: a source that needs one answers only to it."""
    everywhere: Fault | None = None
    asked: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Answers by address and status."""
    violations: list[str] = field(default_factory=list)
    """Requests that must never be made: plain http, another port, a key at another origin."""

    def fault_of_host(self, host: str) -> Fault | None:
        """The fault of a host as a whole."""
        if self.everywhere is not None:
            return self.everywhere
        found = (fault for source, fault in self.faults.items() if host in list_hosts(source))
        return next((fault for fault in found if fault.change is None), None)

    def answer(self, url: str, headers: Mapping[str, str]) -> Answer:
        """The answer to a GET request, the fault of its source included."""
        if urlsplit(url).path == "/robots.txt":
            fault = self.fault_of_host(urlsplit(url).netloc)
            return fault.robots if fault and fault.robots else ROBOTS
        source = next((each.id for each in SOURCES.values() if each.page_at(url)), None)
        self._check_key(source, url, headers)
        answer = self._find_page(source, url, headers)
        fault = self.faults.get(source or "")
        if fault is not None and answer.status == 200:
            if fault.repeats_key:
                answer = repeat_key(answer, self.keys[source or ""])
            elif fault.change is not None:
                number = 1 + sum(count for (asked, _), count in self.asked.items() if asked == url)
                return fault.change(answer, number)
        return compress(answer, headers)

    def _find_page(self, source: str | None, url: str, headers: Mapping[str, str]) -> Answer:
        if source is not None and source in self.keys and self.keys[source] not in " ".join(headers.values()):
            return Answer(status=401)
        try:
            capture, late = self.archive.find("GET", url, b"", as_of=datetime.now(UTC), accepts_late=True)
            page = self.archive.read(capture, late)
        except PageError:
            return NOT_FOUND
        kept = tuple(pair for pair in page.headers if pair[0].lower() in ("content-type", "content-encoding"))
        return Answer(status=page.status, headers=kept, body=page.body)

    def _check_key(self, source: str | None, url: str, headers: Mapping[str, str]) -> None:
        sent = " ".join(headers.values())
        others = [owner for owner, key in self.keys.items() if owner != source and key in sent]
        self.violations += [f"key of {owner} at {url}" for owner in others]


def list_hosts(source: str) -> set[str]:
    """The hosts of a source's pages."""
    return {urlsplit(url).netloc for url in SOURCES[source].urls.values()}


def repeat_key(answer: Answer, key: str) -> Answer:
    """The answer with the key in a header and in its JSON object."""
    body = answer.body.replace(b"{", f'{{"echo": "Bearer {key}", '.encode(), 1)
    return Answer(status=200, headers=(*answer.headers, ("X-Echo", f"Bearer {key}")), body=body)


def compress(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """The answer with an ETag, as 304 where the request names it, else packed in an encoding that the client takes."""
    if answer.status != 200:
        return answer
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:16]}"'
    if headers.get("if-none-match") == tag:
        return Answer(status=304, headers=(("ETag", tag),))
    tagged = Answer(status=200, headers=(*answer.headers, ("ETag", tag)), body=answer.body)
    is_packed = any(name.lower() == "content-encoding" for name, _ in answer.headers)
    if is_packed or len(answer.body) < MIN_PACKED_BYTES:
        return tagged
    encodings = [name for name in ("br", "zstd", "gzip") if name in headers.get("accept-encoding", "")]
    if not encodings:
        return tagged
    encoding = encodings[len(answer.body) % len(encodings)]
    packed = set_encoding(tagged, encoding, pack(encoding, answer.body))
    return Answer(status=200, headers=(*packed.headers, ("ETag", tag)), body=packed.body)


def open_pages(folder: Path, captures: Path | None) -> Archive:
    """The recorded captures, where they are given, and the samples of the sources that have none."""
    as_of = datetime(2026, 5, 15, tzinfo=UTC)
    samples = build_frozen_archive(folder / "samples", run_id="20260515T000000Z", as_of=as_of)
    recorded = [captures / "nights" / "2026-05-18.warc.gz", captures / "reference.warc.gz"] if captures else []
    return Archive([*recorded, samples])
