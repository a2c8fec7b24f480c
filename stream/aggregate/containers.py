"""The end of containers: when a member ends, the container is summed up."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Collection
from typing import Any, Protocol

from schemas import topics
from schemas.file_document import MAX_SENSORS, encode_bounded, file_document
from schemas.file_record import FileRecord
from sinks.containers import SummedUp
from stream.runtime.message import Publisher
from stream.runtime.retry import Retry
from stream.runtime.together import together

_LOG = logging.getLogger(__name__)


class Sums(Protocol):
    """See `sinks.containers.Containers`."""

    def sum_up(self, parent_id: str) -> Awaitable[SummedUp | None]: ...


class MemberQueries(Protocol):
    """What is asked of the database about the members of a container."""

    async def members_per_sensor_count(self, parent_id: str, limit: int) -> dict[str, int]: ...

    async def first_rows_of_container(self, parent_id: str) -> list[dict[str, Any]]: ...


class ContainerFinalizer:
    """Ends containers. Doing it again publishes the document again."""

    def __init__(
        self, *, sums: Sums, queries: MemberQueries, publisher: Publisher, retry: Retry
    ) -> None:
        self._sums, self._queries = sums, queries
        self._publisher, self._retry = publisher, retry

    async def __call__(self, parent_ids: Collection[str]) -> None:
        """Returns when each container that has ended is terminal for every reader, and its
        document published."""
        await together(*(self.finish(parent_id) for parent_id in parent_ids))

    async def finish(self, parent_id: str) -> None:
        """Sum one container up."""
        done = await self._retry("sum up a container", lambda: self._sums.sum_up(parent_id))
        if done is None:
            return
        if done.is_new:
            record = done.record
            _LOG.info(
                "container %s: %d members",
                record.status,
                record.member_count,
                extra={"file_id": record.file_id, "generation": record.generation},
            )
        await self._publish(done.record)

    async def _publish(self, record: FileRecord) -> None:
        counts = await self._retry(
            "read results",
            lambda: self._queries.members_per_sensor_count(record.file_id, MAX_SENSORS),
        )
        rows: list[dict[str, Any]] = []
        if record.summary is not None and record.summary.invalid_count:
            rows = await self._retry(
                "read results", lambda: self._queries.first_rows_of_container(record.file_id)
            )
        document = file_document(record, per_sensor_count=counts, invalid_rows=rows)
        value = encode_bounded(document)
        await self._retry(
            "publish a result",
            lambda: self._publisher.publish(topics.RESULTS, record.file_id.encode(), value),
        )
