"""MinIO from its binary, in place of the embedded store: it also notifies Kafka of new objects."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from embedded.probe import answers_ok
from embedded.process_spec import Part
from schemas.topics import NOTIFICATIONS

# Name of the notification target in a bucket's configuration.
TARGET: Final = "inbox"
ARN: Final = f"arn:minio:sqs::{TARGET}:kafka"


def minio_part(
    port: int,
    folder: Path,
    binary: Path,
    access_key: str,
    secret_key: str,
    region: str,
    bootstrap_servers: str,
    flags: Sequence[str] = (),
) -> Part:
    """MinIO on a port of the loopback interface, with `files.notifications` as a target.

    Args:
        flags: of `minio server`, such as `--no-compat`.
    """
    data, queue = folder / "data", folder / "events"
    for made in (data, queue):
        made.mkdir(parents=True, exist_ok=True)
    return Part(
        name="store",
        command=(
            *(str(binary), "server", "--quiet", *flags),
            *("--address", f"127.0.0.1:{port}", str(data)),
        ),
        env={
            "MINIO_ROOT_USER": access_key,
            "MINIO_ROOT_PASSWORD": secret_key,
            "MINIO_SITE_REGION": region,
            "MINIO_BROWSER": "off",
            f"MINIO_NOTIFY_KAFKA_ENABLE_{TARGET}": "on",
            f"MINIO_NOTIFY_KAFKA_BROKERS_{TARGET}": bootstrap_servers,
            f"MINIO_NOTIFY_KAFKA_TOPIC_{TARGET}": NOTIFICATIONS.name,
            # What the broker does not take is kept here until it does, a restart included.
            f"MINIO_NOTIFY_KAFKA_QUEUE_DIR_{TARGET}": str(queue),
        },
        probe=lambda: answers_ok(port, "/minio/health/live"),
        stop_seconds=10.0,
    )
