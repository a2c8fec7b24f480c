"""What the publisher makes of a broker's answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError, UnknownError

from broker import producer
from broker.producer import KafkaAccess, KafkaPublisher
from schemas.errors import Unavailable
from schemas.events import FileUploaded, ObjectRef
from schemas.topics import UPLOADED

EVENT = FileUploaded(
    file_id="f-1",
    source="upload",
    raw=ObjectRef(bucket="b", key="k"),
    filename="a.csv",
    size_bytes=1,
    sha256="0" * 64,
    upload_time=datetime(2024, 1, 1, tzinfo=UTC),
    batch_bytes=1,
)


class Broker:
    """Answers sends one by one: with an error, or by taking the record."""

    def __init__(self, answers: list[KafkaError | None]) -> None:
        self._answers: Iterator[KafkaError | None] = iter(answers)
        self.producers = 0
        self.taken: list[bytes] = []

    def producer(self, **_: Any) -> Any:
        self.producers += 1
        return self

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def send_and_wait(
        self, _: str, __: bytes, *, key: bytes, headers: list[tuple[str, bytes]]
    ) -> None:
        assert headers == []
        answer = next(self._answers)
        if answer is not None:
            raise answer
        self.taken.append(key)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Any:
    def to(broker: Broker) -> KafkaPublisher:
        async def there(*_: Any, **__: Any) -> None: ...

        monkeypatch.setattr(producer, "ensure_topics", there)
        monkeypatch.setattr(producer, "AIOKafkaProducer", broker.producer)
        return KafkaPublisher(KafkaAccess(["127.0.0.1:1"], idempotent=False))

    return to


async def test_a_broker_with_trouble_of_its_own_is_asked_once_more(connected: Any) -> None:
    broker = Broker([UnknownError(), None])
    await connected(broker).publish(UPLOADED, "f-1", EVENT)
    assert broker.taken == [b"f-1"]
    assert broker.producers == 2


@pytest.mark.parametrize(
    "answers", [[UnknownError(), UnknownError()], [KafkaConnectionError()]], ids=["twice", "away"]
)
async def test_a_failed_publish_is_reported(connected: Any, answers: list[Any]) -> None:
    broker = Broker(answers)
    with pytest.raises(Unavailable, match=r"while publishing to files\.uploaded"):
        await connected(broker).publish(UPLOADED, "f-1", EVENT)
    assert broker.producers == len(answers)
