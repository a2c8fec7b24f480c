"""What SQL says of a file against the oracle."""

from __future__ import annotations

from typing import Any

from tests.harness import comparison
from tests.harness.feed import Feed
from tests.harness.oracle import Expected, expect


async def differences(feed: Feed, file_id: str, data: bytes, row: dict[str, Any]) -> list[str]:
    """Everything in which the views differ from the oracle's reading of `data`."""
    return await differences_from(feed, file_id, expect(data), row)


async def differences_from(
    feed: Feed, file_id: str, expected: Expected, row: dict[str, Any]
) -> list[str]:
    """As `differences`, for what is known already."""
    return [
        *comparison.file_row(expected, row),
        *comparison.sensors(expected, await feed.rows(comparison.SENSORS_SQL, file_id=file_id)),
        *comparison.invalid_rows(
            expected, await feed.rows(comparison.INVALID_SQL, file_id=file_id), ordered=False
        ),
    ]
