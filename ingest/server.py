"""`python -m ingest.server`: the HTTP API as a process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys

import uvicorn
from fastapi import FastAPI

from ingest.app import create_app
from ingest.dependencies import Dependencies
from ingest.http.uvicorn_protocol import bounded_heads
from runtime.logging import log_to_stderr
from runtime.settings import ApiSettings, InvalidSettings, load
from schemas.errors import Unavailable
from schemas.file_record import utc_now
from sinks.clickhouse.client import Database
from sinks.clickhouse.connection import Refused
from sinks.queries.api_keys import read_keys

# ClickHouse's numbers for a table and for a database that are not there.
_NOT_MIGRATED = (60, 81)


def main() -> int:
    """Serve until SIGTERM or SIGINT; 2 where the settings do not allow a start."""
    try:
        settings = load(ApiSettings)
    except InvalidSettings as exc:
        print(exc, file=sys.stderr)
        return 2
    log_to_stderr(settings.log_level, settings.log_format)
    # It says each failed attempt to connect; what that means for us is said by us.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    if settings.keys_needed and asyncio.run(_no_key(settings)):
        print(
            f"cannot start: there is no API key yet, and on {settings.api_host} calls need one; "
            "`csv-processor keys create NAME --scope admin` makes it (ALLOW_OPEN=1 does without, "
            "where something in front of the API lets nobody in)",
            file=sys.stderr,
        )
        return 2
    # Exceptions are logged once, with the request that they are of (`ingest.http.error_handlers`).
    logging.getLogger("uvicorn.error").addFilter(lambda record: not record.exc_info)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        loop="uvloop",
        http=bounded_heads(
            settings.max_header_bytes, settings.header_seconds, settings.max_connections
        ),
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
        timeout_keep_alive=30,
    )
    server = _Server(config, app)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    return 0 if server.started else 3


async def _no_key(settings: ApiSettings) -> bool:
    """Whether it is certain that no key opens anything."""
    database = Database(settings.clickhouse_url, threads=1, timeout=5)
    try:
        return not any(key.state(utc_now()) == "active" for key in await read_keys(database))
    except Unavailable as exc:
        # Nobody gets in before keys can be read, so that it may start already.
        logging.getLogger("ingest").warning("keys cannot be read yet: %s", exc)
        return False
    except Refused as exc:
        if exc.code not in _NOT_MIGRATED:
            raise
        return True
    finally:
        await database.close()


class _Server(uvicorn.Server):
    """Ends streams of events when it is told to stop; it would wait for them otherwise."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        deps: Dependencies = self._app.state.deps
        deps.change_feed.end()
        await super().shutdown(sockets)


if __name__ == "__main__":
    sys.exit(main())
