"""Which topics a worker reads, and the executors that pass their messages to the handlers."""

from __future__ import annotations

from dataclasses import dataclass

from schemas import topics
from stream.aggregate.handler import Aggregate
from stream.announce import Announce
from stream.engine.app import StreamApp
from stream.process.handler import Process
from stream.runtime.drain import DrainSignal
from stream.runtime.executors import BatchExecutor, ConcurrentExecutor, Executor, MessageRouter
from stream.runtime.guard import Guard, Work
from stream.split.router import SplitRouter, is_compressed, is_large
from stream.split.unpack import Unpack, is_container
from stream.tuning import TUNING, Batching, Concurrent


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """What messages are given to, by stage."""

    announce: Announce
    split: SplitRouter
    unpack: Unpack
    process: Process
    aggregate: Aggregate


def add_agents(stream: StreamApp, handlers: Handlers, *, guard: Guard, drain: DrainSignal) -> None:
    """Read each topic through one executor or more (`stream/tuning.py` has their bounds)."""

    def executor(name: str, work: Work, bounds: Batching | Concurrent) -> Executor:
        if isinstance(bounds, Concurrent):
            return ConcurrentExecutor(
                name,
                work,
                width=bounds.width,
                capacity=bounds.capacity,
                drain=drain,
                guard=guard,
                tasks=stream.tasks,
            )
        return BatchExecutor(
            name,
            work,
            max_batch=bounds.max_batch,
            max_bytes=bounds.max_bytes,
            capacity=bounds.capacity,
            drain=drain,
            guard=guard,
            tasks=stream.tasks,
        )

    announce, split, unpack = handlers.announce, handlers.split, handlers.unpack
    process, aggregate = handlers.process, handlers.aggregate
    announced = Work(announce.announced, announce.salvage)
    notifications = Work(announce.notifications, announce.salvage)
    inline = Work(announce.inline, announce.salvage)
    one_file = Work.of_one(split.handle_large, split.fail)
    files = MessageRouter(
        is_compressed,
        long=executor("split compressed", one_file, TUNING.compressed_files),
        short=MessageRouter(
            is_large,
            long=executor("split large", one_file, TUNING.large_files),
            short=executor("split small", Work(split.handle_small, split.fail), TUNING.small_files),
        ),
    )
    uploaded = MessageRouter(
        is_container,
        long=executor("unpack", Work.of_one(unpack.handle, unpack.fail), TUNING.containers),
        short=files,
    )
    batches = Work.of_one(process.handle, process.fail)
    partials = Work(aggregate.handle, aggregate.fail)
    for topic, admits, buffer in (
        (
            topics.ANNOUNCED,
            executor("announced", announced, TUNING.announced),
            TUNING.reference_buffer,
        ),
        (
            topics.NOTIFICATIONS,
            executor("notifications", notifications, TUNING.notifications),
            TUNING.reference_buffer,
        ),
        (topics.INLINE, executor("inline", inline, TUNING.inline), TUNING.inline_buffer),
        (topics.UPLOADED, uploaded, TUNING.reference_buffer),
        (topics.BATCHES, executor("process", batches, TUNING.batches), TUNING.reference_buffer),
        (topics.PARTIALS, executor("aggregate", partials, TUNING.partials), TUNING.partials_buffer),
    ):
        stream.read(topic, admits, buffer=buffer)
