"""The stack as a plan: which parts there are, with their commands, environment and probes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from embedded.broker import broker_part
from embedded.broker_restart import Renewal, create_topics, waiting_at
from embedded.endpoints import DATABASE, port_of, store_folder, worker_url
from embedded.external_services import RealParts
from embedded.kafka import kafka_part
from embedded.minio import minio_part
from embedded.probe import answers_ok
from embedded.process_spec import Part
from embedded.seaweedfs import seaweedfs_part
from embedded.store import store_part
from embedded.supervisor import Plan
from schemas.views import view_names

ALL: Final = ("broker", "store", "clickhouse", "migrate", "api", "worker")
# Many small processes share few cores: none of them needs pools of its own for arithmetic.
_MODEST: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONUNBUFFERED": "1",
}


def environment(caller: Mapping[str, str], endpoints: Mapping[str, str]) -> dict[str, str]:
    """What every part gets: modest defaults, the caller's environment, and above it the addresses."""
    return {**_MODEST, **caller, **endpoints}


def _clickhouse(endpoints: Mapping[str, str], data_dir: Path) -> Part:
    port = port_of(endpoints, "CLICKHOUSE_URL")
    folder = data_dir / "clickhouse"
    command = [sys.executable, "-m", "embedded.clickhouse", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--path", str(folder), "--database", DATABASE]
    for view in view_names():
        command += ["--view", view]
    owner, reader = urlsplit(endpoints["CLICKHOUSE_URL"]), urlsplit(endpoints["SQL_URL"])
    return Part(
        "clickhouse",
        tuple(command),
        env={
            "CLICKHOUSE_USER": owner.username or "",
            "CLICKHOUSE_PASSWORD": owner.password or "",
            "CLICKHOUSE_READER": reader.username or "",
            "CLICKHOUSE_READER_PASSWORD": reader.password or "",
        },
        probe=lambda: answers_ok(port, "/ping"),
        stop_seconds=15.0,
    )


def _api(endpoints: Mapping[str, str], workers: Sequence[str]) -> Part:
    port = int(endpoints["API_PORT"])
    host = endpoints["API_HOST"]
    asked = "127.0.0.1" if host == "0.0.0.0" else host
    return Part(
        "api",
        (sys.executable, "-m", "ingest.server"),
        env={"WORKER_URLS": ",".join(workers)},
        probe=lambda: answers_ok(port, "/health/ready", asked),
        stop_seconds=15.0,
    )


def _worker(number: int, port: int, data_dir: Path) -> Part:
    return Part(
        f"worker-{number}",
        (sys.executable, "-m", "stream", "worker"),
        env={
            "WORKER_ID": str(number),
            "WORKER_STATE_DIR": str(data_dir / "workers"),
            "WORKER_METRICS_HOST": "127.0.0.1",
            "WORKER_METRICS_PORT": str(port),
        },
        # Not before it has its partitions and reads: what is uploaded now is taken up at once.
        probe=lambda: answers_ok(port, "/health/ready"),
        stop_seconds=20.0,
        standby="--standby",
    )


def _broker(endpoints: Mapping[str, str], data_dir: Path, jars: Path | None) -> Part:
    port = port_of(endpoints, "KAFKA_BOOTSTRAP_SERVERS")
    return kafka_part(port, data_dir / "kafka", jars) if jars else broker_part(port)


def _store(endpoints: Mapping[str, str], data_dir: Path, real: RealParts) -> Part:
    port = port_of(endpoints, "S3_ENDPOINT")
    keys = (endpoints["S3_ACCESS_KEY"], endpoints["S3_SECRET_KEY"], endpoints["S3_REGION"])
    if real.seaweedfs is not None:
        return seaweedfs_part(port, data_dir / "seaweedfs", real.seaweedfs, *keys[:2])
    if real.minio is None:
        return store_part(port, store_folder(data_dir), *keys)
    servers = endpoints["KAFKA_BOOTSTRAP_SERVERS"]
    return minio_part(port, data_dir / "minio", real.minio, *keys, servers, flags=real.minio_flags)


def make_plan(
    endpoints: Mapping[str, str],
    data_dir: Path,
    workers: int,
    parts: Collection[str] = ALL,
    real: RealParts = RealParts(),  # noqa: B008 - frozen
    broker_memory_mb: float | None = None,
) -> Plan:
    """The plan of a stack.

    Args:
        endpoints: as `choose_endpoints` gives them.
        workers: how many stream workers.
        parts: which of `ALL` to run.
        real: which of them are the real programs.
        broker_memory_mb: a broker in memory is restarted beyond it; None: never.
    """
    services: dict[str, Callable[[], Part]] = {
        "broker": lambda: _broker(endpoints, data_dir, real.kafka_jars),
        "store": lambda: _store(endpoints, data_dir, real),
        "clickhouse": lambda: _clickhouse(endpoints, data_dir),
    }
    count = workers if "worker" in parts else 0
    ports = [port_of(endpoints, worker_url(n)) for n in range(count)]
    forgets = "broker" in parts and real.kafka_jars is None
    renewal = None
    # Without workers no message is read, and waiting messages must not be lost.
    if forgets and ports and broker_memory_mb is not None:
        renewal = Renewal(broker_memory_mb, lambda: waiting_at(ports))
    servers = endpoints.get("KAFKA_BOOTSTRAP_SERVERS", "").split(",")
    migrate = Part("migrate", (sys.executable, "-m", "cli", "migrate"))
    return Plan(
        services=[make() for name, make in services.items() if name in parts],
        migrate=migrate if "migrate" in parts else None,
        applications=[
            *(
                [_api(endpoints, [endpoints[worker_url(n)] for n in range(count)])]
                if "api" in parts
                else []
            ),
            *(_worker(n, port, data_dir) for n, port in enumerate(ports)),
        ],
        create_topics=partial(create_topics, servers) if forgets and "migrate" in parts else None,
        broker_forgets=forgets,
        renewal=renewal,
    )
