"""Every metric of the product, by Prometheus' own client: one registry for each kind of process.

Names are public: dashboards and alerts rest on them. docs/operations.md lists them.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
# From a cached read to an object of gigabytes.
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)

API: Final = CollectorRegistry()
WORKER: Final = CollectorRegistry()
for _registry in (API, WORKER):
    ProcessCollector(registry=_registry)
    PlatformCollector(registry=_registry)
    GCCollector(registry=_registry)
disable_created_metrics()  # type: ignore[no-untyped-call]

# -- both processes, registered below --

PART_READY: Final = Gauge(
    "csv_processor_part_ready",
    "1 if a check of /health/ready passes: kafka, store, clickhouse; API: schema, writable, workers;"
    " worker: work.",
    ["part"],
    registry=None,
)
STORE_SECONDS: Final = Histogram(
    "csv_processor_store_seconds",
    "How long calls to the object store took, by operation and outcome.",
    ["operation", "outcome"],
    buckets=_SECONDS,
    registry=None,
)
DATABASE_SECONDS: Final = Histogram(
    "csv_processor_database_seconds",
    "How long calls to ClickHouse took, by operation (read, write) and outcome.",
    ["operation", "outcome"],
    buckets=_SECONDS,
    registry=None,
)

TASK_FAILURES: Final = Counter(
    "csv_processor_task_failures",
    "Unexpected exceptions in background tasks, by task. Each is a bug: the log has its traceback.",
    ["task"],
    registry=None,
)

for _shared in (PART_READY, STORE_SECONDS, DATABASE_SECONDS, TASK_FAILURES):
    API.register(_shared)
    WORKER.register(_shared)

# -- API --

UPLOADS: Final = Counter(
    "csv_processor_uploads",
    "Uploads by outcome: accepted, seen (before), replayed (seen, with other options), refused, failed, gone.",
    ["outcome"],
    registry=API,
)
UPLOAD_BYTES: Final = Counter(
    "csv_processor_upload_bytes", "Bytes of files taken in.", registry=API
)
ANNOUNCED_AGAIN: Final = Counter(
    "csv_processor_announced_again", "Waiting files that were announced again.", registry=API
)
HTTP_SECONDS: Final = Histogram(
    "csv_processor_http_request_seconds",
    "How long the API took to answer, to the last byte, by route, method and status class.",
    ["method", "route", "status"],
    buckets=_SECONDS,
    registry=API,
)
HTTP_IN_PROGRESS: Final = Gauge(
    "csv_processor_http_requests_in_progress",
    "Requests that are being answered, by method; an API that shuts down completes them first.",
    ["method"],
    registry=API,
)
REFUSED: Final = Counter(
    "csv_processor_refused_requests",
    "Requests that were not let in, by the code of the answer.",
    ["code"],
    registry=API,
)
WEBHOOK_ATTEMPTS: Final = Counter(
    "csv_processor_webhook_attempts",
    "Messages that were sent to webhooks, by outcome: delivered, failed (tried again, or given up).",
    ["outcome"],
    registry=API,
)
RETENTION_FILES: Final = Counter(
    "csv_processor_retention_files",
    "Files that retention removed something of, by what: raw, readings or results.",
    ["what"],
    registry=API,
)
FILES: Final = Gauge(
    "csv_processor_files", "Files by status, as the database has them.", ["status"], registry=API
)
OLDEST_WAITING: Final = Gauge(
    "csv_processor_oldest_waiting_file_seconds",
    "Age of the file that has been waiting longest; 0 if none is waiting.",
    registry=API,
)

# -- worker --

ROWS: Final = Counter(
    "csv_processor_rows", "Rows parsed, by outcome: valid, invalid.", ["outcome"], registry=WORKER
)
BATCHES: Final = Counter("csv_processor_batches", "Batches processed.", registry=WORKER)
FILES_FINISHED: Final = Counter(
    "csv_processor_files_finished",
    "Files that reached a terminal status, by status.",
    ["status"],
    registry=WORKER,
)
RETRIES: Final = Counter(
    "csv_processor_retries",
    "Tries that failed because a service was unavailable, by service.",
    ["service"],
    registry=WORKER,
)
DEAD_LETTERS: Final = Counter(
    "csv_processor_dead_letters",
    "Messages that could not be understood.",
    ["topic", "code"],
    registry=WORKER,
)
POISON: Final = Counter(
    "csv_processor_poison_messages",
    "Messages given up after three attempts because of an unexpected exception; their files failed.",
    ["topic"],
    registry=WORKER,
)
DEATHS: Final = Counter(
    "csv_processor_worker_deaths",
    "Worker processes that died while they handled messages, as found by this worker.",
    registry=WORKER,
)
LAG: Final = Gauge(
    "csv_processor_lag_messages",
    "Messages of a topic that are not processed yet, in the partitions of this worker.",
    ["topic"],
    registry=WORKER,
)
HANDLER_SECONDS: Final = Histogram(
    "csv_processor_handler_seconds",
    "How long a worker worked on a message, or on a group of them, by handler.",
    ["handler"],
    buckets=_SECONDS,
    registry=WORKER,
)
WORKER_READY: Final = Gauge(
    "csv_processor_worker_ready",
    "1 if the worker has its partitions and all services respond.",
    registry=WORKER,
)


P_ = ParamSpec("P_")
T_ = TypeVar("T_")


def timed(
    histogram: Histogram, operation: str
) -> Callable[[Callable[P_, Awaitable[T_]]], Callable[P_, Coroutine[Any, Any, T_]]]:
    """Let calls of a function be measured under `operation`; outcome is `ok` or `failed`."""

    def decorate(call: Callable[P_, Awaitable[T_]]) -> Callable[P_, Coroutine[Any, Any, T_]]:
        @wraps(call)
        async def measured(*args: P_.args, **kwargs: P_.kwargs) -> T_:
            began, outcome = time.perf_counter(), "failed"
            try:
                result = await call(*args, **kwargs)
                outcome = "ok"
                return result
            finally:
                histogram.labels(operation, outcome).observe(time.perf_counter() - began)

        return measured

    return decorate


def text(registry: CollectorRegistry) -> bytes:
    """All values of a process in Prometheus' text format."""
    return generate_latest(registry)
