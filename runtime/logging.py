"""What a process says, on stderr: JSON lines, or text for people.

What is given as `extra` (such as the file_id) is shown with the message in both.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Final

import orjson

_PLAIN: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    *("message", "asctime", "taskName"),
    "color_message",  # of uvicorn: the message again, with escape codes
}
# What these say at INFO is about their own insides.
_QUIET: Final = ("faust", "mode", "aiokafka", "urllib3", "numba", "httpx", "httpcore")


class JsonLines(logging.Formatter):
    """Formats a record as JSON: time, level, logger, message, extras, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{k: v for k, v in vars(record).items() if k not in _PLAIN},
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class TextLines(logging.Formatter):
    """Formats a record as a line of text, with its extras after the message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        extras = " ".join(f"{k}={v}" for k, v in vars(record).items() if k not in _PLAIN)
        return super().formatMessage(record) + (f" [{extras}]" if extras else "")


def log_to_stderr(level: str, form: str = "json", **fixed: str) -> None:
    """Set up logging of this process as `form` (json, text); `fixed` is added to every line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())

    def add(record: logging.LogRecord) -> bool:
        for name, value in fixed.items():
            setattr(record, name, value)
        return True

    handler.addFilter(add)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.INFO if level == "DEBUG" else logging.WARNING)
