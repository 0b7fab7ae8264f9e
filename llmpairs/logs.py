"""Logging: lines for people, or one JSON object per event with LLMPAIRS_LOG=json.

Values of environment variables that hold secrets are replaced by `***`.
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
LOGGER = logging.getLogger("llmpairs")
"""Parent of every logger of the package; events of stages and commands go to it directly."""
_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|NOTIFY_URL)$")
_MIN_SECRET_LENGTH = 8
"""Shorter values also occur in ordinary text."""


def wants_json() -> bool:
    """Whether events are logged as JSON lines."""
    return os.environ.get(LOG_ENV) == "json"


def set_up_logging() -> None:
    """Send the package's log to standard error, independent of what Prefect does to the root logger on import."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if wants_json() else TextFormatter("%(levelname)s %(message)s"))
    LOGGER.handlers = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(logging.INFO)


def silence_teardown() -> None:
    """Drop what libraries print while Python ends: DuckDB 2.0.0 lists objects as leaked that the process frees."""
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


class TextFormatter(logging.Formatter):
    """Lines for people, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        return redact(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object per record: at, level, logger, event, and the fields of the event."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as JSON in one line."""
        event: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return redact(json.dumps(event, ensure_ascii=False, default=str))


def log_event(event: str, fields: Mapping[str, Any], level: int = logging.INFO) -> None:
    """Log an event with its fields; `JsonFormatter` writes them."""
    LOGGER.log(level, event, extra={"fields": dict(fields)})


def redact(text: str) -> str:
    """The text with the value of every secret environment variable replaced by `***`."""
    for name, value in os.environ.items():
        if len(value) >= _MIN_SECRET_LENGTH and _SECRET_NAME.search(name):
            text = text.replace(value, "***").replace(json.dumps(value)[1:-1], "***")
    return text
