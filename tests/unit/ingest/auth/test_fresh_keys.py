"""A key is known as soon as it is stored, however slowly the database answers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

import pytest

import ingest.auth.api_keys as store_of_keys
from ingest.auth.api_keys import ApiKeyStore
from schemas.api_keys import ApiKey, Scope, new_key, token_of
from sinks.clickhouse.client import Database

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Held:
    """Keys as they are when a reading begins; it ends when it is let go."""

    def __init__(self) -> None:
        self.stored: list[ApiKey] = []
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()

    async def read_keys(self, _: Database) -> list[ApiKey]:
        self.begun.set()
        found = list(self.stored)
        await self.may_end.wait()
        return found


async def none_used(*_: object, **__: object) -> dict[str, Any]:
    return {}


async def test_a_key_that_is_stored_while_keys_are_read_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = Held()
    monkeypatch.setattr(store_of_keys, "read_keys", held.read_keys)
    monkeypatch.setattr(store_of_keys, "used_by_others", none_used)
    monkeypatch.setattr(store_of_keys, "_ASK_AGAIN_SECONDS", 0)
    keys = ApiKeyStore(cast("Database", None), lambda: NOW)
    new, secret = new_key("new", [Scope.READ], NOW)
    unknown, other = new_key("unknown", [Scope.READ], NOW)
    held.may_end.set()
    assert await keys.find(token_of(unknown.key_id, other)) is None
    held.may_end.clear()
    held.begun.clear()
    wrong = asyncio.create_task(keys.find(token_of(unknown.key_id, other)))
    async with asyncio.timeout(10):
        await held.begun.wait()
        held.stored.append(new)
        right = asyncio.create_task(keys.find(token_of(new.key_id, secret)))
        for _ in range(10):  # until it waits for the reading
            await asyncio.sleep(0)
        held.may_end.set()
        assert await right == new
        assert await wrong is None
