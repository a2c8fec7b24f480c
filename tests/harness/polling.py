"""How often tests poll a condition: each poll costs the polled service."""

from __future__ import annotations

from collections.abc import Iterator

_FIRST, _LONGEST, _LENGTHENING = 0.05, 0.4, 1.3


def pauses() -> Iterator[float]:
    """Seconds between one question and the next: few at first, more while nothing comes."""
    pause = _FIRST
    while True:
        yield pause
        pause = min(_LONGEST, pause * _LENGTHENING)
