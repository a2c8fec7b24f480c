"""Makes the topics of `schemas.topics`, and partitions they lack. Doing it twice changes nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import KafkaError

from schemas.errors import Service, Unavailable
from schemas.topics import ALL, Topic

_LOG = logging.getLogger(__name__)
_REQUEST_MS = 4_000
_SECONDS = 10.0
_NO_ERROR, _ALREADY_EXISTS = 0, 36


async def ensure_topics(
    bootstrap_servers: Sequence[str],
    replication_factor: int = 1,
    topics: Iterable[Topic] = ALL,
    security: Mapping[str, Any] | None = None,
) -> list[str]:
    """Create those of `topics` that the broker lacks; the names of the ones created. One that is
    there with fewer partitions gets more.

    Raises:
        Unavailable: the broker is unavailable, or rejects the request.
    """
    wanted = list(topics)
    admin = AIOKafkaAdminClient(
        bootstrap_servers=list(bootstrap_servers),
        request_timeout_ms=_REQUEST_MS,
        **(security or {}),
    )
    try:
        async with asyncio.timeout(_SECONDS):
            try:
                await admin.start()
                # Asking for all topics, as opposed to naming them, makes none.
                present = {
                    topic["topic"]: len(topic["partitions"])
                    for topic in await admin.describe_topics()
                }
                await _widen(
                    admin, [t for t in wanted if 0 < present.get(t.name, 0) < t.partitions]
                )
                missing = [topic for topic in wanted if topic.name not in present]
                return await _create(admin, missing, replication_factor) if missing else []
            finally:
                await admin.close()
    except TimeoutError as exc:
        raise Unavailable(Service.KAFKA, f"no answer within {_SECONDS:.0f} seconds") from exc
    except (KafkaError, OSError) as exc:
        raise Unavailable(Service.KAFKA, f"topics cannot be created: {exc!r}") from exc


async def missing_topics(
    bootstrap_servers: Sequence[str],
    topics: Iterable[Topic] = ALL,
    security: Mapping[str, Any] | None = None,
) -> list[str]:
    """What `ensure_topics` would do, in sentences; it creates nothing.

    Raises:
        Unavailable: the broker is unavailable.
    """
    admin = AIOKafkaAdminClient(
        bootstrap_servers=list(bootstrap_servers),
        request_timeout_ms=_REQUEST_MS,
        **(security or {}),
    )
    try:
        async with asyncio.timeout(_SECONDS):
            try:
                await admin.start()
                present = {
                    topic["topic"]: len(topic["partitions"])
                    for topic in await admin.describe_topics()
                }
            finally:
                await admin.close()
    except TimeoutError as exc:
        raise Unavailable(Service.KAFKA, f"no answer within {_SECONDS:.0f} seconds") from exc
    except (KafkaError, OSError) as exc:
        raise Unavailable(Service.KAFKA, f"topics cannot be listed: {exc!r}") from exc
    problems = []
    for topic in topics:
        partitions = present.get(topic.name, 0)
        if partitions == 0:
            problems.append(f"The topic {topic.name} is missing.")
        elif partitions < topic.partitions:
            problems.append(
                f"The topic {topic.name} has {partitions} partitions instead of {topic.partitions}."
            )
    return problems


async def _widen(admin: AIOKafkaAdminClient, topics: list[Topic]) -> None:
    if topics:
        await admin.create_partitions(
            {topic.name: NewPartitions(topic.partitions) for topic in topics},
            timeout_ms=_REQUEST_MS,
        )
        _LOG.info("more partitions: %s", ", ".join(t.name for t in topics))


async def _create(
    admin: AIOKafkaAdminClient, topics: list[Topic], replication_factor: int
) -> list[str]:
    answer = await admin.create_topics(
        [
            NewTopic(t.name, t.partitions, replication_factor, topic_configs=t.config())
            for t in topics
        ],
        timeout_ms=_REQUEST_MS,
    )
    created = []
    for name, code, *message in answer.topic_errors:
        if code == _NO_ERROR:
            created.append(name)
        elif code != _ALREADY_EXISTS:  # another process may have been quicker
            raise Unavailable(
                Service.KAFKA, f"topic {name} cannot be created: {message} (error {code})"
            )
    _LOG.info("created topics: %s", ", ".join(created) or "none")
    return created
