"""What became of an attempt to send a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_GONE: Final = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status of the answer, of HTTP or SMTP, or why there was none."""

    status: int | None
    ms: int
    error: str = ""

    @property
    def delivered(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the receiver wants no more messages."""
        return self.status == _GONE
