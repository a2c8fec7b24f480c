"""Announcing a dead letter again, once the cause is fixed.

A letter of another producer's topic is published there again, byte by byte. A letter of a topic of
the product concerns a file that has failed since: it is processed again, from its original bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from ingest.http.errors import Problem
from schemas.file_record import FileRecord
from schemas.topics import ANNOUNCED, INLINE, NOTIFICATIONS, Topic
from sinks.clickhouse.client import Database
from sinks.queries.dead_letters import Letter, dead_letter, record_announcement

Action = Literal["publish", "replay"]
_FROM_OUTSIDE: Final[Mapping[str, Topic]] = {t.name: t for t in (ANNOUNCED, INLINE, NOTIFICATIONS)}


class Publishes(Protocol):
    """Where messages go."""

    async def publish_bytes(
        self,
        topic: Topic,
        key: bytes | None,
        value: bytes,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None: ...


class Replays(Protocol):
    """What processes a file again."""

    async def replay(self, file_id: str, parameters: Mapping[str, list[str]]) -> FileRecord: ...


@dataclass(frozen=True, slots=True)
class Announced:
    """What was done with a letter; the file, if one is processed again."""

    letter_id: str
    action: Action
    file_id: str | None


def action_for(topic: str) -> Action:
    """What announcing a letter of `topic` does."""
    return "publish" if topic in _FROM_OUTSIDE else "replay"


class DeadLetterOffice:
    """Announces dead letters again."""

    def __init__(
        self,
        database: Database,
        publisher: Publishes,
        files: Replays,
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._publisher, self._files = database, publisher, files
        self._clock = clock

    async def announce(self, letter_id: str) -> Announced:
        """Announce a letter again. Doing it twice does no harm: a file is processed once.

        Raises:
            Problem: 404 if there is no such letter or file; 409 if the file is being processed.
            Unavailable: broker or database.
        """
        letter = await dead_letter(self._database, letter_id)
        if letter is None:
            raise Problem("unknown_dead_letter", f"There is no dead letter {letter_id[:200]!r}.")
        file_id = None
        if action_for(letter.topic) == "publish":
            await self._publish(letter)
        else:
            file_id = await self._replay(letter)
        await record_announcement(self._database, letter_id, self._clock(), file_id)
        return Announced(letter_id, action_for(letter.topic), file_id)

    async def _publish(self, letter: Letter) -> None:
        headers = [(name, value.encode()) for name, value in letter.headers.items()]
        topic = _FROM_OUTSIDE[letter.topic]
        await self._publisher.publish_bytes(topic, letter.key, letter.value, headers)

    async def _replay(self, letter: Letter) -> str:
        file_id = (letter.key or b"").decode("utf-8", "replace")
        record = await self._files.replay(file_id, {})
        return record.file_id
