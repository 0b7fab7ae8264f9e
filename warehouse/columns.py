"""Columns that several tables share, and functions that declare columns of the common types."""

from dataclasses import replace

import pyarrow as pa

from llmpairs.warehouse.contract import Column

UTC = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
ENUM = pa.dictionary(pa.int8(), pa.string())
MTOK = "USD per 1,000,000 tokens"


def derived(column: Column, *rests_on: str) -> Column:
    """The column as a computed one: `rests_on` names columns of its table, tables, data files or `facts.<field>`."""
    return replace(column, rests_on=rests_on)


def printed_as(item_field: str, column: Column) -> Column:
    """The column as one that this field of a landed item states."""
    return replace(column, printed_as=item_field)


def enum(
    name: str, values: tuple[str, ...], about: str, null_means: str | None = None, *, mirror: str | None = None
) -> Column:
    """An enumeration: a closed list of values, dictionary-encoded."""
    return Column(name=name, type=ENUM, about=about, values=values, null_means=null_means, mirror=mirror)


def text(name: str, about: str, null_means: str | None = None, *, mirror: str | None = None) -> Column:
    """A plain string column."""
    return Column(name=name, type=TEXT, about=about, null_means=null_means, mirror=mirror)


def flag(name: str, about: str, null_means: str | None = None) -> Column:
    """A boolean column."""
    return Column(name=name, type=pa.bool_(), about=about, null_means=null_means)


def timestamp(name: str, about: str, null_means: str | None = None) -> Column:
    """A UTC timestamp in microseconds."""
    return Column(name=name, type=UTC, about=about, unit="UTC", null_means=null_means)


def day(name: str, about: str, null_means: str | None = None) -> Column:
    """A calendar date."""
    return Column(name=name, type=pa.date32(), about=about, unit="date", null_means=null_means)


def count(name: str, about: str, null_means: str | None = None, *, unit: str = "count", minimum: float = 0) -> Column:
    """A whole number that is never negative."""
    return Column(name=name, type=pa.int64(), about=about, null_means=null_means, unit=unit, minimum=minimum)


def tokens(name: str, about: str, null_means: str | None = None) -> Column:
    """A length in tokens, at least 1."""
    return Column(name=name, type=pa.int64(), about=about, unit="tokens", null_means=null_means, minimum=1)


def price(name: str, about: str, null_means: str) -> Column:
    """A list price: the double nearest to the printed decimal."""
    return Column(name=name, type=pa.float64(), about=about, unit=MTOK, null_means=null_means, minimum=0)


MODEL_ID = text("model_id", "Canonical model: developer/name in lower case.")
PROVIDER_ID = text("provider_id", "Canonical id of the company that bills.")
OFFER_ID = text("offer_id", "Offer: provider, operator, key, route tag and service tier, escaped and joined by '/'.")
SOURCE_ID = text("source_id", "Registered source; see table `sources` of the log.")
CAPTURE_ID = text("capture_id", "Archived response; see table `captures` of the log.")
LINEAGE = text("lineage", "Independent source group: sources that copy each other count as one.")
RUN_ID = Column(
    name="run_id",
    # Readers infer this type from the folder `run_id=...`: with plain text, Arrow refuses to read the whole folder.
    type=pa.dictionary(pa.int32(), pa.string()),
    about="Run that wrote the row.",
)
FIRST_SEEN_AT = derived(
    timestamp("first_seen_at", "As-of time of the first release that has the row's subject."), "earlier releases"
)
LAST_SEEN_AT = derived(
    timestamp(
        "last_seen_at", "Capture time of the newest claim about the row's subject, at most the as-of time of the run."
    ),
    "facts",
)
NIGHTS_ABSENT = derived(
    count("nights_absent", "Consecutive runs in which healthy sources no longer listed the subject; 0 while listed."),
    "facts",
    "earlier releases",
)
