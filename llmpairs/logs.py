"""What a command says while it works: lines for people, or one JSON object per event (LLMPAIRS_LOG=json).

Values of environment variables that hold secrets never come out of here.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

LOG_ENV = "LLMPAIRS_LOG"
EVENTS = logging.getLogger("llmpairs")
"""Where stages and outcomes go when JSON is wanted."""
OURS = ("llmpairs", "flows", "spiders", "transforms", "expectations", "warehouse")
_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|NOTIFY_URL)$")
_SHORTEST_SECRET = 8
"""Shorter values are words that occur by themselves."""


def wants_json() -> bool:
    """Whether events are to be JSON lines."""
    return os.environ.get(LOG_ENV) == "json"


def set_up_logging() -> None:
    """Sends our loggers to standard error, whatever Prefect makes of the root logger when it is imported."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if wants_json() else Lines("%(levelname)s %(message)s"))
    for name in OURS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO if logger is EVENTS else logging.WARNING)


class Lines(logging.Formatter):
    """Lines for people, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        return redact(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object per record: at, level, logger, event, and the fields of the event."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as JSON in one line."""
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return redact(json.dumps(told, ensure_ascii=False, default=str))


def tell(event: str, fields: Mapping[str, Any], level: int = logging.INFO) -> None:
    """An event with its fields, for `JsonLines`."""
    EVENTS.log(level, event, extra={"fields": dict(fields)})


def redact(text: str) -> str:
    """The text with the value of every secret environment variable blotted out."""
    for name, value in os.environ.items():
        if len(value) >= _SHORTEST_SECRET and _SECRET_NAME.search(name):
            text = text.replace(value, "***").replace(json.dumps(value)[1:-1], "***")
    return text
