"""Columns that several tables share, and functions that declare columns of the common types."""

import pyarrow as pa

from llmpairs.warehouse.contract import Column
from llmpairs.warehouse.vocabulary import INELIGIBLE_REASONS

UTC = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
ENUM = pa.dictionary(pa.int8(), pa.string())
FLOAT = pa.float64()
MTOK = "USD per 1,000,000 tokens"


def enum(name: str, values: tuple[str, ...], about: str, null_means: str | None = None) -> Column:
    """An enumeration: a closed list of values, dictionary-encoded."""
    return Column(name=name, type=ENUM, about=about, values=values, null_means=null_means)


def text(name: str, about: str, null_means: str | None = None) -> Column:
    """A plain string column."""
    return Column(name=name, type=TEXT, about=about, null_means=null_means)


def strings(name: str, about: str, null_means: str | None = None) -> Column:
    """A list of plain strings."""
    return Column(name=name, type=pa.list_(TEXT), about=about, null_means=null_means)


def flag(name: str, about: str, null_means: str | None = None) -> Column:
    """A boolean column."""
    return Column(name=name, type=pa.bool_(), about=about, null_means=null_means)


def timestamp(name: str, about: str, null_means: str | None = None) -> Column:
    """A UTC timestamp in microseconds."""
    return Column(name=name, type=UTC, about=about, unit="UTC", null_means=null_means)


def day(name: str, about: str, null_means: str | None = None) -> Column:
    """A calendar date."""
    return Column(name=name, type=pa.date32(), about=about, unit="date", null_means=null_means)


def number(name: str, about: str, unit: str, null_means: str | None = None, of: pa.DataType = FLOAT) -> Column:
    """A number of any Arrow type."""
    return Column(name=name, type=of, about=about, unit=unit, null_means=null_means)


def share(name: str, about: str, null_means: str | None = None) -> Column:
    """A share of one in single precision."""
    return number(name, about, "share", null_means, pa.float32()).within(0, 1)


def bit_set(name: str, about: str, bits: tuple[str, ...], of: pa.DataType) -> Column:
    """A set of values as bits, lowest first."""
    return Column(name=name, type=of, about=about, unit="bit set", bits=bits)


def count(name: str, about: str, null_means: str | None = None, *, unit: str = "count", minimum: float = 0) -> Column:
    """A whole number that is never negative."""
    return number(name, about, unit, null_means, pa.int64()).within(minimum)


def tokens(name: str, about: str, null_means: str | None = None) -> Column:
    """A length in tokens, at least 1."""
    return count(name, about, null_means, unit="tokens", minimum=1)


def price(name: str, about: str, null_means: str) -> Column:
    """A list price: the double nearest to the printed decimal."""
    return number(name, about, MTOK, null_means).within(0)


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
FIRST_SEEN_AT = timestamp("first_seen_at", "As-of time of the first release that has the row's subject.").computed_from(
    "earlier releases"
)
LAST_SEEN_AT = timestamp(
    "last_seen_at", "Capture time of the newest claim about the row's subject, at most the as-of time of the run."
).computed_from("facts")
NIGHTS_ABSENT = count(
    "nights_absent", "Consecutive runs in which healthy sources no longer listed the subject; 0 while listed."
).computed_from("facts", "earlier releases")
RETIRED_ON = day(
    "retired_on",
    "Date from which it counts as retired: the stated one, or that of the seventh consecutive run in which "
    "healthy sources no longer listed it.",
    "it is not retired",
).computed_from("retire_on", "nights_absent")
INELIGIBLE_REASON = enum(
    "ineligible_reason", INELIGIBLE_REASONS, "First reason why the offer is not eligible.", "the offer is eligible"
)
