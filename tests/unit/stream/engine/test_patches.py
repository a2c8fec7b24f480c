"""Each patch of Faust closes its hole: every test shows the hole first, then that it is closed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import faust
import pytest
from aiokafka.consumer.fetcher import Fetcher, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition
from faust.tables.recovery import Recovery
from faust.types.tuples import TP

from broker.bell import Bell
from stream.engine.patches import commit_ledger, contiguous_fetch
from stream.engine.patches import install as patches
from stream.engine.patches.fetch_wait import FetchWait
from tests.harness.waiting import until
from tests.unit.stream.engine.conftest import Install

SOURCE = TP("source", 0)


def new_app() -> Any:
    app = faust.App("patches", broker="kafka://127.0.0.1:1", autodiscover=False)
    conductor: Any = app.topics
    conductor._acking_topics.add("source")
    app.consumer_generation_id = 1
    return app


def fetch(consumer: Any, *offsets: int) -> list[Any]:
    """Messages as the fetch loop makes them, tracked as the streams do when they take them."""
    messages = []
    for offset in offsets:
        record = SimpleNamespace(
            topic="source",
            partition=0,
            offset=offset,
            timestamp=0,
            timestamp_type=0,
            headers=(),
            key=b"k",
            value=b"v",
            checksum=None,
            serialized_key_size=1,
            serialized_value_size=1,
        )
        message = consumer._to_message(SOURCE, record)
        message.incref()
        messages.append(message)
    return messages


def take(consumer: Any, message: Any) -> None:
    message.tracked = True
    consumer.track_message(message)


# -- commit_ledger --


async def commit_past_a_message_in_flight() -> dict[TP, int]:
    """Of 0, 1 and 2 the second is still being worked on; nothing was committed before."""
    consumer = new_app().consumer
    first, second, third = fetch(consumer, 0, 1, 2)
    for message in (first, second, third):
        take(consumer, message)
    # The messages are held, so that they are in flight.
    first.ack(consumer)
    assert consumer._filter_committable_offsets([SOURCE]) == {SOURCE: 1}
    consumer._committed_offset.clear()  # what a rebalance does before it waits
    third.ack(consumer)
    found: dict[TP, int] = consumer._filter_committable_offsets([SOURCE])
    assert second.refcount == 1
    return found


async def test_as_shipped_a_commit_passes_a_message_in_flight() -> None:
    assert await commit_past_a_message_in_flight() == {SOURCE: 3}


async def test_commit_ledger_no_commit_passes_a_message_in_flight(install: Install) -> None:
    install("commit_ledger")
    assert await commit_past_a_message_in_flight() == {SOURCE: 1}


async def commit_past_a_message_that_was_dropped() -> dict[TP, int]:
    """0 was fetched and dropped by a cleared queue; 1 was processed."""
    consumer = new_app().consumer
    _, second = fetch(consumer, 0, 1)
    take(consumer, second)
    second.ack(consumer)
    found: dict[TP, int] = consumer._filter_committable_offsets([SOURCE])
    return found


async def test_as_shipped_a_commit_passes_a_message_that_was_dropped() -> None:
    assert await commit_past_a_message_that_was_dropped() == {SOURCE: 2}


async def test_commit_ledger_no_commit_passes_a_dropped_message(install: Install) -> None:
    install("commit_ledger")
    assert await commit_past_a_message_that_was_dropped() == {}


async def commit_after_a_skip() -> dict[TP, int]:
    """The iterator acknowledges a message that it skips, without having passed it on."""
    consumer = new_app().consumer
    (skipped,) = fetch(consumer, 0)
    skipped.ack(consumer)
    found: dict[TP, int] = consumer._filter_committable_offsets([SOURCE])
    return found


async def test_as_shipped_a_skipped_message_is_committed() -> None:
    assert await commit_after_a_skip() == {SOURCE: 1}


async def test_commit_ledger_a_skipped_message_is_not_committed(install: Install) -> None:
    install("commit_ledger")
    assert await commit_after_a_skip() == {}


async def test_commit_ledger_commits_what_is_done_in_any_order(install: Install) -> None:
    install("commit_ledger")
    consumer = new_app().consumer
    messages = fetch(consumer, 5, 6, 7, 9)  # 8 was compacted away
    for message in messages:
        take(consumer, message)
    for message, committable in zip(
        (messages[3], messages[1], messages[0], messages[2]), (None, None, 7, 10), strict=True
    ):
        message.ack(consumer)
        assert consumer._new_offset(SOURCE) == committable
    assert not consumer.unacked


async def test_the_commit_ledger_is_reset_by_an_assignment(install: Install) -> None:
    install("commit_ledger")
    app = new_app()
    consumer = app.consumer
    (old,) = fetch(consumer, 3)
    take(consumer, old)
    old.ack(consumer)

    async def assigned(*_: Any) -> None: ...

    consumer._on_partitions_assigned = assigned
    await consumer.on_partitions_assigned({SOURCE}, 2)
    assert consumer._new_offset(SOURCE) is None


# -- recovery_flow --


class Recorder:
    """A consumer that writes down what a finished recovery does to it, in which order."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.flow_active = True

    def assignment(self) -> set[TP]:
        return {SOURCE}

    def stop_flow(self) -> None:
        self.flow_active = False
        self.calls.append("stop_flow")

    def resume_partitions(self, _: set[TP]) -> None:
        self.calls.append(f"resume_partitions, flow {'on' if self.flow_active else 'off'}")

    async def perform_seek(self) -> None:
        self.calls.append(f"seek, flow {'on' if self.flow_active else 'off'}")

    def resume_flow(self) -> None:
        self.flow_active = True
        self.calls.append("resume_flow")


async def end_of_recovery() -> list[str]:
    app = new_app()
    recorder = Recorder()
    recovery = Recovery(app, app.tables)
    app._consumer = recorder

    class Started:
        async def maybe_start(self) -> None: ...

    app.__dict__["_fetcher"] = Started()
    app.rebalancing = True
    await recovery.on_recovery_completed(1)
    return recorder.calls


async def test_as_shipped_partitions_are_read_before_the_seek() -> None:
    calls = await end_of_recovery()
    assert "resume_partitions, flow on" in calls
    assert "seek, flow on" in calls


async def test_recovery_flow_nothing_is_read_before_the_seek(install: Install) -> None:
    install("recovery_flow")
    assert await end_of_recovery() == [
        "stop_flow",
        "resume_partitions, flow off",
        "seek, flow off",
        "resume_flow",
    ]


# -- producer_flush --


async def not_sent_by_a_flush() -> int:
    """Messages that a broker which pauses for a quarter of a second has not got after a flush."""
    app = new_app()
    buffer = app.producer.buffer
    sent = 0

    class Slow:
        async def publish_message(self, _: Any, wait: bool) -> None:
            assert not wait
            nonlocal sent
            await asyncio.sleep(0.25)
            sent += 1

    await buffer.start()
    try:
        for _ in range(3):
            buffer.put(SimpleNamespace(message=SimpleNamespace(channel=Slow())))
        await buffer.flush()
        return 3 - sent
    finally:
        buffer.pending = asyncio.Queue()
        await buffer.stop()


async def test_as_shipped_a_flush_gives_up() -> None:
    assert await not_sent_by_a_flush() > 0


async def test_producer_flush_sends_every_record(install: Install) -> None:
    install("producer_flush")
    assert await not_sent_by_a_flush() == 0


# -- wait_empty --


async def is_asked_to_release(names: tuple[str, ...], install: Install) -> bool:
    app = new_app()
    consumer = app.consumer
    asked = asyncio.Event()
    install(*names, interrupt=asked.set)
    (message,) = fetch(consumer, 0)
    take(consumer, message)

    async def commit() -> None: ...

    consumer.commit = commit
    consumer.commit_and_end_transactions = commit
    waiting = asyncio.create_task(consumer.wait_empty())
    try:
        await asyncio.wait_for(asked.wait(), 0.3)
    except TimeoutError:
        waiting.cancel()
        return False
    consumer._unacked_messages.discard(message)
    await asyncio.wait_for(waiting, 5)
    return True


async def test_as_shipped_a_rebalance_waits_for_retries_without_notice(install: Install) -> None:
    assert not await is_asked_to_release((), install)


async def test_wait_empty_requests_a_drain(install: Install) -> None:
    assert await is_asked_to_release(("wait_empty",), install)


# -- commit_fence --


async def committed_by_an_expelled_member() -> list[Any]:
    app = new_app()
    thread = app.consumer._thread
    sent: list[Any] = []

    async def commit(offsets: Any) -> None:
        sent.append(offsets)

    thread._consumer = SimpleNamespace(
        _coordinator=SimpleNamespace(generation=-1), commit=commit, assignment=lambda: {SOURCE}
    )
    await thread._commit({SOURCE: 500})
    thread._consumer = None
    return sent


async def test_as_shipped_an_expelled_member_commits() -> None:
    assert await committed_by_an_expelled_member()


async def test_commit_fence_an_expelled_member_commits_nothing(install: Install) -> None:
    install("commit_fence")
    assert not await committed_by_an_expelled_member()


# -- fetch_wait --


async def fetch_wait() -> int:
    app = new_app()
    waits: int = app.consumer._thread._create_worker_consumer(app.transport)._fetch_max_wait_ms
    return waits


async def test_as_shipped_an_empty_fetch_is_held_for_seconds() -> None:
    assert await fetch_wait() == 1500


async def test_fetch_wait_follows_the_setting(install: Install) -> None:
    install("fetch_wait", fetch=FetchWait(25))
    assert await fetch_wait() == 25


@dataclass
class Fetches:
    """Fetches by a fetcher that is patched, with a clock that `asyncio.sleep` moves."""

    fetcher: Any = field(default_factory=SimpleNamespace)
    assignment: object = field(default_factory=object)
    now: float = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def fetch(self, found: bool) -> float:
        """Seconds that a fetch takes which finds something or not; the broker answers at once."""
        began, fetch = self.now, cast(Any, Fetcher._proc_fetch_request)
        assert await fetch(self.fetcher, self.assignment, found) == found
        return self.now - began


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> Fetches:
    async def answered(_: Any, assignment: object, found: bool) -> bool:
        del assignment
        return found

    made = Fetches()
    monkeypatch.setattr(Fetcher, "_proc_fetch_request", answered)
    monkeypatch.setattr(asyncio, "sleep", made.sleep)
    monkeypatch.setattr(time, "monotonic", lambda: made.now)
    return made


async def test_fetch_wait_pauses_become_longer_while_nothing_comes(
    install: Install, fetches: Fetches
) -> None:
    install("fetch_wait", fetch=FetchWait(1, polls=True, first=0.02, longer=1.25, longest=0.1))
    empty = [round(await fetches.fetch(False), 6) for _ in range(20)]
    assert empty[0] == pytest.approx(0.02)
    assert empty == sorted(empty)
    assert empty[-1] == pytest.approx(0.1)
    # Short again with the first record, and with other partitions.
    assert await fetches.fetch(True) == 0
    assert [await fetches.fetch(False) for _ in range(9)] == pytest.approx(empty[:9], abs=0.011)
    fetches.assignment = object()
    assert await fetches.fetch(False) == pytest.approx(0.02, abs=0.011)


async def test_fetch_wait_fetches_that_find_something_are_apart(
    install: Install, fetches: Fetches
) -> None:
    install("fetch_wait", fetch=FetchWait())
    assert [await fetches.fetch(True) for _ in range(3)] == pytest.approx([0, 0.01, 0.01])
    # The broker held the empty one, so nothing is to be waited for.
    assert await fetches.fetch(False) == pytest.approx(0.01)
    fetches.now += 0.5
    assert await fetches.fetch(True) == 0


async def test_fetch_wait_a_bell_ends_a_pause(install: Install, tmp_path: Path) -> None:
    install("fetch_wait", fetch=FetchWait(1, polls=True, first=60, longest_rung=60, bell=tmp_path))
    held = asyncio.Event()

    async def send(*_: Any) -> Any:
        held.set()
        return SimpleNamespace(topics=[], API_VERSION=4)

    fetcher: Any = SimpleNamespace(
        _client=SimpleNamespace(send=send), _client_rack="", _rack_warning_logged=False
    )
    request = SimpleNamespace(topics=[])
    fetch: Any = Fetcher._proc_fetch_request
    task = asyncio.create_task(fetch(fetcher, SimpleNamespace(active=True), 0, request))
    await held.wait()
    # Rung before the pause begins: it is not lost.
    Bell(tmp_path).ring()
    assert await asyncio.wait_for(task, 10) is False
    fetcher._pace.listener.close()
    assert list(tmp_path.iterdir()) == []


# -- idle_timers --


async def commits_of_an_idle_consumer() -> list[str]:
    """What a consumer with nothing to commit does in some intervals, and after an acknowledgement."""
    consumer = new_app().consumer
    done: list[str] = []

    async def sleep(_: float) -> None:
        await asyncio.sleep(0)

    async def commit() -> bool:
        done.append("commit")
        return True

    consumer.commit, consumer.sleep = commit, sleep
    task = asyncio.create_task(consumer._commit_handler.fun(consumer))
    for _ in range(100):
        await asyncio.sleep(0)
    done.append("acknowledged")
    consumer.ack(SimpleNamespace(acked=True))
    await until(lambda: done[-1] == "commit", "a commit")
    task.cancel()
    return done


async def test_as_shipped_an_idle_consumer_looks_for_what_to_commit() -> None:
    assert (await commits_of_an_idle_consumer()).index("acknowledged") > 1


async def test_idle_timers_it_commits_after_an_acknowledgement(install: Install) -> None:
    install("idle_timers")
    assert await commits_of_an_idle_consumer() == ["acknowledged", "commit"]


class Held:
    """A message in hand."""

    acked, tracked, tp = False, True, SOURCE

    def __init__(self, offset: int) -> None:
        self.offset = offset


async def test_idle_timers_what_was_not_committed_is_tried_again(install: Install) -> None:
    install("commit_ledger", "idle_timers")
    consumer = new_app().consumer
    tries = 0

    async def sleep(_: float) -> None:
        await asyncio.sleep(0)

    ledger = commit_ledger.Ledger()
    ledger.fetched(7)
    consumer.__dict__["_ledgers"] = {SOURCE: ledger}

    async def commit() -> bool:
        nonlocal tries
        tries += 1
        if tries == 3:
            consumer._committed_offset[SOURCE] = 8
        return tries == 3

    consumer.commit, consumer.sleep = commit, sleep
    task = asyncio.create_task(consumer._commit_handler.fun(consumer))
    consumer.ack(Held(7))
    await until(lambda: tries == 3, "three tries")
    for _ in range(100):
        await asyncio.sleep(0)
    task.cancel()
    assert tries == 3


# -- idempotent_producer --


async def producer_settings() -> dict[str, Any]:
    app = new_app()
    return dict(app.producer._settings_extra())


async def test_as_shipped_a_producer_is_not_idempotent() -> None:
    assert await producer_settings() == {}


async def test_idempotent_producer_if_the_broker_supports_it(install: Install) -> None:
    install("idempotent_producer", idempotent=True)
    assert await producer_settings() == {"acks": "all", "enable_idempotence": True}


async def test_idempotent_producer_not_where_the_broker_lacks_it(install: Install) -> None:
    install("idempotent_producer", idempotent=False)
    assert await producer_settings() == {}


# -- and all of them --


def test_another_version_of_faust_is_refused(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patches, "FAUST_VERSION", "0.0.1")
    with pytest.raises(RuntimeError, match=r"0\.0\.1"):
        install("fetch_wait")


def test_every_patch_has_a_test_that_fails_without_it() -> None:
    tests = Path(__file__).parents[3]
    files = [
        *Path(__file__).parent.glob("test_*.py"),
        *tests.joinpath("integration/stream").glob("test_*.py"),
    ]
    source = "".join(file.read_text() for file in files)
    for name in patches.ALL:
        assert f"test_{name}" in source, f"no test of the patch {name}"


def batch_at(offset: int, count: int) -> bytes:
    """A batch of records as the broker keeps it, with offsets from `offset` on."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 20,
    )
    for number in range(count):
        builder.append(number, timestamp=0, key=b"k", value=b"v", headers=[])
    built = bytes(builder.build())
    # The base offset comes first and is not part of the checksum.
    return offset.to_bytes(8, "big") + built[8:]


def fetched(position: int, *batches: tuple[int, int]) -> tuple[list[int], int]:
    """Offsets that a fetch at `position` gives, and where the next one begins."""
    records = PartitionRecords(
        TopicPartition("source", 0),
        MemoryRecords(b"".join(batch_at(*batch) for batch in batches)),
        *([], position, lambda key: key, lambda value: value, True, 0),
    )
    return [record.offset for record in records], records.next_fetch_offset


def test_contiguous_fetch_waits_for_records_that_are_shown_late(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch at 2 is not to be seen yet."""
    late, whole = [(0, 2), (4, 3)], [(0, 2), (2, 2), (4, 3)]
    assert fetched(0, *late) == ([0, 1, 4, 5, 6], 7)  # 2 and 3 are never read
    install("contiguous_fetch", contiguous=True)
    assert fetched(0, *late) == ([0, 1], 2)
    assert fetched(2, (4, 3)) == ([], 2)
    assert fetched(2, *whole) == ([2, 3, 4, 5, 6], 7)
    # What never comes does not hold up what follows.
    assert fetched(7, (9, 1)) == ([], 7)
    monkeypatch.setattr(contiguous_fetch, "GAP_SECONDS", 0.0)
    assert fetched(7, (9, 1)) == ([9], 10)


def test_every_patch_is_documented() -> None:
    folder = Path(__file__).parents[4] / "stream" / "engine" / "patches"
    for name in patches.ALL:
        text = (folder / f"{name}.py").read_text()
        for part in ("Hole:", "Patch:", "Upstream:", "Remove when:"):
            assert f"\n{part} " in text, f"{name}: {part}"
