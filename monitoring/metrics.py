"""Every metric of the product, in the default registry of Prometheus' own client.

Names are public: dashboards and alerts rest on them. docs/operations.md lists them.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
# From a cached read to an object of gigabytes.
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)

disable_created_metrics()  # type: ignore[no-untyped-call]

# -- both processes --

PART_READY: Final = Gauge(
    "csv_processor_part_ready",
    "1 where a part that the process needs answers: kafka, store, clickhouse.",
    ["part"],
)
STORE_SECONDS: Final = Histogram(
    "csv_processor_store_seconds",
    "How long calls to the object store took, by operation and outcome.",
    ["operation", "outcome"],
    buckets=_SECONDS,
)
DATABASE_SECONDS: Final = Histogram(
    "csv_processor_database_seconds",
    "How long calls to ClickHouse took, by operation (read, write) and outcome.",
    ["operation", "outcome"],
    buckets=_SECONDS,
)

# -- API --

UPLOADS: Final = Counter(
    "csv_processor_uploads",
    "Uploads by outcome: accepted, seen (before), refused, failed, gone.",
    ["outcome"],
)
UPLOAD_BYTES: Final = Counter("csv_processor_upload_bytes", "Bytes of files taken in.")
ANNOUNCED_AGAIN: Final = Counter(
    "csv_processor_announced_again", "Waiting files that were announced again."
)
HTTP_SECONDS: Final = Histogram(
    "csv_processor_http_request_seconds",
    "How long the API took to answer, to the last byte, by route, method and status class.",
    ["method", "route", "status"],
    buckets=_SECONDS,
)
REFUSED: Final = Counter(
    "csv_processor_refused_requests",
    "Requests that were not let in, by the code of the answer.",
    ["code"],
)
FILES: Final = Gauge(
    "csv_processor_files", "Files by status, as the database has them.", ["status"]
)
OLDEST_WAITING: Final = Gauge(
    "csv_processor_oldest_waiting_file_seconds",
    "Age of the file that waits longest; 0 where none waits.",
)

# -- worker --

ROWS: Final = Counter("csv_processor_rows", "Rows parsed, by outcome: valid, invalid.", ["outcome"])
BATCHES: Final = Counter("csv_processor_batches", "Batches processed.")
FILES_FINISHED: Final = Counter(
    "csv_processor_files_finished", "Files that came to their end, by status.", ["status"]
)
RETRIES: Final = Counter(
    "csv_processor_retries",
    "Tries that failed because a service was away, by service.",
    ["service"],
)
DEAD_LETTERS: Final = Counter(
    "csv_processor_dead_letters", "Messages that could not be understood.", ["topic", "code"]
)
LAG: Final = Gauge(
    "csv_processor_lag_messages",
    "Messages of a topic that are not processed yet, in the partitions of this worker.",
    ["topic"],
)
LANE_SECONDS: Final = Histogram(
    "csv_processor_lane_seconds",
    "How long a worker worked on a message, or on a group of them, by lane.",
    ["lane"],
    buckets=_SECONDS,
)
WORKER_READY: Final = Gauge(
    "csv_processor_worker_ready", "1 where the worker has its partitions and reads."
)


def text() -> bytes:
    """All values in Prometheus' text format."""
    return generate_latest()
