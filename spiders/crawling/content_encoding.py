"""Packed bodies: unpack one completely, or state that it is cut short.

Scrapy 2.19.0 unpacks a truncated body as far as it goes, in every encoding.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping

import brotli  # type: ignore[import-untyped]
from backports import zstd
from scrapy.http import Response

from llmpairs.spiders.archive.http_message import GZIP_BODY
from llmpairs.spiders.crawling.causes import CutShortError, TooLargeError

CHUNK_BYTES = 1 << 20
Unpack = Callable[[bytes], Iterator[bytes]]
"""Yields the unpacked chunks of a body; EOFError where its end is missing."""


def read_encodings(response: Response) -> list[str]:
    """The content encodings of a response, in the order in which they were applied."""
    printed = (response.headers.get("Content-Encoding") or b"").decode("latin-1")
    return [name.strip().lower() for name in printed.split(",") if name.strip()]


def unpack_body(body: bytes, encodings: list[str], max_bytes: int) -> bytes:
    """A body without its content encodings, the last one removed first.

    CutShortError where it is truncated or damaged, TooLargeError where it unpacks to more than `max_bytes`. An unknown
    encoding is left as it is.
    """
    for encoding in reversed(encodings):
        unpack = UNPACKERS.get(encoding)
        if unpack is None or not body:
            return body
        chunks, size = [], 0
        try:
            for chunk in unpack(body):
                size += len(chunk)
                if size > max_bytes:
                    raise TooLargeError("the unpacked body is larger than DOWNLOAD_MAXSIZE")
                chunks.append(chunk)
        except (zlib.error, brotli.error, zstd.ZstdError, EOFError):
            raise CutShortError(f"the {encoding} body is cut short or damaged") from None
        body = b"".join(chunks)
    return body


def _unpack_gzip(body: bytes) -> Iterator[bytes]:
    """Every member of a gzip body; bytes behind the last member do not count."""
    if not body.startswith(GZIP_BODY):
        raise EOFError
    while body.startswith(GZIP_BODY):
        inflater = zlib.decompressobj(zlib.MAX_WBITS + 16)
        yield from _inflate(inflater, body)
        body = inflater.unused_data


def _unpack_deflate(body: bytes) -> Iterator[bytes]:
    """A zlib stream, or the raw deflate stream that some servers send instead."""
    inflater = zlib.decompressobj()
    try:
        inflater.copy().decompress(body, 1)
    except zlib.error:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    yield from _inflate(inflater, body)


def _inflate(inflater: "zlib._Decompress", body: bytes) -> Iterator[bytes]:
    while not inflater.eof:
        chunk = inflater.decompress(body, CHUNK_BYTES)
        body = inflater.unconsumed_tail
        if not chunk and not body and not inflater.eof:
            raise EOFError
        yield chunk


def _unpack_brotli(body: bytes) -> Iterator[bytes]:
    unpacker = brotli.Decompressor()
    chunk = unpacker.process(body, output_buffer_limit=CHUNK_BYTES)
    while True:
        yield chunk
        if unpacker.is_finished():
            return
        chunk = unpacker.process(b"", output_buffer_limit=CHUNK_BYTES)
        if not chunk and not unpacker.is_finished():
            raise EOFError


def _unpack_zstd(body: bytes) -> Iterator[bytes]:
    """Every frame of a zstd body."""
    while body:
        unpacker = zstd.ZstdDecompressor()
        rest = body
        while not unpacker.eof:
            chunk = unpacker.decompress(rest, CHUNK_BYTES)
            rest = b""
            if not chunk and unpacker.needs_input and not unpacker.eof:
                raise EOFError
            yield chunk
        body = unpacker.unused_data


UNPACKERS: Mapping[str, Unpack] = {
    "gzip": _unpack_gzip,
    "x-gzip": _unpack_gzip,
    "deflate": _unpack_deflate,
    "br": _unpack_brotli,
    "zstd": _unpack_zstd,
}
