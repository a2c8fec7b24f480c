"""A client of the shared stack."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from embedded.stack import Stack
from tests.harness.client import Client


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[Client]:
    """The API and SQL of the shared stack."""
    client = Client.of(stack.endpoints)
    yield client
    await client.close()
