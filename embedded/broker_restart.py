"""The embedded broker's memory, bounded by restarting it.

It keeps every message for as long as it runs, and knows no way to drop old ones. Where it has grown
beyond a limit it is ended at a moment when the workers have nothing left to do, and what follows is
what follows its death at any other moment: topics are created again, the workers restart, and files
that wait are announced again. Where that moment does not come, it is ended at twice the limit.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import psutil

VARIABLE: Final = "BROKER_MEMORY_MB"
_DEFAULT_MB: Final = 512.0
_SECONDS: Final = 1.0
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

    def is_due(self, pid: int) -> bool:
        """Whether the broker with this process id is to end now."""
        try:
            used = psutil.Process(pid).memory_info().rss / 1e6
        except psutil.NoSuchProcess:
            return False
        if used <= self.memory_mb:
            return False
        return used > 2 * self.memory_mb or self.waiting() == 0


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
