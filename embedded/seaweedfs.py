"""SeaweedFS from its binary, in place of the embedded store: an S3 server without notifications."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from embedded.probe import answers_ok, free_ports
from embedded.process_spec import Part

# The servers inside of the process listen on ports of their own, HTTP and gRPC.
_INNER: Final = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port.grpc",
)
_OFF: Final = ("s3.port.iceberg", "s3.port.lance")


def seaweedfs_part(port: int, folder: Path, binary: Path, access_key: str, secret_key: str) -> Part:
    """SeaweedFS in one process on a port of the loopback interface."""
    data, config = folder / "data", folder / "s3.json"
    data.mkdir(parents=True, exist_ok=True)
    _write_private(config, identities(access_key, secret_key))
    ports = [f"-{name}={at}" for name, at in zip(_INNER, free_ports(len(_INNER)), strict=True)]
    return Part(
        name="store",
        command=(
            str(binary),
            "-logtostderr=true",
            "server",
            f"-dir={data}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-filer",
            "-s3",
            f"-s3.port={port}",
            f"-s3.config={config}",
            # A bucket that does not exist is an error, as with other stores.
            "-s3.autoCreateBucket=false",
            "-master.telemetry=false",
            "-master.volumeSizeLimitMB=1024",
            "-volume.max=0",
            *ports,
            *(f"-{name}=0" for name in _OFF),
        ),
        probe=lambda: answers_ok(port, "/healthz"),
        stop_seconds=15.0,
    )


def identities(access_key: str, secret_key: str) -> str:
    """The S3 configuration with one administrator; SeaweedFS reads keys from a file only."""
    credentials = [{"accessKey": access_key, "secretKey": secret_key}]
    identity = {"name": "csv-processor", "credentials": credentials, "actions": ["Admin"]}
    return json.dumps({"identities": [identity]})


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
