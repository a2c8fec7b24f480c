"""Whether the broker is the one it was: a connection to it that stays open shows it.

A broker that ends, for whatever reason, closes its connections. So what only a new broker can have
lost need not be asked for as long as one is open.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Final

from broker.connect import connect
from schemas.errors import Service, Unavailable

_SECONDS: Final = 3.0
# The broker is looked at again after this long, whatever the connection says: between the two may be
# something that keeps connections open for a broker that has ended.
_TRUSTED_SECONDS: Final = 60.0


class BrokerWatch:
    """A connection to the first of `servers` (host:port) that takes one.

    Args:
        trusted: seconds that an open connection is trusted for.
        clock: seconds that only increase.
    """

    def __init__(
        self,
        servers: Sequence[str],
        trusted: float = _TRUSTED_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._servers, self._trusted, self._clock = servers, trusted, clock
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._known_at: float | None = None

    def is_same(self) -> bool:
        """Whether the broker is the one that `known` was said of."""
        return (
            self._connection is not None
            and self._known_at is not None
            and not self._connection[0].at_eof()
            and not self._connection[1].is_closing()
            and self._clock() - self._known_at < self._trusted
        )

    async def connect(self) -> None:
        """Connect again, before the broker is looked at: it is not known yet.

        Raises:
            Unavailable: no server takes a connection.
        """
        self.close()
        failures = []
        for server in self._servers:
            try:
                self._connection = await connect(server, _SECONDS)
            except (OSError, TimeoutError) as exc:
                failures.append(f"{server} ({exc or type(exc).__name__})")
            else:
                return
        raise Unavailable(Service.KAFKA, f"no connection to {' or '.join(failures)}")

    def known(self) -> None:
        """The broker that `connect` reached was looked at."""
        self._known_at = self._clock()

    def close(self) -> None:
        """Close the connection: the broker may be another one."""
        self._known_at = None
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection[1].close()
            self._connection = None
