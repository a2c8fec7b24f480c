"""`python -m ingest.serve`: the HTTP API as a process."""

from __future__ import annotations

import logging
import sys

import uvicorn

from ingest.app import create_app
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
    uvicorn.run(
        create_app(settings),
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
