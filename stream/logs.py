"""One JSON object per line on stderr; what is given as `extra` stands beside the message."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Final

import orjson

_PLAIN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# What these say at INFO is about their own insides.
_QUIET: Final = ("faust", "mode", "aiokafka", "urllib3", "numba")


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


def log_to_stderr(level: str, **fixed: str) -> None:
    """Set up logging of this process; `fixed` stands on every line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())

    def add(record: logging.LogRecord) -> bool:
        for name, value in fixed.items():
            setattr(record, name, value)
        return True

    handler.addFilter(add)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.INFO if level == "DEBUG" else logging.WARNING)
