"""The reviewed limits of a live crawl, from limits.toml."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import TypedDict


class Limit(TypedDict):
    """A limit with the reason for its value."""

    value: float
    unit: str
    reason: str
    evidence: str


@cache
def load_limits() -> dict[str, Limit]:
    """The limits by name."""
    limits: dict[str, Limit] = tomllib.loads(files(__package__).joinpath("limits.toml").read_text("utf-8"))
    return limits


def limit_settings() -> dict[str, float]:
    """The limits as Scrapy settings, named in capitals."""
    return {name.upper(): limit["value"] for name, limit in load_limits().items()}
