"""Streams of events that end at once are not opened again at once."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import httpx
import pytest

from csv_processor.client import synchronous
from csv_processor.client.asynchronous import AsyncClient
from csv_processor.client.synchronous import Client

# What a proxy answers that wants its user to log in.
PAGE = {"content-type": "text/html"}
ENDED = {"content-type": "text/event-stream"}


class _Stop(Exception):  # noqa: N818 - ends the test
    pass


@pytest.mark.parametrize("headers", [PAGE, ENDED])
def test_a_stream_that_ends_at_once_is_followed_after_a_pause(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    log: list[object] = []
    # Threads of other tests may sleep at the same time.
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda seconds: _paused(log, seconds))
    monkeypatch.setattr(synchronous, "time", clock)
    with Client("http://service.example") as client:
        monkeypatch.setattr(
            client, "_http", httpx.Client(transport=_answering(log, headers), base_url="http://a")
        )
        with pytest.raises(_Stop):
            next(client.events())
    assert [one == "asked" for one in log] == [True, False, True, False]


@pytest.mark.parametrize("headers", [PAGE, ENDED])
async def test_so_it_is_with_an_event_loop(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    log: list[object] = []

    async def sleep(seconds: float) -> None:
        _paused(log, seconds)

    async with AsyncClient("http://service.example") as client:
        http = httpx.AsyncClient(transport=_answering(log, headers), base_url="http://a")
        monkeypatch.setattr(client, "_http", http)
        monkeypatch.setattr(asyncio, "sleep", sleep)
        with pytest.raises(_Stop):
            await anext(client.events())
        monkeypatch.undo()
    assert [one == "asked" for one in log] == [True, False, True, False]


def _answering(log: list[object], headers: dict[str, str]) -> httpx.MockTransport:
    def answer(_: httpx.Request) -> httpx.Response:
        assert len(log) < 10
        log.append("asked")
        return httpx.Response(200, headers=headers)

    return httpx.MockTransport(answer)


def _paused(log: list[object], seconds: float) -> None:
    assert 0.5 < seconds <= 1.0
    log.append(seconds)
    if len(log) == 4:
        raise _Stop
