"""Addresses in archives: secrets redacted, equivalent spellings made equal."""

import hashlib
import re
from urllib.parse import quote, unquote_to_bytes, urlsplit, urlunsplit

SECRET_PARAMETERS = frozenset(
    {
        "access_token", "api-key", "api_key", "apikey", "auth_token", "client_secret", "key", "password", "secret",
        "sig", "signature", "subscription-key", "token", "x-api-key",
    }
)  # fmt: skip
SECRET_HEADER = re.compile(r"authorization|cookie|key|token|secret|password|signature|credential", re.IGNORECASE)
REDACTED = "REDACTED"
PACKED = ".zip"
DEFAULT_PORTS = {"http": 80, "https": 443}
# Escaped separators stay escaped; every other escape is decoded before the text is quoted in one way.
_PATH_SEPARATORS = re.compile(rb"(%(?:2F|3F|23|25))", re.IGNORECASE)
_QUERY_SEPARATORS = re.compile(rb"(%(?:26|3D|2B|23|25))", re.IGNORECASE)
_SAFE = "/:@!$&'()*+,;=~-._?"

RequestKey = tuple[str, str, str]


def redact_url(url: str) -> str:
    """The address with user info dropped and the values of key-bearing parameters replaced."""
    parts = urlsplit(url)
    pairs = [_redact(pair) for pair in parts.query.split("&")] if parts.query else []
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="&".join(pairs)))


def canonical_url(url: str) -> str:
    """The canonical spelling of an address, for comparing addresses, never for requesting them.

    A fragment counts only where it names a member of a packed file, which was recorded by itself.
    """
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    host = (parts.hostname or "").lower()
    port = f":{parts.port}" if parts.port and parts.port != DEFAULT_PORTS.get(scheme) else ""
    path = _normalise_escapes(parts.path or "/", _PATH_SEPARATORS)
    open_pairs = [pair for pair in parts.query.split("&") if pair and not _is_secret(pair)]
    query = _normalise_escapes("&".join(open_pairs).replace("+", "%20"), _QUERY_SEPARATORS)
    member = f"#{parts.fragment}" if parts.fragment and path.endswith(PACKED) else ""
    return f"{scheme}://{host}{port}{path}" + (f"?{query}" if query else "") + member


def request_key(method: str, url: str, body: bytes) -> RequestKey:
    """What a request and a recorded response must share: method, canonical address, digest of the body."""
    return method.upper(), canonical_url(url), hashlib.sha256(body).hexdigest() if body else ""


def is_secret_header(name: str) -> bool:
    """Whether a header of that name may carry a key."""
    return SECRET_HEADER.search(name) is not None


def _is_secret(pair: str) -> bool:
    return pair.partition("=")[0].lower() in SECRET_PARAMETERS


def _redact(pair: str) -> str:
    return f"{pair.partition('=')[0]}={REDACTED}" if _is_secret(pair) else pair


def _normalise_escapes(text: str, separators: re.Pattern[bytes]) -> str:
    pieces = separators.split(text.encode("utf-8"))
    return "".join(
        piece.decode("ascii").upper() if number % 2 else quote(unquote_to_bytes(piece), safe=_SAFE)
        for number, piece in enumerate(pieces)
    )
