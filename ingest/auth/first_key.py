"""Creates the first API key: without one, an API that needs keys cannot be called.

With CREATE_FIRST_KEY the API creates it at startup and writes it to its log. Access to the log is
therefore access to the API, like access to `csv-processor keys`. Only the process that creates the
key can show it, because the database stores its hash.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

from runtime.settings import ApiSettings
from schemas.errors import Unavailable
from schemas.instants import utc_now
from sinks.clickhouse.client import Database
from sinks.clickhouse.connection import Refused
from sinks.queries.api_keys import create_first_key, read_keys

_LOG = logging.getLogger(__name__)
# Logged at every LOG_LEVEL: it cannot be shown again.
_LOG.setLevel(logging.WARNING)
# ClickHouse's error codes for an unknown table and an unknown database.
_NOT_MIGRATED: Final = (60, 81)
# How long the database and its tables may take to appear before a first key is created.
_WAIT_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 0.5


async def has_key(settings: ApiSettings) -> bool:
    """Whether a client can authenticate; creates the first key if the settings say so.

    True if the keys cannot be read at present: no client gets in until they can be read.

    Raises:
        Refused: the database rejects the query.
    """
    database = Database(settings.clickhouse_url, threads=1, timeout=5)
    deadline = time.monotonic() + (_WAIT_SECONDS if settings.create_first_key else 0)
    try:
        while True:
            try:
                return await _has_key(database, create=settings.create_first_key)
            except Refused as exc:
                if exc.code not in _NOT_MIGRATED:
                    raise
                if time.monotonic() >= deadline:
                    return False
            except Unavailable as exc:
                if time.monotonic() >= deadline:
                    _LOG.warning("keys cannot be read yet: %s", exc)
                    return True
            await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        await database.close()


async def _has_key(database: Database, *, create: bool) -> bool:
    if create and (token := await create_first_key(database)):
        _LOG.warning(
            "created the first API key, with the scope admin."
            " This line is the only one that shows it: %s",
            token,
        )
        return True
    return any(key.state(utc_now()) == "active" for key in await read_keys(database))
