"""The cause of a request that failed, and a detail that states what failed and what to do."""

from collections.abc import Mapping

from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response

from llmpairs.spiders.crawling.causes import Cause, HostUnavailableError, PageError

STATUS_CAUSES: Mapping[int, Cause] = {
    401: "blocked",
    403: "blocked",
    404: "gone",
    408: "timed_out",
    410: "gone",
    429: "rate_limited",
    451: "blocked",
    504: "timed_out",
}
STATUS_ADVICE: Mapping[Cause, str] = {
    "blocked": "the server refuses the request: open the page in a browser, or ask its owner for access",
    "rate_limited": "the server limits requests: run less often, or use a key with a higher limit",
}
FAILURE_CAUSES: tuple[tuple[type[Exception], str, Cause, str], ...] = (
    (DownloadTimeoutError, "", "timed_out", ""),
    (ResponseDataLossError, "", "cut_short", "the connection ended before the announced end of the body"),
    (DownloadCancelledError, "", "too_large", "the body is larger than DOWNLOAD_MAXSIZE"),
    (IgnoreRequest, "DOWNLOAD_MAXSIZE", "too_large", "the unpacked body is larger than DOWNLOAD_MAXSIZE"),
    (IgnoreRequest, "max redirections", "moved", "more than REDIRECT_MAX_TIMES redirects"),
    (CannotResolveHostError, "", "unreachable", "the name of the host cannot be resolved: check it, and the network"),
    (TunnelError, "", "unreachable", "the proxy cannot reach the host: check the host, the proxy, and NO_PROXY"),
    (DownloadConnectionRefusedError, "", "unreachable", "the host refuses connections: check it, and the network"),
)
"""Exception that Scrapy raises, a part of its message, the cause, and the detail ("" for the exception's message)."""
# OpenSSL's reason, and the exception of service-identity that the text of Twisted's failure names.
CERTIFICATE_ERRORS = ("certificate verify failed", "VerificationError", "DNSMismatch")
CHALLENGE_HEADERS = ("cf-mitigated", "x-amzn-waf-action")
"""Headers of a page that asks the visitor to prove to be human."""
CHALLENGE_TEXTS = (b"cf-browser-verification", b"/cdn-cgi/challenge-platform/", b"<title>Just a moment...</title>")


def classify_exception(error: BaseException | None) -> tuple[Cause, str]:
    """The cause of a request without a response, and its detail in one line."""
    message = (str(error) or type(error).__name__).partition("\n")[0]
    if isinstance(error, HostUnavailableError):
        return error.host_cause, message
    if isinstance(error, PageError):
        return error.cause, message
    if any(text in str(error) for text in CERTIFICATE_ERRORS):
        return "bad_certificate", "the certificate is not valid for the host: check the date, the proxy and the host"
    for kind, part, cause, detail in FAILURE_CAUSES:
        if isinstance(error, kind) and part in message:
            return cause, detail or message
    return "failed", f"{type(error).__name__}: {message}"


def classify_status(response: Response, *, key_env: str | None) -> tuple[Cause, str]:
    """The cause of a response that is no success, and its detail; `key_env` names the source's key."""
    cause = STATUS_CAUSES.get(response.status, "failed")
    if is_challenge(response):
        return "blocked", f"HTTP {response.status}: a challenge page for browsers; ask the owner for access by API"
    if response.status in (401, 403) and key_env:
        return cause, f"HTTP {response.status}: check that {key_env} holds a valid key"
    advice = STATUS_ADVICE.get(cause)
    return cause, f"HTTP {response.status}: {advice}" if advice else f"HTTP {response.status}"


def is_challenge(response: Response) -> bool:
    """Whether a response is a challenge page, with whatever status."""
    return any(name in response.headers for name in CHALLENGE_HEADERS) or any(
        text in response.body[:65_536] for text in CHALLENGE_TEXTS
    )
