"""How long the client waits, and how often it asks. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from csv_processor.client.errors import ApiError, Unavailable

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 60.0
# Downloads up to this size are kept in memory.
MEMORY_BYTES: Final = 16 << 20
# Seconds from the start of one stream of events to that of the next, at least: what answers may end each
# of them at once, such as a proxy with a page of its own.
_STREAM_SECONDS: Final = 1.0
_UNAVAILABLE: Final = (429, 502, 503, 504)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_FIRST_POLL, _GROWTH, _LONGEST_POLL = 0.03, 1.4, 1.0


def pause_after(failure: Exception, attempt: int, waited: float, patience: float) -> float:
    """Seconds to wait before a request is made again.

    Args:
        failure: what came of it: `httpx.TransportError` or `ApiError`.
        attempt: how often it was repeated already.
        waited: seconds since it was made first, of `patience`.

    Raises:
        ApiError: it is rejected, and would be again.
        Unavailable: `patience` is at its end.
    """
    pause = min(_FIRST_PAUSE * 2.0 ** min(attempt, 10), _LONGEST_PAUSE)
    if isinstance(failure, ApiError):
        if failure.status not in _UNAVAILABLE:
            raise failure
        pause = pause if failure.retry_after is None else failure.retry_after
    if waited + pause > patience:
        raise Unavailable(str(failure) or type(failure).__name__) from failure
    return pause


def pause_after_stream(lasted: float) -> float:
    """Seconds to wait before a stream of events that `lasted` some seconds is followed by another."""
    return max(0.0, _STREAM_SECONDS - lasted)


def poll_pauses() -> Iterator[float]:
    """Growing pauses between looks at a file, in seconds; without end."""
    pause = _FIRST_POLL
    while True:
        yield pause
        pause = min(pause * _GROWTH, _LONGEST_POLL)
