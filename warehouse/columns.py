"""Columns that more than one table has, and short ways to declare the common types."""

from dataclasses import replace

import pyarrow as pa

from llmpairs.warehouse.contract import Column

UTC = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
ENUM = pa.dictionary(pa.int8(), pa.string())
MTOK = "USD per 1,000,000 tokens"


def derived(column: Column, *rests_on: str) -> Column:
    """The column, computed from these columns of its table, tables, data files or claims (`facts.<field>`)."""
    return replace(column, rests_on=rests_on)


def enum(
    name: str,
    values: tuple[str, ...],
    about: str,
    null_means: str | None = None,
    *,
    mirror: str | None = None,
) -> Column:
    """A column of a closed list of words, dictionary-encoded."""
    return Column(name=name, type=ENUM, about=about, values=values, null_means=null_means, mirror=mirror)


def text(name: str, about: str, null_means: str | None = None, *, mirror: str | None = None) -> Column:
    """A plain string column."""
    return Column(name=name, type=TEXT, about=about, null_means=null_means, mirror=mirror)


def flag(name: str, about: str, null_means: str | None = None) -> Column:
    """A true or false column."""
    return Column(name=name, type=pa.bool_(), about=about, null_means=null_means)


def moment(name: str, about: str, null_means: str | None = None) -> Column:
    """A UTC time in microseconds."""
    return Column(name=name, type=UTC, about=about, unit="UTC", null_means=null_means)


def day(name: str, about: str, null_means: str | None = None) -> Column:
    """A calendar date."""
    return Column(name=name, type=pa.date32(), about=about, unit="date", null_means=null_means)


def count(
    name: str, about: str, null_means: str | None = None, *, unit: str = "count", minimum: float = 0
) -> Column:
    """A whole number that is never negative."""
    return Column(name=name, type=pa.int64(), about=about, null_means=null_means, unit=unit, minimum=minimum)


def tokens(name: str, about: str, null_means: str | None = None) -> Column:
    """A length in tokens, at least 1."""
    return Column(name=name, type=pa.int64(), about=about, unit="tokens", null_means=null_means, minimum=1)


def price(name: str, about: str, null_means: str) -> Column:
    """A list price: the nearest double to the printed decimal."""
    return Column(name=name, type=pa.float64(), about=about, unit=MTOK, null_means=null_means, minimum=0)


MODEL_ID = text("model_id", "Canonical model: developer/name in lower case.")
PROVIDER_ID = text("provider_id", "Canonical id of the company that bills.")
OFFER_ID = text(
    "offer_id", "Route: provider, operator, key, route tag and service tier, escaped and joined by '/'."
)
SOURCE_ID = text("source_id", "Source as registered; see table `sources` of the log.")
CAPTURE_ID = text("capture_id", "Archived response; see table `captures` of the log.")
LINEAGE = text("lineage", "Family of sources that copy each other; one lineage is one witness.")
RUN_ID = Column(
    name="run_id",
    # What readers make of the folder `run_id=...`: were it plain text, Arrow would refuse the folder as a whole.
    type=pa.dictionary(pa.int32(), pa.string()),
    about="Attempt that wrote the row.",
)
FIRST_SEEN_AT = derived(
    moment("first_seen_at", "Moment of the first release that has the row's subject."), "earlier releases"
)
LAST_SEEN_AT = derived(
    moment(
        "last_seen_at",
        "Capture time of the newest claim about the row's subject, the night's moment at the latest.",
    ),
    "facts",
)
NIGHTS_ABSENT = derived(
    count(
        "nights_absent",
        "Nights in a row on which healthy sources no longer listed the subject; 0 while listed.",
    ),
    "facts",
    "earlier releases",
)
