"""Peer: a Faust app with one message a row and one table update a row.

`KAFKA=host:port python -m bench.peers.faust_rows PATH ROWS DATA_DIR` writes the first ROWS rows of
PATH to a topic (not timed), starts one worker in this process and prints `{"seconds", "rows"}`:
the time between the worker's first message and the acknowledgement of its last one.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

import faust
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

PARTITIONS = 4
_SECONDS = 300.0


async def fill(address: str, topic: str, path: Path, rows: int) -> int:
    """Write the first `rows` rows of the file at `path` to a new topic, one JSON message each."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    finally:
        await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=address, linger_ms=5)
    await producer.start()
    sent = 0
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in islice(csv.DictReader(file), rows):
                await producer.send(topic, json.dumps(row).encode(), key=row["sensor_id"].encode())
                sent += 1
    finally:
        await producer.stop()
    return sent


async def consume(address: str, topic: str, rows: int, data_dir: str) -> float:
    """Seconds one worker takes for `rows` messages: parse, update the table, acknowledge."""
    app = faust.App(
        topic + "-app",
        broker=f"kafka://{address}",
        datadir=data_dir,
        topic_disable_leader=True,
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        table_standby_replicas=0,
        broker_session_timeout=15.0,
        broker_heartbeat_interval=3.0,
        web_enabled=False,
    )
    source = app.topic(topic, value_serializer="json", key_serializer="raw", key_type=bytes)
    table = app.Table("sensors", key_type=str, value_type=list, partitions=PARTITIONS)
    seen = 0
    started = 0.0
    ended: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def update(stream: Any) -> None:
        nonlocal seen, started
        async for row in stream:
            if not seen:
                started = time.perf_counter()
            value = float(row["value"])
            name = row["sensor_id"]
            found = table.get(name)
            table[name] = (
                [found[0] + 1, min(found[1], value), max(found[2], value)]
                if found
                else [1, value, value]
            )
            seen += 1
            if seen == rows and not ended.done():
                ended.set_result(time.perf_counter())

    app.agent(source)(update)
    worker = faust.Worker(app, loglevel="warning", override_logging=False)
    running = asyncio.create_task(worker.start())
    try:
        return await asyncio.wait_for(ended, _SECONDS) - started
    except TimeoutError:
        raise SystemExit(f"the worker saw {seen} of {rows} rows in {_SECONDS} s") from None
    finally:
        await worker.stop()
        running.cancel()


async def measure(path: Path, rows: int, data_dir: str) -> None:
    address = os.environ["KAFKA"]
    topic = f"bench-rows-{os.getpid()}"
    sent = await fill(address, topic, path, rows)
    seconds = await consume(address, topic, sent, data_dir)
    print(json.dumps({"seconds": seconds, "rows": sent}), flush=True)


def main() -> None:
    asyncio.run(measure(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
    # The result is out; what Faust still holds (threads, sockets) need not be waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
