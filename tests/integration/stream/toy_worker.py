"""A worker process that counts messages by key in a table, for tests of the app under kills.

The environment configures it: KAFKA, APP_ID, WORKER, and optionally PATCHES (comma separated;
all of them by default), GROUP (largest group), WORK (seconds a group takes).
"""

from __future__ import annotations

import asyncio
import logging
import os
import struct
import sys
from collections.abc import Sequence

from schemas.topics import Topic
from stream.engine.app import AppOptions, DurableTable, new_app
from stream.engine.patches.install import ALL
from stream.runtime.drain import DrainSignal
from stream.runtime.executors import BatchExecutor
from stream.runtime.exit import WorkerFault, abort
from stream.runtime.guard import Guard, Work
from stream.runtime.message import Message

COUNTED = Topic("toy.counted", partitions=4)
SEEN = Topic("toy.seen", partitions=4)
ENTRY = struct.Struct(">qq")


class Counter:
    """Counts each message once: the offset it was counted up to is stored beside the count."""

    def __init__(self, table: DurableTable, publish: object, work: float) -> None:
        self._table = table
        self._work = work
        self._publish = publish

    async def handle(self, group: Sequence[Message]) -> None:
        entries: dict[bytes, tuple[int, int, int]] = {}
        for message in group:
            key = message.key or b""
            if key in entries:
                partition, count, last = entries[key]
            else:
                count, last = ENTRY.unpack(self._table.get(key) or ENTRY.pack(0, -1))
            if message.offset > last:
                count, last = count + 1, message.offset
            entries[key] = (message.partition, count, last)
        if self._work:
            await asyncio.sleep(self._work)
        for key, (partition, count, last) in entries.items():
            self._table.put(partition, key, ENTRY.pack(count, last))
        await self._table.settle()


class NoPoison:
    """No message of these tests is poison: a counter that fails ends the process."""

    async def put(self, message: Message, code: str, reason: str) -> None:
        raise WorkerFault(f"{code}: {message.origin}: {reason}")

    async def fail(self, message: Message, reason: str) -> None:
        raise WorkerFault(f"{message.origin}: {reason}")

    async def check(self, reason: str) -> None:
        raise WorkerFault(reason)


async def main() -> None:
    env = os.environ
    drain = DrainSignal()
    stream = new_app(
        AppOptions(
            app_id=env["APP_ID"],
            bootstrap_servers=[env["KAFKA"]],
            flavour=env.get("FLAVOUR", "tansu"),  # type: ignore[arg-type]
            partitions=4,
            patches=tuple(env["PATCHES"].split(",")) if "PATCHES" in env else ALL,
            longest_stop=float(env.get("STOP", "8")),
        ),
        drain,
        abort,
    )
    table = stream.table("counts", 4)
    executor = BatchExecutor(
        "counted",
        Work(Counter(table, stream.publish, float(env.get("WORK", "0"))).handle, NoPoison().fail),
        max_batch=int(env.get("GROUP", "50")),
        max_bytes=1 << 20,
        capacity=100,
        drain=drain,
        guard=Guard(dead_letters=NoPoison(), limit=NoPoison(), drain=drain),
        tasks=stream.tasks,
    )
    stream.read(COUNTED, executor, buffer=256)
    await stream.run()


if __name__ == "__main__":
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
    )
    asyncio.run(main())
