"""A dead letter as it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that could not be understood; one row of `dead_letter_rows`.

    Carries bytes, so it is written by way of `schemas.arrow.dead_letter_table`.
    """

    topic: str
    partition: int
    offset: int
    code: str
    reason: str
    key: bytes | None
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime
