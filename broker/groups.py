"""Members of a consumer group, as the broker reports them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.errors import Service, Unavailable

_REQUEST_MS = 3_000
_SECONDS = 3.5
# Of a group in DescribeGroups: error code, id, state, protocol type, protocol, members.
_ERROR, _MEMBERS = 0, 5


async def members(
    bootstrap_servers: Sequence[str], group: str, security: Mapping[str, Any] | None = None
) -> int:
    """How many members `group` has. A member that stopped counts until its session is over.

    The embedded broker notices the end of a session only if another member is alive.

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
                answers = await admin.describe_consumer_groups([group])
            finally:
                await admin.close()
    except TimeoutError as exc:
        raise Unavailable(Service.KAFKA, f"no answer within {_SECONDS:g} seconds") from exc
    except (KafkaError, OSError) as exc:
        raise Unavailable(Service.KAFKA, f"the group {group} cannot be asked for: {exc!r}") from exc
    found = 0
    for answer in answers:
        for described in answer.groups:
            if described[_ERROR]:
                raise Unavailable(
                    Service.KAFKA, f"the group {group} is not known (error {described[_ERROR]})"
                )
            found += len(described[_MEMBERS])
    return found
