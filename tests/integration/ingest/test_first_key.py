"""CREATE_FIRST_KEY: the API creates a key if there is none, and shows it once, in its log."""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path

import pytest

from schemas.api_keys import Scope, new_key
from schemas.instants import utc_now
from sinks.clickhouse.client import Database
from sinks.clickhouse.migrations import migrate
from sinks.queries.api_keys import read_keys, write_key
from tests.harness.api_process import Stack
from tests.harness.services import Service, clickhouse, database_url

KEY = re.compile(r"csvp_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")
CREATE = {"CREATE_FIRST_KEY": "1", "REQUIRE_KEYS": "1", "LOG_LEVEL": "ERROR"}


def shown(api: Service) -> list[str]:
    """The keys in the API's log."""
    return KEY.findall(api.log.read_text())


async def status(stack: Stack, api: Service, key: str) -> int:
    async with stack.client(api) as client:
        answer = await client.get("/api/v1/files", headers={"Authorization": f"Bearer {key}"})
        return answer.status_code


@pytest.mark.slow
async def test_the_first_start_shows_a_key_and_the_next_does_not(
    stack: Stack, tmp_path: Path
) -> None:
    """The database and its tables appear after the API was started."""
    database = clickhouse(tmp_path)
    url = database_url(database.port, "csv_processor")
    api = stack.new_api({**CREATE, "CLICKHOUSE_URL": url}, "first-key")
    starting = asyncio.create_task(asyncio.to_thread(api.start))
    client = Database(url)
    try:
        await asyncio.to_thread(database.start)
        await migrate(client)
        await starting
        (key,) = shown(api)
        line = next(line for line in api.log.read_text().splitlines() if key in line)
        assert json.loads(line)["message"].startswith("created the first API key, with the scope")
        assert await status(stack, api, key) == 200
        assert await status(stack, api, key[:-1] + ("a" if key[-1] != "a" else "b")) == 401
        api.kill()
        api.start()
        assert shown(api) == [key]
        assert await status(stack, api, key) == 200
        assert [found.name for found in await read_keys(client)] == ["first"]
    finally:
        api.kill()
        await client.close()
        database.kill()


async def test_a_revoked_key_is_not_replaced(stack: Stack) -> None:
    url = f"{stack.env['CLICKHOUSE_URL']}_revoked"
    client = Database(url)
    await migrate(client)
    key, _ = new_key("old", [Scope.ADMIN], utc_now(), expires_at=utc_now())
    await write_key(client, key, version=time.time_ns())
    await client.close()
    api = stack.new_api({**CREATE, "CLICKHOUSE_URL": url}, "revoked-key")
    with pytest.raises(AssertionError, match="there is no API key yet"):
        api.start()
    assert shown(api) == []
