"""How much the executors of a worker hold and do at once: numbers that depend on each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Batching:
    """An executor that takes messages in batches.

    Args:
        max_batch: messages of one batch.
        capacity: messages that wait or are worked on; beyond, no more are fetched.
        max_bytes: bytes of one batch; a larger message is a batch of its own.
    """

    max_batch: int
    capacity: int
    max_bytes: int = 8 * _MIB

    def __post_init__(self) -> None:
        if not 1 <= self.max_batch <= self.capacity or self.max_bytes < 1:
            raise ValueError(f"{self}: a batch of max_batch messages has to fit into capacity")


@dataclass(frozen=True, slots=True)
class Concurrent:
    """An executor that works on `width` messages at once; `capacity` as for `Batching`."""

    width: int
    capacity: int

    def __post_init__(self) -> None:
        if not 1 <= self.width <= self.capacity:
            raise ValueError(f"{self}: width messages have to fit into capacity")


@dataclass(frozen=True, slots=True)
class WorkerTuning:
    """One executor for each kind of message, and how many messages are fetched in advance.

    Messages by reference are small: many may wait. Those that carry bytes are fewer. The executors
    of large files, compressed files and containers hold many messages although they work on one to
    three: if one of them is full, all files after the message that does not fit wait, small ones too.
    """

    announced: Batching = Batching(64, 128)
    notifications: Batching = Batching(64, 128)
    inline: Batching = Batching(16, 16)
    small_files: Batching = Batching(64, 256)
    large_files: Concurrent = Concurrent(3, 512)
    compressed_files: Concurrent = Concurrent(1, 512)
    containers: Concurrent = Concurrent(1, 512)
    batches: Concurrent = Concurrent(3, 32)
    partials: Batching = Batching(512, 512)
    # Messages of a topic that are fetched in advance.
    reference_buffer: int = 4096
    inline_buffer: int = 64
    partials_buffer: int = 256
    # No file is cut further while so many batches wait in this worker's partitions: a file of a few
    # batches that comes next would wait for all of them.
    backlog: int = 24

    def __post_init__(self) -> None:
        if not 1 <= self.backlog < self.batches.capacity:
            raise ValueError(
                f"backlog={self.backlog}: the executor of batches has to hold more, "
                f"so that files take turns (capacity {self.batches.capacity})"
            )


TUNING: Final = WorkerTuning()
