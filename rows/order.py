"""The order of records: what decides which of two instants a time in a repeated hour is.

When daylight saving ends, clocks show an hour twice. In a file with local times, records of one
sensor show the change by going back within that hour. What was seen of sensors that are in such an
hour is carried from one batch of a file to the next.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rows.kernels import plan_layout as at

Int64s = NDArray[np.int64]
_SLOTS: Final = 64


@dataclass(frozen=True, slots=True)
class Order:
    """What is known of the sensors within a repeated hour at some place of a file.

    `data`: five int64 for each sensor, little-endian: hash of the sensor, its last local time in
    microseconds, the segment of its zone that this is in, 0 for the first and 1 for the second time
    the clock shows it (`plan_layout.NEAR` before the hour), number of records with that time. Sorted
    by hash.
    """

    data: bytes = b""

    def to_text(self) -> str:
        """As events carry it."""
        return base64.b64encode(zlib.compress(self.data)).decode() if self.data else ""

    @staticmethod
    def from_text(text: str) -> Order:
        """What `to_text` gave."""
        return Order(zlib.decompress(base64.b64decode(text))) if text else NOTHING

    @property
    def size(self) -> int:
        """Number of sensors."""
        return len(self.data) // (8 * at.ORDER_WORDS)

    def table(self, least: int = 0) -> Int64s:
        """The open-addressed table a kernel works with, with room for `least` sensors."""
        slots = _SLOTS
        while slots < 4 * max(least, self.size):
            slots *= 2
        table = np.zeros((slots, at.ORDER_WORDS), np.int64)
        for entry in np.frombuffer(self.data, np.int64).reshape(-1, at.ORDER_WORDS):
            k = int(entry[at.ORDER_HASH]) & (slots - 1)
            while table[k, at.ORDER_HASH] != 0:
                k = (k + 1) & (slots - 1)
            table[k] = entry
        return table.reshape(-1)

    @staticmethod
    def of_table(table: Int64s, live: int) -> Order:
        """What a kernel left in its table."""
        if live == 0:
            return NOTHING
        entries = table.reshape(-1, at.ORDER_WORDS)
        inside = entries[(entries[:, at.ORDER_HASH] != 0) & (entries[:, at.ORDER_PASS] != at.LEFT)]
        return Order(inside[np.argsort(inside[:, at.ORDER_HASH])].tobytes())


NOTHING: Final = Order()
