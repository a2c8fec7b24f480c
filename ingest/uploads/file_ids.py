"""Ids of files: UUIDs of version 7 (RFC 9562), which sort by the time they were made.

From Python 3.14 on, the standard library makes them (`uuid.uuid7`).
"""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime


def new_file_id(now: datetime) -> str:
    """A new id; its first 48 bits are the milliseconds of `now` since 1970."""
    milliseconds = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    value = milliseconds << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76  # version
    value = value & ~(0x3 << 62) | 0x2 << 62  # variant
    return str(uuid.UUID(int=value))


def oldest_file_id(moment: datetime) -> str:
    """An id that sorts before every one made at `moment` or later, and after those made before."""
    milliseconds = int(moment.timestamp() * 1000) & ((1 << 48) - 1)
    return str(uuid.UUID(int=milliseconds << 80))
