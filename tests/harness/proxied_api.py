"""API processes that reach their services through proxies, so that a test decides what is lost, and
in which order the calls of two of them take effect."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit, urlunsplit

import httpx

from tests.harness.fault_proxy import FaultProxy, Match
from tests.harness.services import Service, free_port
from tests.harness.waiting import until

SERVICES: Final = ("database", "store", "broker")

Call = Callable[[], Coroutine[Any, Any, httpx.Response]]


class ProxiedApi:
    """An API process of its own with a proxy in front of each of its services.

    Args:
        env: settings of the API, those of its services included.
        log: its log file.
    """

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        self._env, self._log = env, log
        self._proxies = {
            "database": FaultProxy(_port(env["CLICKHOUSE_URL"]), "http"),
            "store": FaultProxy(_port(env["S3_ENDPOINT"]), "http"),
            "broker": FaultProxy(_port(f"//{env['KAFKA_BOOTSTRAP_SERVERS']}"), "kafka"),
        }
        self._started = ExitStack()
        self.port = free_port()

    def __enter__(self) -> Self:
        try:
            for proxy in self._proxies.values():
                proxy.start()
                self._started.callback(proxy.close)
            env = {**self._env, **self._through(), "API_PORT": str(self.port)}
            env.pop("S3_LOCAL_FOLDER", None)  # what is written there goes by no proxy
            self._service = Service(
                [sys.executable, "-m", "ingest.server"], self.port, env, self._log
            )
            self._started.callback(self._service.kill)
            self._service.start()
        except BaseException:
            self._started.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._started.close()

    @property
    def pid(self) -> int | None:
        """The process id; None while it does not run."""
        return self._service.pid if self._service.runs() else None

    def restart(self) -> int:
        """End it with SIGKILL and start it again; the process id it had."""
        before = self._service.pid
        self._service.kill()
        self._service.start()
        return before

    def proxy(self, service: str) -> FaultProxy:
        """The proxy in front of one of `SERVICES`."""
        return self._proxies[service]

    def client(self) -> httpx.AsyncClient:
        """A client of this process."""
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=60)

    def _through(self) -> dict[str, str]:
        return {
            "CLICKHOUSE_URL": _at(self._env["CLICKHOUSE_URL"], self._proxies["database"].port),
            "S3_ENDPOINT": _at(self._env["S3_ENDPOINT"], self._proxies["store"].port),
            "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{self._proxies['broker'].port}",
        }


async def at_once(
    apis: Sequence[ProxiedApi], calls: Sequence[Call], match: Match
) -> list[httpx.Response]:
    """The answers to one call at each process.

    Calls to the database that `match` are held until every process has come to one: what each of
    them has read by then knows nothing of what the others write.
    """
    holds = [api.proxy("database").hold(match) for api in apis]
    calling = [asyncio.create_task(call()) for call in calls]
    try:
        await until(
            lambda: all(hold.waiting for hold in holds) or any(call.done() for call in calling),
            lambda: f"all processes are there: {[hold.waiting for hold in holds]}",
        )
        early = [call.result().text for call in calling if call.done()]
        assert not early, f"a call ended before the others were there: {early}"
    finally:
        for hold in holds:
            hold.release()
    return list(await asyncio.gather(*calling))


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None, url
    return port


def _at(url: str, port: int) -> str:
    """`url` with another port of loopback."""
    parts = urlsplit(url)
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{port}"))
