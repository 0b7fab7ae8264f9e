"""Moments as archives print them."""

import re
from datetime import UTC, datetime

# WARC 1.1 allows W3C-DTF at any precision: "2026-05", "2026-05-18", "2026-05-18T20:24Z", fractions of a second.
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?"
)


def read_moment(text: str) -> datetime:
    """A printed moment as an aware UTC time; a missing zone is UTC. ValueError if it is none."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no ISO 8601 moment")
    year, month, day, hour, minute, second = (int(part) if part else None for part in match.groups()[:6])
    micro = int((match[7] or "0")[:6].ljust(6, "0"))
    moment = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0, micro, tzinfo=UTC)
    if match[8] and match[8] != "Z":
        offset = datetime.strptime(match[8], "%z").utcoffset()
        moment -= offset or (moment - moment)
    return moment


def print_moment(moment: datetime) -> str:
    """The moment to the second: 2026-05-18T20:24:18Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
