"""Doubt: a file that can be read in more than one way, or in none that is known, is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from schemas.errors import BadData
from schemas.events import Detected

CODES: Final = {
    "layout_unknown": "Which columns are sensor, timestamp and values is not to be seen.",
    "sensor_unknown": "The sensor is not in the file.",
    "timestamp_unknown": "The timestamps are in no known form, or say no date.",
    "timestamp_ambiguous": "The timestamps can be read in more than one way.",
    "number_ambiguous": "A sign in the values is a decimal sign or one between thousands.",
    "value_unknown": "The values are words, and no numbers are given for them.",
    "profile_ambiguous": "More than one profile matches the file.",
    "encoding_unknown": "The bytes are no UTF-8, and their encoding is not to be seen.",
}
"""Codes of doubt, each with what it means."""

MOST_SUGGESTIONS: Final = 5


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to settle a doubt: options by name, to be added to those that were given."""

    options: Mapping[str, object]
    sentence: str


@dataclass(frozen=True, slots=True)
class FirstReading:
    """One of the first readings that a suggestion would give. `timestamp` is ISO 8601 in UTC."""

    sensor_id: str
    timestamp: str
    value: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A ready-made set of options, with what it gives.

    Attributes:
        options: all that are to be given, those of the request included; by name, lists as tuples.
        sentence: what they mean.
        readings: the first ones.
    """

    options: Mapping[str, object]
    sentence: str
    readings: tuple[FirstReading, ...] = ()


class InDoubt(BadData):
    """The file is not read; `suggestions` are up to five ways to read it, `detected` what is settled.

    Args:
        code: one of `CODES`.
        reason: a sentence that says what is in doubt, and what to do.
    """

    def __init__(
        self,
        code: str,
        reason: str,
        suggestions: tuple[Suggestion, ...] = (),
        detected: Detected | None = None,
    ) -> None:
        super().__init__(code, f"{code}: {reason}")
        self.suggestions = suggestions
        self.detected = detected or Detected()


@dataclass(slots=True)
class Question(Exception):  # noqa: N818
    """A doubt on its way to an `InDoubt`: its alternatives have no readings yet.

    `detected` is what was settled before it arose; None if no table was found yet.
    """

    code: str
    reason: str
    alternatives: list[Alternative] = field(default_factory=list)
    detected: Detected | None = None
