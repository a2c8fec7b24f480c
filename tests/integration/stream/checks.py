"""What SQL says of a file against the oracle."""

from __future__ import annotations

from typing import Any

from tests.e2e import comparing
from tests.integration.stream.feed import Feed
from tests.oracle import Expected, expect


async def differences(feed: Feed, file_id: str, data: bytes, row: dict[str, Any]) -> list[str]:
    """Everything in which the views differ from the oracle's reading of `data`."""
    return await differences_from(feed, file_id, expect(data), row)


async def differences_from(
    feed: Feed, file_id: str, expected: Expected, row: dict[str, Any]
) -> list[str]:
    """As `differences`, for what is known already."""
    return [
        *comparing.file_row(expected, row),
        *comparing.sensors(expected, await feed.rows(comparing.SENSORS_SQL, file_id=file_id)),
        *comparing.invalid_rows(expected, await feed.rows(comparing.INVALID_SQL, file_id=file_id)),
    ]
