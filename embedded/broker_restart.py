"""The embedded broker's memory, bounded by restarting it.

It keeps every message for as long as it runs, and knows no way to drop old ones; the more there are,
the longer it takes to find the next. Where it has grown beyond a limit, the API is stopped until the
workers have nothing left to do (a second at most) and the broker is ended. What follows is what follows
its death at any other moment, but that the next workers have been started before.
"""

from __future__ import annotations

import asyncio
import http.client
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import psutil

from schemas.errors import Unavailable

_log: Final = logging.getLogger("embedded")
VARIABLE: Final = "BROKER_MEMORY_MB"
_DEFAULT_MB: Final = 512.0
_SECONDS: Final = 1.0
# Workers are idle if they say so twice.
_LOOKS: Final = 2
_LOOK_SECONDS: Final = 0.05
_LAG = re.compile(r"^csv_processor_lag_messages\{[^}]*\} ([0-9.e+]+)$", re.MULTILINE)


class InvalidLimit(Exception):  # noqa: N818
    """The variable that sets the limit has no number in it."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """When the broker must be restarted.

    `waiting` is the number of messages that are not processed yet, None if it is not known.
    """

    memory_mb: float
    waiting: Callable[[], int | None]

    def share(self, pid: int) -> float:
        """How much of the limit the broker with this process id has in memory; 0 if it has ended."""
        try:
            used = psutil.Process(pid).memory_info().rss / 1e6
        except psutil.NoSuchProcess:
            return 0.0
        return float(used / self.memory_mb)

    def is_idle(self, seconds: float) -> bool:
        """Whether no message waits, now or within so many seconds in which none comes.

        A message that a worker has not fetched yet is not counted, so it is asked twice.
        """
        deadline, idle = time.monotonic() + seconds, 0
        while idle < _LOOKS:
            idle = idle + 1 if self.waiting() == 0 else 0
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_SECONDS)
        return True


def create_topics(servers: Sequence[str]) -> bool:
    """Create all topics on a broker that has just started; whether it was possible."""
    # The runner has no other use for a Kafka client, and none at all as long as no broker ends.
    from broker.admin import ensure_topics

    try:
        asyncio.run(ensure_topics(servers))
    except Unavailable as exc:
        _log.warning("topics are not created yet: %s", exc)
        return False
    return True


def limit(env: Mapping[str, str]) -> float:
    """What `BROKER_MEMORY_MB` says, in MB of 10^6 bytes.

    Raises:
        InvalidLimit: it is no number above 0.
    """
    said = env.get(VARIABLE) or str(_DEFAULT_MB)
    try:
        found = float(said)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise InvalidLimit(f"{VARIABLE}={said} is no number of megabytes above 0")
    return found


def waiting_at(ports: Sequence[int]) -> int | None:
    """Messages that the workers with these ports of metrics have before them; None where one of
    them does not say."""
    total = 0.0
    for port in ports:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
        try:
            connection.request("GET", "/metrics")
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        lags = [float(value) for value in _LAG.findall(text)]
        if response.status != 200 or not lags:
            return None
        total += sum(lags)
    return round(total)
