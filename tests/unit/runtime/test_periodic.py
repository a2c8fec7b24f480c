from __future__ import annotations

import asyncio
from collections.abc import Iterator
from unittest.mock import AsyncMock

import pytest

from runtime.periodic import run_every
from schemas.errors import Service, Unavailable


class _Ended(Exception):  # noqa: N818 - no error
    pass


@pytest.fixture
def sleep(monkeypatch: pytest.MonkeyPatch) -> Iterator[AsyncMock]:
    """Sleeps of no length; `.mock_calls` says how long they were to be."""
    mock = AsyncMock()
    monkeypatch.setattr(asyncio, "sleep", mock)
    return mock


async def _pauses(
    sleep: AsyncMock, results: list[object], every: float, idle: float | None = None
) -> list[float]:
    work = AsyncMock(side_effect=[*results, _Ended])
    with pytest.raises(_Ended):
        await run_every("test", work, every, idle)
    return [call.args[0] for call in sleep.mock_calls]


async def test_the_pause_is_the_same_by_default(sleep: AsyncMock) -> None:
    assert await _pauses(sleep, [0, None, 3], 4) == [4, 4, 4]


async def test_the_pause_doubles_while_there_is_nothing_to_do(sleep: AsyncMock) -> None:
    assert await _pauses(sleep, [0, 0, 0, 2, 0], 4, 15) == [8, 15, 15, 4, 8]


async def test_an_unavailable_service_is_waited_for(sleep: AsyncMock) -> None:
    away = Unavailable(Service.CLICKHOUSE, "refused")
    assert await _pauses(sleep, [away, away, 1], 4, 15) == [4, 4, 4]
