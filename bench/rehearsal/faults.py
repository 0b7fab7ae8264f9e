"""The faults of the loopback internet: what each does, and which source has it in the rehearsal."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import brotli  # type: ignore[import-untyped]
from backports import zstd

Phase = Literal["connect", "tls", "headers", "body", "robots"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response of the loopback internet."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    announced_bytes: int | None = None
    """Content-Length, where it is not the length of the body."""
    ends_with: Literal["keep", "close", "reset", "stall"] = "keep"


Change = Callable[[Answer, int], Answer]
"""From the good answer and the number of the request for its address to the answer that is sent."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way in which a host misbehaves."""

    name: str
    change: Change | None = None
    """For faults within HTTP; those of a host as a whole name their phase."""
    stalls_in: Phase | None = None
    refuses: bool = False
    certificate: Literal["good", "untrusted", "other host", "expired"] = "good"
    robots: Answer | None = None
    repeats_key: bool = False
    """Whether headers and body of the answer hold the key of the request."""


def pack(encoding: str, body: bytes) -> bytes:
    """The body in a content encoding."""
    if encoding == "br":
        packed: bytes = brotli.compress(body, quality=1)
        return packed
    return zstd.compress(body, 1) if encoding == "zstd" else gzip.compress(body, 1, mtime=0)


def set_encoding(answer: Answer, encoding: str, body: bytes) -> Answer:
    """The answer with a packed body."""
    kept = tuple(pair for pair in answer.headers if pair[0] not in ("Content-Encoding", "ETag"))
    return replace(answer, headers=(*kept, ("Content-Encoding", encoding)), body=body)


def cut_packed(encoding: str) -> Change:
    """The packed body ends early, and Content-Length agrees with it."""

    def change(answer: Answer, _: int) -> Answer:
        packed = pack(encoding, answer.body)
        return set_encoding(answer, encoding, packed[: len(packed) * 2 // 3])

    return change


def send(status: int, *headers: tuple[str, str], body: bytes = b"") -> Change:
    """Another answer, always."""
    return lambda _, __: Answer(status=status, headers=headers, body=body)


def send_first(times: int, status: int, *headers: tuple[str, str]) -> Change:
    """Another answer to the first requests, then the good one."""
    return lambda answer, number: answer if number > times else Answer(status=status, headers=headers)


def break_off(ends_with: Literal["close", "reset", "stall"]) -> Change:
    """Half of the announced body, then the end."""

    def change(answer: Answer, _: int) -> Answer:
        half = answer.body[: len(answer.body) // 2]
        return replace(answer, body=half, announced_bytes=len(answer.body), ends_with=ends_with)

    return change


BOMB = gzip.compress(bytes(64 << 20), 9, mtime=0)
CHALLENGE = b"<html><title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/x'></script></html>"

FAULTS: Mapping[str, Fault] = {
    "zenmux": Fault(name="host refuses connections", refuses=True),
    "huggingface_router": Fault(name="stall while connecting", stalls_in="connect"),
    "deepinfra": Fault(name="stall in the TLS handshake", stalls_in="tls"),
    "novita": Fault(name="stall before the headers", stalls_in="headers"),
    "chutes": Fault(name="stall within the body", change=break_off("stall")),
    "livebench": Fault(name="stall of robots.txt", stalls_in="robots"),
    "nvidia_nim": Fault(name="connection reset within the body", change=break_off("reset")),
    "vercel_gateway": Fault(name="body shorter than announced", change=break_off("close")),
    "bedrock": Fault(name="gzip body cut short", change=cut_packed("gzip")),
    "cloudflare": Fault(name="br body cut short", change=cut_packed("br")),
    "azure": Fault(name="zstd body cut short", change=cut_packed("zstd")),
    "cerebras": Fault(name="429 with Retry-After 1, then the page", change=send_first(1, 429, ("Retry-After", "1"))),
    "together": Fault(name="429 with Retry-After 3600", change=send(429, ("Retry-After", "3600"))),
    "groq": Fault(name="503, always", change=send(503)),
    "openai": Fault(name="challenge page", change=send(403, ("cf-mitigated", "challenge"), body=CHALLENGE)),
    "mistral": Fault(name="challenge page with status 200", change=send(200, body=CHALLENGE)),
    "fireworks": Fault(
        name="decompression bomb",
        change=send(200, ("Content-Encoding", "gzip"), ("Content-Type", "text/html"), body=BOMB),
    ),
    "deepseek": Fault(
        name="redirect to another host", change=send(301, ("Location", "https://parked.example/pricing"))
    ),
    "anthropic_models": Fault(
        name="redirect to http, with a key", change=send(302, ("Location", "http://api.anthropic.com/v1/models"))
    ),
    "openai_models": Fault(
        name="redirect to another port, with a key", change=send(302, ("Location", "https://api.openai.com:8443/v1"))
    ),
    "xai": Fault(name="answer that repeats the key", repeats_key=True),
    "google_ai_studio": Fault(name="certificate of an unknown authority", certificate="untrusted"),
    "google_ai_studio_models": Fault(name="certificate of another host", certificate="other host"),
    "vertex_ai": Fault(name="expired certificate", certificate="expired"),
    "models_dev": Fault(name="robots.txt answers 503", robots=Answer(status=503)),
    "anthropic": Fault(
        name="Crawl-delay of an hour", robots=Answer(status=200, body=b"User-agent: *\nCrawl-delay: 3600\n")
    ),
}
"""Fault by source: each is played on the hosts of its source, or on its pages where the host has other sources."""

ALL_DEAD = Fault(name="all hosts hang", stalls_in="headers")
