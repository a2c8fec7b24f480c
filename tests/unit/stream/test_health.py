"""The HTTP server of a worker."""

from __future__ import annotations

import socket
import ssl

import httpx
import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from runtime.readiness import Readiness, service_checks
from schemas.errors import Service, Unavailable
from stream.engine.app import AppOptions, new_app
from stream.health import health_server
from stream.runtime.drain import DrainSignal
from stream.runtime.exit import abort


async def test_it_says_which_part_is_away_and_lives_on() -> None:
    away = True

    async def ping() -> None:
        if away:
            raise Unavailable(Service.STORE, "no process listens")

    async with (
        health_server(
            "127.0.0.1", 0, Readiness(service_checks({Service.STORE: ping}, max_age=-1))
        ) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        answer = await client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["parts"] == {
            "store": {
                "ready": False,
                "required": True,
                "reason": "no process listens",
                "detail": None,
            }
        }
        assert (await client.get("/health/live")).status_code == 200
        away = False
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (200, "ready")


async def test_a_port_in_use_is_reported() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="address already in use"):
            async with health_server("127.0.0.1", taken.getsockname()[1], Readiness([])):
                pass


async def test_a_worker_without_partitions_is_not_ready() -> None:
    drain = DrainSignal()
    stream = new_app(AppOptions("health", ["127.0.0.1:1"], patches=()), drain, abort)
    with pytest.raises(Unavailable, match="not joined yet"):
        await stream.ping()
    drain.begin()
    with pytest.raises(Unavailable, match="being handed out"):
        await stream.ping()


async def test_a_worker_authenticates_at_its_broker() -> None:
    context = ssl.create_default_context()
    password = {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": "csv",
        "sasl_plain_password": "hush",
        "ssl_context": context,
    }
    encrypted = {"security_protocol": "SSL", "ssl_context": context}
    for security in (password, encrypted, {"security_protocol": "PLAINTEXT"}):
        options = AppOptions("secure", ["127.0.0.1:1"], security=security, patches=())
        assert "hush" not in repr(options)
        conf = new_app(options, DrainSignal(), abort).app.conf
        assert credentials_to_aiokafka_auth(conf.broker_credentials, None) == security
