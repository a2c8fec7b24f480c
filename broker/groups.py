"""Members and lag of a consumer group, as the broker reports them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.errors import Service, Unavailable

_REQUEST_MS = 3_000
_SECONDS = 3.5
# Of a group in DescribeGroups: error code, id, state, protocol type, protocol, members.
_ERROR, _MEMBERS = 0, 5
# Of a member: id, client id, host, metadata, assignment.
_CLIENT, _HOST = 1, 2


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a consumer group: its client id, and the host that it connects from."""

    client_id: str
    host: str


async def members(
    bootstrap_servers: Sequence[str], group: str, security: Mapping[str, Any] | None = None
) -> list[Member]:
    """The members of `group`. One that stopped counts until its session is over.

    The embedded broker notices the end of a session only if another member is alive.

    Raises:
        Unavailable: the broker is unavailable.
    """
    async with _admin(bootstrap_servers, security, f"the group {group}") as admin:
        answers = await admin.describe_consumer_groups([group])
    found: list[Member] = []
    for answer in answers:
        for described in answer.groups:
            if described[_ERROR]:
                raise Unavailable(
                    Service.KAFKA, f"the group {group} is not known (error {described[_ERROR]})"
                )
            found += [Member(str(m[_CLIENT]), str(m[_HOST])) for m in described[_MEMBERS]]
    return found


async def lag(
    bootstrap_servers: Sequence[str],
    group: str,
    topics: Mapping[str, int],
    security: Mapping[str, Any] | None = None,
) -> dict[str, int]:
    """Messages of each of `topics` that `group` has not committed yet.

    Args:
        topics: name of each topic with the number of its partitions.

    Raises:
        Unavailable: the broker is unavailable.
    """
    partitions = [TopicPartition(name, n) for name, count in topics.items() for n in range(count)]
    async with _admin(bootstrap_servers, security, f"offsets of the group {group}") as admin:
        committed = await admin.list_consumer_group_offsets(group, partitions=partitions)
    async with _consumer(bootstrap_servers, security) as consumer:
        first = await consumer.beginning_offsets(partitions)
        end = await consumer.end_offsets(partitions)
    waiting = dict.fromkeys(topics, 0)
    for partition in partitions:
        done = committed[partition].offset if partition in committed else -1
        # Without a commit all that is kept waits; what retention deleted waits no longer.
        waiting[partition.topic] += max(0, end[partition] - max(done, first[partition]))
    return waiting


@asynccontextmanager
async def _admin(
    bootstrap_servers: Sequence[str], security: Mapping[str, Any] | None, what: str
) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(
        bootstrap_servers=list(bootstrap_servers),
        request_timeout_ms=_REQUEST_MS,
        **(security or {}),
    )
    with _translated(what):
        async with asyncio.timeout(_SECONDS):
            try:
                await admin.start()
                yield admin
            finally:
                await admin.close()


@asynccontextmanager
async def _consumer(
    bootstrap_servers: Sequence[str], security: Mapping[str, Any] | None
) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=list(bootstrap_servers),
        enable_auto_commit=False,
        request_timeout_ms=_REQUEST_MS,
        **(security or {}),
    )
    with _translated("the ends of topics"):
        async with asyncio.timeout(_SECONDS):
            try:
                await consumer.start()
                yield consumer
            finally:
                await consumer.stop()


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError as exc:
        raise Unavailable(Service.KAFKA, f"no answer within {_SECONDS:g} seconds") from exc
    except (KafkaError, OSError) as exc:
        raise Unavailable(Service.KAFKA, f"{what} cannot be asked for: {exc!r}") from exc
