"""The worker process: settings, logging, the app with its handlers, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import sys

import uvloop

from rows.compile import warm
from runtime.logging import log_to_stderr
from runtime.settings import InvalidSettings, WorkerSettings, load
from schemas.topics import WORKER_GROUP
from stream.dependencies import build_worker
from stream.engine.app import AppOptions, new_app
from stream.health import health_server
from stream.runtime.drain import DrainSignal
from stream.runtime.exit import abort

_LOG = logging.getLogger(__name__)


def main(*, standby: bool = False) -> int:
    """Run a worker; the exit code: 0 after SIGTERM, 2 if settings are wrong, 70 after a crash.

    Args:
        standby: it is ready to work, and waits for a line on standard input.
    """
    try:
        settings = load(WorkerSettings)
    except InvalidSettings as exc:
        print(exc, file=sys.stderr)
        return 2
    log_to_stderr(settings.log_level, settings.log_format, worker=settings.worker_id)
    # Before the group is joined: a worker with partitions must be able to work.
    warm()
    if standby and not sys.stdin.readline():
        return 0
    # For the consumer's loop too, which is on a thread of its own.
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(run(settings))
    return 0


async def run(settings: WorkerSettings) -> None:
    """Work until SIGTERM or SIGINT."""
    drain = DrainSignal()
    stream = new_app(
        AppOptions(
            app_id=WORKER_GROUP,
            bootstrap_servers=settings.bootstrap_servers,
            security=settings.kafka_security,
            flavour=settings.kafka_flavour,
            bell=settings.kafka_bell_folder,
            replication_factor=settings.kafka_replication_factor,
        ),
        drain,
        abort,
    )
    host, port = settings.worker_metrics_host, settings.worker_metrics_port
    async with (
        build_worker(stream, settings, drain) as readiness,
        health_server(host, port, readiness, stream.lag),
    ):
        _LOG.info("the worker starts")
        await stream.run()
    _LOG.info("the worker has stopped")
