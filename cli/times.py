"""Moments and spans of time as they are typed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from cli.exit_codes import WRONG_USE, CommandError

_SPAN: Final = re.compile(r"(\d{1,6})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def span(text: str) -> timedelta:
    """A span of time such as 30s, 15m, 24h or 90d.

    Raises:
        CommandError: it is none.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise CommandError(f"{text!r} is no span of time", "as in 30s, 15m, 24h, 90d", WRONG_USE)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def moment_of(text: str) -> str:
    """A moment in ISO 8601, UTC: `text` itself, or so long ago.

    Raises:
        CommandError: it is neither a moment nor a span of time.
    """
    try:
        if _SPAN.fullmatch(text):
            at = datetime.now(UTC) - span(text)
        else:
            at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=at.tzinfo or UTC)
        return at.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise CommandError(
            f"{text!r} is neither a moment nor a span of time",
            "as in 2026-03-01, 2026-03-01T06:00Z, 90m, 24h, 7d",
            WRONG_USE,
        ) from None
