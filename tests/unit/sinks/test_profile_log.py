"""Profiles as they are stored."""

from __future__ import annotations

from typing import Any, cast

import pytest

from schemas.errors import Unavailable
from schemas.instants import utc_now
from sinks.clickhouse.client import Database
from sinks.profile_log import ProfileLog


class Answering:
    """A database with one row for every query."""

    def __init__(self, content: str) -> None:
        self._content = content

    async def query(self, sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        del sql, params
        change: dict[str, Any] = {"revision": 3, "name": "klima", "version": 2, "deleted": 0}
        return [change | {"content": self._content, "changed_at": utc_now(), "changed_by": None}]


def log_with(content: str) -> ProfileLog:
    return ProfileLog(cast("Database", Answering(content)), utc_now)


@pytest.mark.parametrize(
    "content",
    ['{"options": {"option_of_later": "x"}}', '{"match": {"later": ["x"]}}', '{"later": 1}'],
)
async def test_files_wait_for_the_version_that_knows_what_a_profile_says(content: str) -> None:
    with pytest.raises(Unavailable, match="version 2 of the profile klima needs a later version"):
        await log_with(content).at(3)


async def test_a_profile_that_is_known_is_read() -> None:
    (saved,) = await log_with('{"options": {"delimiter": ";"}}').at(3)
    assert saved.content.options.delimiter == ";"
