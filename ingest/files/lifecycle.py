"""What happens to a file after its first run: it is replayed, or deleted.

The record is the intent, and it is durable before anything else is done. What a crash leaves
undone after it is done by the reconciler.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from broker.producer import Publisher
from ingest.http.errors import Problem, invalid_parameter, unknown_file
from ingest.uploads.options import NAMES, Texts, parse_options
from runtime.keyed_locks import KeyedLocks
from schemas.errors import Unavailable
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from schemas.read_options import ReadOptions
from schemas.topics import UPLOADED
from sinks.file_operations import Decision, FileOperations
from storage.base import ObjectMissing, ObjectStore

_LOG = logging.getLogger(__name__)
# How long a deletion waits for the objects to go; the reconciler continues after it.
_REMOVAL_SECONDS = 5.0
# The word that takes an option back: what it named is found out again.
_FOUND_OUT = "auto"


class KnownFiles(Protocol):
    """What is asked of the database, and written to it."""

    async def file(self, file_id: str) -> FileRecord | None:
        """The record that holds, unless it is deleted."""
        ...

    async def state(self, file_id: str) -> FileState | None:
        """The state of a file, deleted ones included."""
        ...

    async def resubmissions(self, file_id: str) -> list[str]:
        """Ids of the files that brought back invalid rows of a file, deleted ones left out."""
        ...

    async def resubmissions_of_members(self, file_id: str) -> list[str]:
        """The same for the members of a container."""
        ...

    async def family(self, file_id: str) -> str:
        """Id of the file that the rows of a file are of in the first place."""
        ...

    async def write(self, record: FileRecord) -> None:
        """Return when the record is stored."""
        ...


class Profiles(Protocol):
    """The profiles of users (`sinks.profile_catalog`)."""

    async def current(self) -> int | None:
        """The revision that a generation that begins now is read with; None without profiles."""
        ...


class ObjectRemover(Protocol):
    """Removes the members and objects of deleted files (`ingest.background.purger`)."""

    async def delete_members(self, record: FileRecord) -> None:
        """Delete the members of a deleted container.

        Raises:
            Unavailable: the database is unavailable.
        """
        ...

    async def of_objects(self, record: FileRecord) -> None:
        """Remove every object of a deleted file.

        Raises:
            Unavailable: the store or the broker is unavailable.
        """
        ...


class Lifecycle:
    """Replays and deletes files."""

    def __init__(
        self,
        *,
        files: KnownFiles,
        sum_up: Callable[[str], Awaitable[object]],
        operations: FileOperations,
        store: ObjectStore,
        publisher: Publisher,
        purger: ObjectRemover,
        profiles: Profiles,
        clock: Callable[[], datetime],
    ) -> None:
        self._files, self._operations = files, operations
        # Brings the record of a container up to date.
        self._sum_up = sum_up
        self._store, self._publisher = store, publisher
        self._removal, self._clock = purger, clock
        self._profiles = profiles
        # They save work, within this process: calls about one family go one after the other.
        self.locks = KeyedLocks()

    async def replay(self, file_id: str, parameters: Texts) -> FileRecord:
        """Begin the next generation of a file; its record.

        Called again while a replay is in progress, it begins no other.

        Args:
            parameters: options to change; `auto` resets one, the others stay.

        Raises:
            Problem: 404 `unknown_file`; 409 if the file is waiting, is replayed with other
                options, or has corrected rows in other files.
            ObjectMissing: its raw bytes are gone.
        """
        family = await self._files.family(file_id)
        done = await self._decide(
            file_id, family, lambda: self._next_generation(file_id, parameters)
        )
        return done.record

    async def read_with(self, file_id: str, options: ReadOptions, key: str = "") -> Decision:
        """Begin a generation of a file that is read with `options` and no others, unless the latest
        generation is, or one was begun for the same request.

        A generation that waits is superseded: nothing of it is read any more.

        Args:
            key: idempotency key of the request; empty if it has none.

        Raises:
            Problem: 404 `unknown_file`; 400 or 409 if the file brings back rows, or has rows that
                came back corrected.
            ObjectMissing: its raw bytes are gone.
        """

        family = await self._files.family(file_id)

        async def decide() -> Decision:
            record = await self.known(file_id)
            return await self._operations.next_reading(
                family,
                record,
                options,
                key=key,
                check=lambda: self._check_repeatable(record, options),
                now=self._clock(),
                profiles=await self._profiles.current(),
            )

        return await self._decide(file_id, family, decide)

    async def reprocess(self, file_id: str, parameters: Texts, key: str) -> bool:
        """Begin a generation of a file with changed options, once for each key; whether one was begun
        for it, now or before. None is if its latest generation is read with these options.

        Args:
            parameters: options to change, as for `replay`; without any, the file is read again.
            key: of the request and the file: files that correct rows of one file share a log.

        Raises:
            Problem: as `replay`.
            ObjectMissing: its raw bytes are gone.
        """
        family = await self._files.family(file_id)
        begun_before = False

        async def decide() -> Decision:
            nonlocal begun_before
            record = await self.known(file_id)
            options = with_changes(record.options, parameters)
            begun_before = await self._operations.was_begun_for(family, key)
            if begun_before or (parameters and options == record.options):
                return Decision(record, begins=False)
            if record.status == "waiting" and not record.replaying:
                raise still_waiting(file_id)
            await self._check_repeatable(record, options)
            return Decision(await self._begun(record, options), begins=True, key=key)

        done = await self._decide(file_id, family, decide)
        return done.begins or begun_before

    async def _decide(
        self, file_id: str, family: str, decide: Callable[[], Awaitable[Decision]]
    ) -> Decision:
        """What is decided, recorded and announced."""
        async with self.locks.hold(family):
            done = await self._operations.decide(family, decide)
        if done.begins:
            try:
                await self._publisher.publish(UPLOADED, file_id, done.record.upload())
            except Unavailable as exc:
                # The record is the intent: the reconciler publishes files that stay waiting.
                _LOG.warning("the replay of %s will be published later: %s", file_id, exc)
        return done

    async def _next_generation(self, file_id: str, parameters: Texts) -> Decision:
        """The record that begins a replay, or that of the replay in progress with these options."""
        record = await self.known(file_id)
        options = with_changes(record.options, parameters)
        if record.status == "waiting":
            if not record.replaying:
                raise still_waiting(file_id)
            if options != record.options:
                raise Problem(
                    "replay_in_progress",
                    f"The file {file_id} is being replayed with other options. Wait until its "
                    "`replay` is null, then ask again.",
                )
            begun = await self._begun(record, options)
            # One that began before a profile was changed is superseded: it may read the file with
            # the profile as it was.
            return (
                Decision(begun, begins=True)
                if begun.profiles != record.profiles
                else Decision(record, begins=False)
            )
        await self._check_repeatable(record, options)
        return Decision(await self._begun(record, options), begins=True)

    async def _begun(self, record: FileRecord, options: ReadOptions) -> FileRecord:
        """The record that begins the next generation, with the profiles of this moment."""
        return record.next_generation(
            recorded_at=self._clock(), options=options, profiles=await self._profiles.current()
        )

    async def _check_repeatable(self, record: FileRecord, options: ReadOptions) -> None:
        """Check that a file may be read again with `options`.

        Raises:
            Problem: it brings back rows, or rows of it came back.
            ObjectMissing: its raw bytes are gone.
        """
        file_id = record.file_id
        if record.resubmission_of is not None and options != record.options:
            raise invalid_parameter(
                "The file is a resubmission, which is read with fixed options. "
                "Replay it without options."
            )
        back = await self._files.resubmissions(file_id)
        if record.container is not None:
            back = await self._files.resubmissions_of_members(file_id)
        if back:
            raise Problem(
                "has_resubmissions",
                f"Invalid rows of the file {file_id} were corrected in {', '.join(back[:5])}; a "
                "replay could make them valid here too, and they would count twice. Delete those "
                "files first.",
            )
        await self._check_raw(record)
        if record.generation == 0:  # its bytes could not be stored
            raise ObjectMissing(record.raw)
        await self._store.stat(record.raw)

    async def _check_raw(self, record: FileRecord) -> None:
        """Check that retention removed the raw bytes neither of a file nor of its container.

        Raises:
            Problem: 410 `raw_file_removed`.
        """
        check_raw(record)
        if record.parent_id is not None:
            container = await self._files.file(record.parent_id)
            if container is not None:
                check_raw(container)

    async def delete(self, file_id: str) -> None:
        """Delete a file, and the members of a container; deleting it again changes nothing.

        Raises:
            Problem: 404 `unknown_file`, if there never was such a file.
        """
        record = await self._files.file(file_id)
        if record is None:
            if await self._files.state(file_id) is None:
                raise unknown_file(file_id)
            return
        # It outranks the record of a replay that begins at the same moment.
        deleted = record.deletion(recorded_at=self._clock())
        await self._files.write(deleted)
        await self.finish_deletion(deleted)

    async def finish_deletion(self, deleted: FileRecord) -> None:
        """Do what follows from the record of a deletion; what fails is done later, by the purger."""
        try:
            # However many there are: they count until they are deleted.
            await self._removal.delete_members(deleted)
            async with asyncio.timeout(_REMOVAL_SECONDS):
                await self._removal.of_objects(deleted)
        except (Unavailable, TimeoutError) as exc:
            _LOG.warning(
                "objects of %s will be removed later: %s", deleted.file_id, exc or "no answer"
            )
        if deleted.parent_id is not None:
            try:
                await self._sum_up(deleted.parent_id)
            except Unavailable as exc:
                _LOG.warning("%s will be summed up later: %s", deleted.parent_id, exc)

    async def known(self, file_id: str) -> FileRecord:
        """The record of a file.

        Raises:
            Problem: 404 `unknown_file`.
        """
        record = await self._files.file(file_id)
        if record is None:
            raise unknown_file(file_id)
        return record


def check_raw(record: FileRecord) -> None:
    """Check that retention did not remove the raw bytes of a file.

    Raises:
        Problem: 410 `raw_file_removed`.
    """
    if record.raw_removed_at is not None:
        raise Problem(
            "raw_file_removed",
            f"The bytes of the file {record.file_id} were removed on {record.raw_removed_at:%Y-%m-%d} by "
            "a rule of RETENTION, so they cannot be read again; its results are kept. To read the file "
            "in another way, delete it and upload it again.",
        )


def still_waiting(file_id: str) -> Problem:
    """The file has not been terminal yet."""
    return Problem(
        "file_waiting",
        f"The file {file_id} is still being processed. Try again when its status is no longer "
        "`waiting`.",
    )


def with_changes(options: ReadOptions, parameters: Texts) -> ReadOptions:
    """`options` with the changes in `parameters`.

    Raises:
        Problem: 400, naming the option.
    """
    given = {name: parameters[name] for name in NAMES if any(parameters.get(name, ()))}
    taken_back = {n for n, texts in given.items() if [t.lower() for t in texts] == [_FOUND_OUT]}
    named = parse_options({n: texts for n, texts in given.items() if n not in taken_back})
    changes = {name: getattr(named, name) for name in given}
    return options.model_copy(update=changes)
