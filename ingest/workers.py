"""Which workers run, and which of them are ready.

With `WORKER_URLS` each worker is asked for its own readiness, so one that was killed, stopped or
cannot work is named. Without it the broker reports the members of the workers' consumer group.
"""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from broker.groups import members
from runtime.fresh import Fresh
from runtime.readiness import CheckFailed
from runtime.settings import ApiSettings
from schemas.topics import WORKER_GROUP

_SECONDS: Final = 1.0
_TIMEOUT: Final = 2.0


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A worker: its address or its name at the broker, and why it is not ready (None if it is)."""

    name: str
    reason: str | None


class Workers:
    """The workers of an API process' settings; their states are at most a second old."""

    def __init__(self, settings: ApiSettings) -> None:
        urls = settings.worker_addresses
        self.named: Final = bool(urls)
        self._states = Fresh(
            lambda: (
                answering(urls)
                if urls
                else reading(settings.bootstrap_servers, settings.kafka_security)
            ),
            _SECONDS,
        )

    async def states(self) -> list[WorkerState]:
        """Every worker that is known.

        Raises:
            Unavailable: the broker was asked, and is unavailable.
        """
        return await self._states.get()

    async def check(self) -> str:
        """How many workers there are.

        Raises:
            CheckFailed: there are none, or some are not ready.
        """
        states = await self.states()
        if not states:
            raise CheckFailed("no worker is running: uploads are accepted, and wait")
        failing = [f"{state.name} {state.reason}" for state in states if state.reason is not None]
        there = len(states) - len(failing)
        if failing:
            raise CheckFailed(f"{there} of {len(states)} workers are ready: {'; '.join(failing)}")
        return f"{there} of {there} {'ready' if self.named else 'running'}"


async def reading(
    bootstrap_servers: Sequence[str], security: Mapping[str, Any]
) -> list[WorkerState]:
    """The workers that the broker knows; a stopped one leaves after a few seconds."""
    found = await members(bootstrap_servers, WORKER_GROUP, security)
    return [WorkerState(f"{member.client_id} {member.host}".strip(), None) for member in found]


async def answering(urls: Sequence[str]) -> list[WorkerState]:
    """The workers at `urls`, each with what it answers."""
    reasons = await asyncio.gather(*(asyncio.to_thread(_why_not, url) for url in urls))
    return [WorkerState(url, why) for url, why in zip(urls, reasons, strict=True)]


def _why_not(url: str) -> str | None:
    """Why a worker is not ready; None if it is."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_TIMEOUT)
    try:
        connection.request("GET", "/health/ready")
        response = connection.getresponse()
        body = response.read(64 << 10)
    except (OSError, http.client.HTTPException) as exc:
        return f"does not answer ({exc or type(exc).__name__})"
    finally:
        connection.close()
    if response.status == 200:
        return None
    try:
        parts: dict[str, Any] = json.loads(body)["parts"]
        why = [f"{name}: {part['reason']}" for name, part in parts.items() if not part["ready"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        why = [f"status {response.status}"]
    return f"is not ready ({', '.join(why)})"
