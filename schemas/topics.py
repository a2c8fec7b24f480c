"""Every topic with its partitions, retention and sizes. The only place that names them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

# The consumer group of the workers, which also begins the names of their changelogs.
WORKER_GROUP: Final = "csv-processor"
_DAY_MS: Final = 24 * 3600 * 1000
_KIB: Final = 1024
# A broker never compacts the segment that it writes to, and by default one has 1 GiB: a changelog
# would keep that of every partition, and recovery read it.
_COMPACTED: Final = {
    "segment.bytes": str(64 * _KIB * _KIB),
    # Compacted when a tenth of it is old, not half.
    "min.cleanable.dirty.ratio": "0.1",
}
# Four is what the embedded broker gives a topic that a client asks for before it is created, which
# happens when it comes back empty and clients are quicker than `migrate`. Any other number would
# leave topics that differ from the tables they must be partitioned like.
PARTITIONS: Final = 4


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic as `csv-processor migrate` creates it."""

    name: str
    partitions: int = PARTITIONS
    retention_ms: int = 7 * _DAY_MS
    max_message_bytes: int = 1000 * _KIB
    cleanup_policy: str = "delete"
    # No table is partitioned like it, so it may have more partitions: as many workers as it has
    # share its work.
    shared: bool = False

    def config(self) -> dict[str, str]:
        """Topic configuration as Kafka spells it."""
        return {
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(self.max_message_bytes),
            "cleanup.policy": self.cleanup_policy,
            **(_COMPACTED if self.cleanup_policy == "compact" else {}),
        }


# What other producers write.
ANNOUNCED: Final = Topic("files.announced")
INLINE: Final = Topic("files.inline", max_message_bytes=1100 * _KIB)
NOTIFICATIONS: Final = Topic("files.notifications")
# What the product writes for itself. The keys are file_ids.
UPLOADED: Final = Topic("files.uploaded", shared=True)
BATCHES: Final = Topic("files.batches", shared=True)
PARTIALS: Final = Topic("files.partials")
# Written by the product for any listener.
RESULTS: Final = Topic("files.results", max_message_bytes=1100 * _KIB)
DEAD_LETTERS: Final = Topic(
    "files.dead-letters", retention_ms=30 * _DAY_MS, max_message_bytes=1200 * _KIB
)
# The changelogs of the workers' tables, partitioned like what their writer reads. Made beforehand,
# because two workers that start together would both make them. Compacted and nothing else: where
# retention empties a partition, recovery does not end.
FILES_TABLE: Final = Topic("csv-processor-files-changelog", cleanup_policy="compact")
SENSORS_TABLE: Final = Topic("csv-processor-sensors-changelog", cleanup_policy="compact")

ALL: Final = (
    *(ANNOUNCED, INLINE, NOTIFICATIONS, UPLOADED, BATCHES, PARTIALS, RESULTS, DEAD_LETTERS),
    *(FILES_TABLE, SENSORS_TABLE),
)


def all_topics(work_partitions: int = PARTITIONS) -> tuple[Topic, ...]:
    """All topics; those whose work workers share have `work_partitions`."""
    return tuple(replace(t, partitions=work_partitions) if t.shared else t for t in ALL)
