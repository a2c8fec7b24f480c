"""Worker processes under kill -9: a table that counts is exact, and a worker stops on SIGTERM."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.harness.tansu import Tansu
from tests.integration.stream.toy_worker import COUNTED, ENTRY

ROOT = Path(__file__).resolve().parents[3]
APP = "toy"


class Workers:
    """Toy workers by number, each a process of its own."""

    def __init__(self, broker: Tansu, folder: Path) -> None:
        self._broker = broker
        self._folder = folder
        self.running: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, number: int, **env: str) -> None:
        with (self._folder / f"worker-{number}.log").open("ab") as log:
            self.running[number] = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.stream.toy_worker"],
                cwd=ROOT,
                env={
                    **os.environ,
                    "KAFKA": self._broker.address,
                    "APP_ID": APP,
                    "WORKER": str(number),
                    "TMPDIR": str(self._folder),
                    **env,
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self, number: int) -> None:
        self.running[number].kill()
        self.running.pop(number).wait()

    async def ended(self, number: int, seconds: float) -> int:
        """Exit code of a worker that ends by itself."""
        return await asyncio.wait_for(asyncio.to_thread(self.running[number].wait), seconds)

    def log(self, number: int) -> str:
        return (self._folder / f"worker-{number}.log").read_text()

    def kill_all(self) -> None:
        for number in list(self.running):
            self.kill(number)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Tansu]:
    tansu = Tansu(tmp_path)
    await tansu.start()
    await tansu.create([COUNTED])
    yield tansu
    tansu.kill()


@pytest.fixture
async def workers(broker: Tansu, tmp_path: Path) -> AsyncIterator[Workers]:
    workers = Workers(broker, tmp_path)
    yield workers
    workers.kill_all()


async def produce(broker: Tansu, count: int, pause: float = 0.0) -> Counter[bytes]:
    """`count` messages with 40 keys; how many of each."""
    producer = AIOKafkaProducer(bootstrap_servers=broker.address)
    await producer.start()
    sent: Counter[bytes] = Counter()
    for n in range(count):
        key = b"k%d" % (n % 40)
        await producer.send(COUNTED.name, b"x", key=key, partition=n % 4)
        sent[key] += 1
        if pause and n % 20 == 0:
            await asyncio.sleep(pause)
    await producer.flush()
    await producer.stop()
    return sent


async def committed(broker: Tansu) -> int:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker.address, group_id=APP, enable_auto_commit=False
    )
    await consumer.start()
    try:
        return sum(
            [await consumer.committed(TopicPartition(COUNTED.name, p)) or 0 for p in range(4)]
        )
    finally:
        await consumer.stop()


async def until_committed(broker: Tansu, count: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (found := await committed(broker)) < count:
        if time.monotonic() > deadline:
            raise AssertionError(f"{found} of {count} committed in {seconds} s")
        await asyncio.sleep(0.2)


async def counted(broker: Tansu) -> Counter[bytes]:
    """What the changelog says last of each key."""
    last: Counter[bytes] = Counter()
    for _, _, key, value in await broker.read_all(f"{APP}-counts-changelog", 4):
        last[key] = ENTRY.unpack(value)[0]
    return last


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_counts_are_exact_under_kills(broker: Tansu, workers: Workers) -> None:
    random_ = random.Random(3)
    workers.start(0)
    workers.start(1)
    producing = asyncio.create_task(produce(broker, 9_000, pause=0.05))
    for _ in range(4):
        await asyncio.sleep(random_.uniform(3, 6))
        victim = random_.choice((0, 1))
        workers.kill(victim)
        await asyncio.sleep(random_.uniform(0, 1))
        workers.start(victim)
    sent = await producing
    await until_committed(broker, 9_000, 90)
    assert await counted(broker) == sent


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_worker_that_is_stopped_loses_nothing(broker: Tansu, workers: Workers) -> None:
    workers.start(0, WORK="0.2", GROUP="100")
    sent = await produce(broker, 2_000)
    await until_committed(broker, 1, 60)
    began = time.monotonic()
    workers.running[0].send_signal(signal.SIGTERM)
    assert await workers.ended(0, 15) == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in workers.log(0)
    done = await committed(broker)
    assert 0 < done < 2_000
    assert sum((await counted(broker)).values()) == done
    workers.start(1)
    await until_committed(broker, 2_000, 60)
    assert await counted(broker) == sent


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("how", ["dead", "hung"])
async def test_a_worker_stops_in_time_if_the_broker_is_away(
    broker: Tansu, workers: Workers, how: str
) -> None:
    workers.start(0, STOP="2")
    await produce(broker, 2_000)
    await until_committed(broker, 1, 60)
    if how == "dead":
        broker.kill()
    else:
        broker.pause()
    began = time.monotonic()
    workers.running[0].send_signal(signal.SIGTERM)
    assert await workers.ended(0, 15) == 0
    assert time.monotonic() - began < 5


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_broker_that_comes_back_empty_is_worked_with(
    broker: Tansu, workers: Workers
) -> None:
    workers.start(0)
    await produce(broker, 2_000)
    await until_committed(broker, 2_000, 60)
    broker.kill()
    await broker.start()
    await broker.create([COUNTED])
    # Fewer messages than were read before: their offsets are all below the old position.
    await produce(broker, 400)
    deadline = time.monotonic() + 90
    while await committed(broker) < 400:
        if workers.running[0].poll() is not None:
            # It saw the loss and ended, for its supervisor to start it again.
            assert workers.running[0].returncode == 70
            workers.start(0)
        assert time.monotonic() < deadline, "the new messages are not consumed"
        await asyncio.sleep(0.2)
