"""API and workers on the images of compose.yaml, if Docker has them: nothing is pulled."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from embedded.probe import free_ports
from embedded.stack import Stack
from tests.conftest import QUICK_RECONCILER
from tests.harness import verification
from tests.harness.client import Client
from tests.harness.oracle import expect
from tests.harness.sensor_files import generate

ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())[
    "services"
]
USER, SECRET = "containers", "3f1c0ffee3f1c0ffee"


_IMAGES = ("kafka", "minio", "clickhouse")
pytestmark = [pytest.mark.needs("docker"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module", autouse=True)
def images() -> None:
    """The images of compose.yaml: nothing is pulled by tests.

    Fails in CI, which pulls them; skips elsewhere.
    """
    for name in _IMAGES:
        command = ["docker", "image", "inspect", SERVICES[name]["image"]]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            reason = f"needs the images: docker compose pull {' '.join(_IMAGES)}"
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


def container(service: str, port: int, inside: int, **env: str) -> DockerContainer:
    """A container as compose.yaml describes the service, its port on loopback."""
    described = SERVICES[service]
    made = DockerContainer(described["image"]).with_bind_ports(inside, port)
    if command := described.get("command"):
        made.with_command(command)
    own = {k: v for k, v in described["environment"].items() if "${" not in v}
    for name, value in {**own, **env}.items():
        made.with_env(name, value)
    return made


@pytest.fixture
def addresses() -> Iterator[tuple[dict[str, str], DockerContainer]]:
    """Kafka, MinIO and ClickHouse in containers: their addresses, and the broker's container."""
    testcontainers_config.ryuk_disabled = True  # it is one more image
    kafka, s3, clickhouse = free_ports(3)
    broker = container(
        *("kafka", kafka, kafka),
        CLUSTER_ID="Y3N2LXByb2Nlc3Nvci1rYQ",
        KAFKA_CONTROLLER_QUORUM_VOTERS="1@localhost:9093",
        KAFKA_LISTENERS=f"PLAINTEXT://:{kafka},CONTROLLER://:9093",
        KAFKA_ADVERTISED_LISTENERS=f"PLAINTEXT://127.0.0.1:{kafka}",
    )
    store = container("minio", s3, 9000, MINIO_ROOT_USER=USER, MINIO_ROOT_PASSWORD=SECRET)
    database = container("clickhouse", clickhouse, 8123, CLICKHOUSE_PASSWORD=SECRET)
    with ExitStack() as stack:
        for each in (broker, store, database):
            stack.enter_context(each)
        waited_for(f"http://127.0.0.1:{s3}/minio/health/live")
        waited_for(f"http://127.0.0.1:{clickhouse}/ping")
        user = SERVICES["clickhouse"]["environment"]["CLICKHOUSE_USER"]
        yield (
            {
                "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{kafka}",
                "KAFKA_FLAVOUR": "kafka",
                "S3_ENDPOINT": f"http://127.0.0.1:{s3}",
                "S3_ACCESS_KEY": USER,
                "S3_SECRET_KEY": SECRET,
                "CLICKHOUSE_URL": f"http://{user}:{SECRET}@127.0.0.1:{clickhouse}/csv_processor",
            },
            broker,
        )


def waited_for(url: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, f"{url} does not answer"
        time.sleep(0.2)


async def test_files_are_exact_and_outlive_the_broker(
    addresses: tuple[dict[str, str], DockerContainer], tmp_path: Path
) -> None:
    env, broker = addresses
    files = [generate("dirty", 20_000, 61), generate("many_sensors", 5_000, 62)]
    parts = ("migrate", "api", "worker")
    with Stack(tmp_path, workers=1, parts=parts, env={**env, **QUICK_RECONCILER}) as stack:
        client = Client(stack.endpoints["CSV_PROCESSOR_API"], env["CLICKHOUSE_URL"])
        for file in files:
            file_id = (await client.upload(file)).json()["file_id"]
            broker.get_wrapped_container().restart(timeout=0)
            await client.ended(file_id, seconds=90)
            assert await verification.one_file(client, file_id, expect(file.data)) == []
        await client.close()
