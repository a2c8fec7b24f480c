"""Steps that run side by side and end together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from stream.runtime.drain import Draining
from stream.runtime.exit import WorkerFault

T_ = TypeVar("T_")


async def together(*steps: Awaitable[T_]) -> list[T_]:
    """Results of `steps`, in their order.

    Waits for all of them also if one fails: the handler of the failure must not meet a step that
    is still running. The failure raised is `WorkerFault` before `Interrupted` before any other.
    """
    results = await asyncio.gather(*steps, return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    for kind in (WorkerFault, Draining, BaseException):
        for failure in failures:
            if isinstance(failure, kind):
                raise failure
    return [result for result in results if not isinstance(result, BaseException)]
