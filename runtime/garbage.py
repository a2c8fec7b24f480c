"""How often Python looks for objects that refer to each other in circles."""

from __future__ import annotations

from typing import Final

# Requests and messages leave few of them, and to look for them after every 700 new objects takes some
# hundredths of the processor time of small files.
GC_THRESHOLDS: Final = (10_000, 20, 20)
