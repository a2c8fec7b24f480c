"""`python -m ingest.serve`: the HTTP API as a process."""

from __future__ import annotations

import contextlib
import logging
import socket
import sys

import uvicorn
from fastapi import FastAPI

from ingest.app import create_app
from ingest.services import Services
from settings import ApiSettings, InvalidSettings, load


def main() -> int:
    """Serve until SIGTERM or SIGINT; 2 where the settings do not allow a start."""
    try:
        settings = load(ApiSettings)
    except InvalidSettings as exc:
        print(exc, file=sys.stderr)
        return 2
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # It says each failed attempt to connect; what that means for us is said by us.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        loop="uvloop",
        http="httptools",
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
    """Ends streams of events when it is told to stop; it would wait for them otherwise."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        services: Services = self._app.state.services
        services.watch.end()
        await super().shutdown(sockets)


if __name__ == "__main__":
    sys.exit(main())
