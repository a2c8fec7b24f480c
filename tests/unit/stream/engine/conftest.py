"""Patches of Faust and aiokafka, taken back after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from aiokafka.consumer.fetcher import Fetcher, PartitionRecords
from aiokafka.consumer.group_coordinator import CoordinatorGroupRebalance
from faust.sensors.monitor import Monitor
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.transport.drivers.aiokafka import Consumer as AIOKafkaConsumer
from faust.transport.drivers.aiokafka import Producer as AIOKafkaProducer
from faust.transport.producer import ProducerBuffer
from mode.threads import ServiceThread

from stream.engine.patches import install as patches

Install = Callable[..., None]


@pytest.fixture
def install() -> Iterator[Install]:
    """Applies patches by name; Faust is as shipped again after the test."""
    touched = (
        *(Recovery, Consumer, AIOKafkaConsumer, AIOKafkaConsumerThread),
        *(ProducerBuffer, AIOKafkaProducer, Fetcher, PartitionRecords),
        CoordinatorGroupRebalance,
    )
    before = [dict(vars(cls)) for cls in touched]
    timers = [
        *(Consumer._commit_handler, Consumer._commit_livelock_detector),
        *(Monitor._sampler, ServiceThread._thread_keepalive),
    ]
    runs = [timer.fun for timer in cast(list[Any], timers)]
    installed = set(patches._installed)
    patches._installed.clear()
    yield lambda *names, **more: patches.install(names=names, **more)
    patches._installed.clear()
    patches._installed.update(installed)
    for timer, run in zip(cast(list[Any], timers), runs, strict=True):
        timer.fun = run
    for cls, attributes in zip(touched, before, strict=True):
        for name in set(vars(cls)) - set(attributes):
            delattr(cls, name)
        for name, value in attributes.items():
            if vars(cls).get(name) is not value:
                setattr(cls, name, value)
