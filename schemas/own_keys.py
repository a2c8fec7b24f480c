"""Idempotency keys that the product makes itself."""

from __future__ import annotations

import orjson


def own_key(*parts: str) -> str:
    """A key that the product makes itself; none that a client sends is equal to it."""
    # A client's key without a holder is stored as it is: a line feed cannot be in a header.
    return "\n" + orjson.dumps(parts).decode()


def parts_of(key: str | None) -> tuple[str, ...]:
    """The parts that `own_key` made a key of; none of another key."""
    if key is None or not key.startswith("\n"):
        return ()
    return tuple(orjson.loads(key))
