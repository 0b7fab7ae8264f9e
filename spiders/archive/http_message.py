"""HTTP messages in WARC blocks, and the digests of records."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import responses

Headers = tuple[tuple[str, str], ...]
BLANK_LINES = (b"\r\n\r\n", b"\n\n")
GZIP_BODY = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class HttpMessage:
    """The first line of an HTTP message, its headers and its body as stored."""

    first_line: str
    headers: Headers
    body: bytes

    @property
    def status(self) -> int:
        """Status of a response; 0 if the first line has none."""
        code = self.first_line.partition(" ")[2][:3]
        return int(code) if code.isascii() and code.isdigit() else 0

    @property
    def method(self) -> str:
        """Method of a request, in capitals."""
        return self.first_line.partition(" ")[0].upper()

    def header(self, name: str) -> str:
        """The first header of that name, "" if there is none."""
        return next((value for each, value in self.headers if each.lower() == name), "")

    def payload(self) -> bytes:
        """The body with its chunked encoding removed, where it really is chunked."""
        return decode_chunked(self.body) if "chunked" in self.header("transfer-encoding").lower() else self.body


def parse_message(block: bytes) -> HttpMessage:
    """The HTTP message in a block; without a blank line all of it is head."""
    ends = [(block.find(blank), len(blank)) for blank in BLANK_LINES if blank in block]
    at, width = min(ends, default=(len(block), 0))
    first, *lines = block[:at].decode("latin-1").splitlines() or [""]
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.strip(), value.strip()) for name, colon, value in pairs if colon)
    return HttpMessage(first, headers, block[at + width :])


def pack_response(protocol: str, status: int, headers: Headers, body: bytes = b"") -> bytes:
    """The block of a response, without the headers of the connection, which no longer apply, and without cookies."""
    left_out = ("transfer-encoding", "connection", "keep-alive", "set-cookie", "content-length")
    kept = [(name, value) for name, value in headers if name.lower() not in left_out]
    head = "".join(f"{name}: {value}\r\n" for name, value in [*kept, ("Content-Length", str(len(body)))])
    line = f"{protocol} {status} {responses.get(status, 'Unknown')}\r\n"
    return f"{line}{head}\r\n".encode("latin-1", "replace") + body


def pack_request(method: str, target: str, headers: Headers, body: bytes = b"") -> bytes:
    """The block of a request."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1", "replace") + body


def decode_chunked(body: bytes) -> bytes:
    """The body without its chunked encoding; a body that is not chunked as it is.

    Archives often store the decoded body and keep the header.
    """
    pieces: list[bytes] = []
    at = 0
    while True:
        end = body.find(b"\r\n", at)
        size = body[at:end].partition(b";")[0].strip()
        if end < 0 or not size or size.strip(b"0123456789abcdefABCDEF"):
            return body
        length = int(size, 16)
        if length == 0:
            return b"".join(pieces)
        if body[end + 2 + length : end + 4 + length] != b"\r\n":
            return body
        pieces.append(body[end + 2 : end + 2 + length])
        at = end + 4 + length


def decode_transfer(head: HttpMessage, original: HttpMessage) -> tuple[Headers, bytes]:
    """Headers of `head` and body of `original` as a client gets them, the transfer encoding removed."""
    body = original.payload()
    # Some recorders store the unpacked body and keep the header.
    is_unpacked = original.header("content-encoding").lower() == "gzip" and not body.startswith(GZIP_BODY)
    left_out = {"transfer-encoding"} | ({"content-encoding"} if is_unpacked else set())
    return tuple((name, value) for name, value in head.headers if name.lower() not in left_out), body


def format_digest(data: bytes) -> str:
    """The SHA-256 of the data in the form of WARC digest fields."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def verify_digest(declared: str, data: bytes) -> bool | None:
    """Whether the data has the declared digest; None if there is none or its algorithm is unknown."""
    name, _, value = declared.partition(":")
    name = name.strip().lower().replace("-", "")
    if name not in ("md5", "sha1", "sha256", "sha512") or not value:
        return None
    digest = hashlib.new(name, data, usedforsecurity=False).digest()
    return digest in _decode_digest(value.strip())


def find_digest_mismatch(fields: Mapping[str, str], block: bytes) -> str:
    """How a record (field names in lower case) differs from the digest that it states; "" if it does not.

    A payload digest counts only where no block digest decides: it covers the body as sent or as decoded.
    """
    declared = fields.get("warc-block-digest", "")
    matches = verify_digest(declared, block)
    if matches is None and fields.get("warc-type") == "response":
        declared = fields.get("warc-payload-digest", "")
        message = parse_message(block)
        matches = verify_digest(declared, message.body) or verify_digest(declared, message.payload())
    return f"the digest of the record is not {declared}" if matches is False else ""


def _decode_digest(value: str) -> list[bytes]:
    """The text decoded by each of the encodings that archives use."""
    found = []
    for decode in (binascii.unhexlify, base64.b32decode, base64.urlsafe_b64decode):
        try:
            found.append(decode(value.upper() if decode is base64.b32decode else value))
        except (ValueError, binascii.Error):
            continue
    return found
