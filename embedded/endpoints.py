"""Addresses and credentials of a stack, chosen once and kept in DATA_DIR/endpoints.env.

A restart keeps them, of a part or of the whole; a port that another program has taken since is
chosen again. The file holds the keys of the object store and the passwords of the database, and is
readable by its owner alone.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from embedded.external_services import RealParts
from embedded.minio import ARN
from embedded.probe import free_ports, port_free

DATABASE: Final = "csv_processor"
# Users of the embedded database: the product, and the reader of the views.
OWNER: Final = "csv_processor"
READER: Final = "reader"
BUCKET: Final = "csv-processor"
INBOX: Final = "inbox"
FILE: Final = "endpoints.env"


class PortTaken(Exception):  # noqa: N818
    """The requested port is in use by another program."""


def read_endpoints(data_dir: Path) -> dict[str, str]:
    """The values kept from an earlier start; empty if there was none."""
    try:
        lines = (data_dir / FILE).read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, sep, value in pairs if sep}


def _port(url: str) -> int | None:
    """The port of an address like host:port or scheme://host:port/…; None if there is none."""
    try:
        return urlsplit(url if "//" in url else f"//{url}").port
    except ValueError:
        return None


def _api_port(wish: int | None, kept: Mapping[str, str], host: str) -> int:
    if wish:
        if not port_free(wish, host):
            raise PortTaken(f"port {wish} is taken by another program; set API_PORT to another one")
        return wish
    port = _port(kept.get("CSV_PROCESSOR_API", ""))
    return port if port and port_free(port, host) else free_ports(1)[0]


def worker_url(number: int) -> str:
    """The name under which the address of a worker's health and metrics is kept."""
    return f"WORKER_{number}_URL"


def choose_endpoints(
    data_dir: Path,
    api_host: str,
    api_port: int,
    *,
    workers: int = 0,
    real: RealParts = RealParts(),  # noqa: B008 - frozen
    elsewhere: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The environment with the addresses of all processes, kept in the data folder.

    Args:
        api_port: the port of the API; 0 keeps the last one, or takes a free one.
        workers: how many workers get a port for their health and metrics.
        real: which parts are the real programs.
        elsewhere: addresses of services that this stack does not run.

    Raises:
        PortTaken: another program listens on `api_port`.
    """
    kept, there = read_endpoints(data_dir), elsewhere or {}
    port = _api_port(api_port, kept, api_host)
    worker_names = [worker_url(number) for number in range(workers)]
    names = ["KAFKA_BOOTSTRAP_SERVERS", "S3_ENDPOINT", "CLICKHOUSE_URL", *worker_names]
    ports = [_port(kept.get(name, "")) for name in names]
    # Enough for all, where some of them are in use by name already.
    fresh = iter(free_ports(2 * len(names) + 1))
    chosen: list[int] = []
    for at in ports:
        usable = at is not None and at != port and at not in chosen and port_free(at)
        if usable and at is not None:
            chosen.append(at)
        else:
            chosen.append(next(p for p in fresh if p != port and p not in ports))
    kafka, s3, clickhouse, *worker_ports = chosen
    shown = "127.0.0.1" if api_host in ("0.0.0.0", "") else api_host
    endpoints = {
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{kafka}",
        "KAFKA_FLAVOUR": "kafka" if real.kafka_jars else "tansu",
        "STORE_URL": f"s3://{BUCKET}",
        "S3_ENDPOINT": f"http://127.0.0.1:{s3}",
        "S3_ACCESS_KEY": kept.get("S3_ACCESS_KEY") or secrets.token_hex(10),
        "S3_SECRET_KEY": kept.get("S3_SECRET_KEY") or secrets.token_hex(20),
        "S3_REGION": "us-east-1",
        "CLICKHOUSE_URL": _database_url(OWNER, kept.get("CLICKHOUSE_URL"), clickhouse),
        # What people query with: it reads the public views, and nothing else.
        "SQL_URL": _database_url(READER, kept.get("SQL_URL"), clickhouse),
        "API_HOST": api_host,
        "API_PORT": str(port),
        "DATA_DIR": str(data_dir),
        "CSV_PROCESSOR_API": f"http://{shown}:{port}",
        **{
            name: f"http://127.0.0.1:{at}"
            for name, at in zip(worker_names, worker_ports, strict=True)
        },
        # The stand-in for MinIO keeps plain files: they can be read without HTTP.
        **(
            {}
            if real.store or "S3_ENDPOINT" in there
            else {"S3_LOCAL_FOLDER": str(store_folder(data_dir))}
        ),
        # Tansu wakes no consumer.
        **(
            {}
            if real.kafka_jars or "KAFKA_BOOTSTRAP_SERVERS" in there
            else {"KAFKA_BELL_FOLDER": str(data_dir / "bell")}
        ),
        **({} if "S3_ENDPOINT" in there else {"INBOX_BUCKET": INBOX}),
        # Only MinIO sends notifications; in other stores the inbox is listed.
        **({"INBOX_ARN": ARN} if real.minio else {}),
        **there,
    }
    _write(data_dir / FILE, endpoints)
    return endpoints


def _database_url(user: str, kept: str | None, port: int) -> str:
    """The address of the embedded database for `user`, with the password it had in `kept`."""
    known = urlsplit(kept) if kept else None
    same = known is not None and known.username == user and known.password
    password = known.password if known and same else secrets.token_urlsafe(24)
    return f"http://{user}:{password}@127.0.0.1:{port}/{DATABASE}"


def store_folder(data_dir: Path) -> Path:
    """Where the embedded store keeps its buckets."""
    return data_dir / "store"


def port_of(endpoints: Mapping[str, str], name: str) -> int:
    """The port in one of the addresses."""
    port = _port(endpoints[name])
    assert port is not None
    return port


def _write(path: Path, endpoints: Mapping[str, str]) -> None:
    """Replace the file atomically, with access for its owner only."""
    new = path.with_suffix(".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in endpoints.items())
    new.replace(path)
