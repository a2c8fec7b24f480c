"""`python -m ingest.server`: the HTTP API as a process."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import logging
import socket
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI

from ingest.app import create_app
from ingest.auth.first_key import has_key
from ingest.dependencies import Dependencies
from ingest.http.uvicorn_protocol import bounded_heads
from runtime.garbage import GC_THRESHOLDS
from runtime.logging import log_to_stderr
from runtime.settings import ApiSettings, InvalidSettings, load


def main() -> int:
    """Serve until SIGTERM or SIGINT; 2 if the settings are invalid."""
    try:
        settings = load(ApiSettings)
    except InvalidSettings as exc:
        print(exc, file=sys.stderr)
        return 2
    log_to_stderr(settings.log_level, settings.log_format)
    # It says each failed attempt to connect; what that means for us is said by us.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    if settings.keys_needed and not asyncio.run(has_key(settings)):
        print(
            f"cannot start: there is no API key yet, and on {settings.api_host} calls need one; "
            "create it with `csv-processor keys create NAME --scope admin`, or set "
            "CREATE_FIRST_KEY=1 (ALLOW_OPEN=1 needs no keys, for an API that a proxy protects)",
            file=sys.stderr,
        )
        return 2
    # Exceptions are logged once, with the request that they are of (`ingest.http.error_handlers`).
    logging.getLogger("uvicorn.error").addFilter(lambda record: not record.exc_info)
    app = create_app(settings)
    # What there is by now stays for good.
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    config = uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        loop="uvloop",
        http=bounded_heads(
            settings.max_header_bytes,
            settings.header_seconds,
            settings.body_idle_seconds,
            settings.max_connections,
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


class _Server(uvicorn.Server):
    """Ends streams of events at shutdown, which would wait for them otherwise; and wakes once a
    second for the date in responses, not ten times to see whether it is to end."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app
        self._exit = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        # Ten of its ticks are a second.
        for tick in itertools.count(step=10):
            if await self.on_tick(tick):
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._exit.wait(), 1.0)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._exit.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        deps: Dependencies = self._app.state.deps
        deps.change_feed.end()
        await super().shutdown(sockets)


if __name__ == "__main__":
    sys.exit(main())
