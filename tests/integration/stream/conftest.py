"""A feed to the stack that tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from embedded.stack import Stack
from tests.harness.feed import Feed, feeding


@pytest.fixture
async def feed(stack: Stack) -> AsyncIterator[Feed]:
    """Files straight to the workers of the shared stack."""
    async with feeding(stack.endpoints) as feed:
        yield feed
