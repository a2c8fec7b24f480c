"""A server that forks runs, for the tests of what uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dryrun.forks import ForkServer


@pytest.fixture
async def forks() -> AsyncIterator[ForkServer]:
    server = ForkServer()
    try:
        yield server
    finally:
        await server.close()
