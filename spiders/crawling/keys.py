"""API keys: a response that repeats the key of its request is stored and parsed without it."""

import base64
import json
from urllib.parse import quote

from scrapy.http import Headers, Response

from llmpairs.spiders.archive.urls import REDACTED
from llmpairs.spiders.crawling.content_encoding import read_encodings, unpack_body

MIN_KEY_LENGTH = 8
"""A shorter text also occurs by chance, and is no key of any source."""


def remove_key(response: Response, key: str | None, max_bytes: int) -> Response:
    """The response with every spelling of the key replaced, unpacked where its body held one.

    CutShortError or TooLargeError where the body cannot be unpacked: whether it holds the key is unknown, so that it
    is not stored.
    """
    if key is None or len(key) < MIN_KEY_LENGTH:
        return response
    spellings = list_spellings(key)
    headers = Headers(
        {name: [replace_all(value, spellings) for value in values] for name, values in response.headers.items()}
    )
    body = unpack_body(response.body, read_encodings(response), max_bytes)
    clean = replace_all(body, spellings)
    if clean == body:
        return response.replace(headers=headers)
    for name in ("Content-Encoding", "ETag", "Last-Modified"):
        headers.pop(name, None)
    return response.replace(headers=headers, body=clean)


def list_spellings(key: str) -> list[bytes]:
    """The key as text, in UTF-16, in JSON, in an address, and in Base64, the longest first."""
    raw = key.encode("utf-8")
    spellings = {
        raw, key.encode("utf-16-le"), key.encode("utf-16-be"), json.dumps(key)[1:-1].encode(), quote(key, "").encode(),
        base64.b64encode(raw), base64.urlsafe_b64encode(raw),
    }  # fmt: skip
    return sorted(spellings, key=lambda text: (-len(text), text))


def replace_all(data: bytes, spellings: list[bytes]) -> bytes:
    """The data with each spelling replaced."""
    for spelling in spellings:
        data = data.replace(spelling, REDACTED.encode())
    return data
