"""Addresses that a page may link to."""

from urllib.parse import quote, urlsplit

SAFE = "/:?#[]@!$&'*+,;=%~"


def web_address(url: str | None) -> str:
    """The address if it is one of the web, with what might end a link escaped; empty for anything else."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return quote(url, safe=SAFE) if parts.scheme in ("http", "https") and parts.netloc else ""
